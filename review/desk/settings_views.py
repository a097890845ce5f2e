"""A person's own settings: the keys of the desk. The theme is kept in the browser, and times are in its zone."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from review.access import moderators_only
from review.desk.keys import MOVABLE, Keys, KeyTaken, keys_of, save_keys

ONE_SIGN = RegexValidator(r"^[A-Z0-9]$", "A key is one letter from A to Z, or a digit.")


class KeysForm(forms.Form):
    """Whether keys decide, and each of them."""

    enabled = forms.BooleanField(required=False, label="Single keys press buttons")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for usual, words in MOVABLE.items():
            self.fields[usual] = forms.CharField(label=words, max_length=1, empty_value=usual, required=False)
            self.fields[usual].widget.attrs |= {
                "class": "key-field",
                "autocomplete": "off",
                "autocapitalize": "characters",
            }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for usual in MOVABLE:
            data[usual] = str(data.get(usual, usual)).upper()
            try:
                ONE_SIGN(data[usual])
            except forms.ValidationError as error:
                self.add_error(usual, error)
        return data

    def keys(self) -> Keys:
        """What was chosen, once the form is valid."""
        return Keys(self.cleaned_data["enabled"], {usual: self.cleaned_data[usual] for usual in MOVABLE})


@require_http_methods(["GET", "POST"])
@never_cache
@moderators_only
def settings(request: HttpRequest) -> HttpResponse:
    """The settings of the person who is signed in."""
    user: Any = request.user
    kept = keys_of(user)
    if request.method == "GET":
        moved = {usual: kept.moved.get(usual, usual) for usual in MOVABLE}
        return _show(request, KeysForm(initial={"enabled": kept.enabled, **moved}))
    if "reset" in request.POST:
        save_keys(user, Keys(kept.enabled))
        return redirect("settings")
    form = KeysForm(request.POST)
    if not form.is_valid():
        return _show(request, form)
    try:
        save_keys(user, form.keys())
    except KeyTaken as error:
        form.add_error(None, str(error))
        return _show(request, form)
    messages.success(request, "Your keys are kept.")
    return redirect("settings")


def _show(request: HttpRequest, form: KeysForm) -> HttpResponse:
    status = 400 if form.is_bound else 200
    return render(request, "desk/settings.html", {"form": form, "here": "settings"}, status=status)
