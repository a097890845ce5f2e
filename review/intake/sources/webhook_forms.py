"""The form of a webhook endpoint."""

from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from django import forms
from django.utils.translation import gettext, gettext_lazy

from review.models import Endpoint, Event, User
from review.versioned_form import VersionedForm

OFFERED = [choice for choice in Event.choices if choice[0] != Event.TEST]


class EndpointForm(VersionedForm):
    """Where it is and what it wants. Only an instance admin sees whether it may be a private address."""

    url = forms.CharField(
        max_length=500, label=gettext_lazy("Address"), widget=forms.TextInput(attrs={"spellcheck": "false"})
    )
    events = forms.MultipleChoiceField(
        choices=OFFERED,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("What it is told"),
        initial=[Event.OUTCOME_CREATED, Event.OUTCOME_REVERSED],
    )

    class Meta:
        model = Endpoint
        fields = ("url", "events", "allows_private")
        labels: ClassVar = {"allows_private": gettext_lazy("It may be a private address: I know what answers there")}
        help_texts: ClassVar = {"allows_private": ""}

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._host = urlsplit(self.instance.url).netloc if self.instance.pk else ""
        if not user.is_instance_admin:
            del self.fields["allows_private"]

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip()
        try:
            parts = urlsplit(url)
            is_good = _is_good(parts) and url.isascii() and url.isprintable() and " " not in url
        except ValueError:  # a port or a bracket that is none
            is_good = False
        if not is_good:
            raise forms.ValidationError(
                gettext(
                    "Write the whole address, such as https://forum.example.org/hooks,"
                    " without a user name or a fragment."
                )
            )
        return url

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        # What was allowed was one host: another one is for an instance admin to allow.
        if "allows_private" not in self.fields and urlsplit(data.get("url", "")).netloc != self._host:
            self.instance.allows_private = False
        return data


def _is_good(parts: SplitResult) -> bool:
    has_port = parts.port is None or parts.port > 0
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and has_port
        and not (parts.username or parts.fragment)
    )
