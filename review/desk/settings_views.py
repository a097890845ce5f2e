"""A person's own settings: the keys of the desk, and the language. The theme and the time zone are the browser's."""

from typing import Any

from django import forms
from django.conf import settings as site
from django.contrib import messages
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language_from_request, gettext, gettext_lazy, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from review.access import moderators_only
from review.desk.keys import MOVABLE, Keys, KeyTaken, keys_of, save_keys

ONE_SIGN = RegexValidator(r"^[A-Z0-9]$", gettext_lazy("A key is one letter from A to Z, or a digit."))


class KeysForm(forms.Form):
    """Whether keys decide, and each of them."""

    enabled = forms.BooleanField(required=False, label=gettext_lazy("Single keys press buttons"))

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


class LanguageForm(forms.Form):
    """The language of pages, and of mail. Each is called by its own name: who looks for it may know no other."""

    language = forms.ChoiceField(
        choices=[("", gettext_lazy("As the browser asks")), *site.LANGUAGES],
        required=False,
        label=gettext_lazy("Language of pages and mail"),
    )


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
    messages.success(request, gettext("Your keys are kept."))
    return redirect("settings")


@require_POST
@moderators_only
def choose_language(request: HttpRequest) -> HttpResponse:
    """What is not among the languages changes nothing."""
    user: Any = request.user
    form = LanguageForm(request.POST)
    if form.is_valid():
        user.language = form.cleaned_data["language"]
        user.save(update_fields=["language"])
        with override(user.language or get_language_from_request(request)):
            messages.success(request, gettext("Your language is kept."))
    return redirect("settings")


def _show(request: HttpRequest, form: KeysForm) -> HttpResponse:
    status = 400 if form.is_bound else 200
    user: Any = request.user
    shown = {"form": form, "language_form": LanguageForm(initial={"language": user.language}), "here": "settings"}
    return render(request, "desk/settings.html", shown, status=status)
