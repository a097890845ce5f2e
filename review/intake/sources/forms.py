"""The forms of a source's page. Thresholds are numbers from 0 to 1, as clients write them."""

import re
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext, gettext_lazy

from review.intake.dropin.scale import ANCHORED, InvalidAnchors, check
from review.models import ClientSettings, Scope, User
from review.versioned_form import VersionedForm

MOST_ORIGINS = 20
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]{1,150}(?::\d{1,5})?")
LABELS = {
    "review": gettext_lazy("To people from"),
    "hide": gettext_lazy("Hidden from"),
    "remove": gettext_lazy("Removed from"),
}


class TokenForm(forms.Form):
    """A new key: what it is called and what it may do."""

    name = forms.CharField(max_length=80, label=gettext_lazy("What it is for"))
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("What it may do"),
        initial=["ingest", "read"],
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The metrics are those of the whole instance, so no admin of one source hands them out.
        offered = [each for each in Scope.choices if user.is_instance_admin or each[0] != Scope.METRICS]
        self.fields["scopes"].choices = offered  # type: ignore[attr-defined]


class ErasureForm(forms.Form):
    """Whom to erase, as the platform names them."""

    author = forms.CharField(
        max_length=200,
        strip=False,
        label=gettext_lazy("Author, as the platform names them"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    understood = forms.BooleanField(
        label=gettext_lazy("I know that what is erased does not come back"),
        error_messages={"required": gettext_lazy("Tick this: it is erased within minutes, and for good.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", "auto_id": "id_erasure_%s", **kwargs})


class ClientForm(VersionedForm):
    """How clients of other APIs are answered. `anchor-<action>` is the client's threshold for an action."""

    shown = ("anchors", "origins")
    origins = forms.CharField(
        required=False,
        label=gettext_lazy("Pages that may call it from a browser"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    class Meta:
        model = ClientSettings
        fields = ("scale", "unsupported", "store", "trust_suggestions")
        labels: ClassVar = {
            "scale": gettext_lazy("Scores"),
            "unsupported": gettext_lazy("An attribute that moddog cannot give"),
            "store": gettext_lazy("Keep what they send, and route it like any message"),
            "trust_suggestions": gettext_lazy("Take suggested scores as decisions to learn from"),
        }
        widgets: ClassVar = {"scale": forms.RadioSelect, "unsupported": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for action in ANCHORED:
            self.fields[f"anchor-{action}"] = forms.FloatField(
                required=False, label=LABELS[action], initial=self.instance.anchors.get(action)
            )
        self.fields["origins"].initial = "\n".join(self.instance.origins)

    @property
    def anchor_fields(self) -> list[Any]:
        return [self[f"anchor-{action}"] for action in ANCHORED]

    def clean_origins(self) -> list[str]:
        """An origin a line: scheme, host and port, as browsers send it."""
        origins = list(dict.fromkeys(str(self.cleaned_data["origins"]).split()))
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise forms.ValidationError(
                    gettext("%(origin)s is no origin: write the scheme and the host, such as https://news.example.org.")
                    % {"origin": origin[:80]}
                )
        if len(origins) > MOST_ORIGINS:
            raise forms.ValidationError(gettext("Up to %(most)s pages can be listed.") % {"most": MOST_ORIGINS})
        return [_lower(origin) for origin in origins]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        anchors = {action: data[name] for action in ANCHORED if data.get(name := f"anchor-{action}") is not None}
        try:
            check(anchors)
        except InvalidAnchors as error:
            self.add_error("scale", str(error))
        data["anchors"] = anchors
        return data

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc] # a hook of Django's that its stubs leave out
        if not self.errors:  # what is wrong stays in the form: the rest of the page is of what holds
            self.instance.anchors = self.cleaned_data["anchors"]
            self.instance.origins = self.cleaned_data["origins"]


class CoralForm(forms.Form):
    """A signing secret that Coral showed, and how long Coral waits."""

    secret = forms.CharField(required=False, min_length=16, max_length=200, label=gettext_lazy("Add a signing secret"))
    wait_ms = forms.IntegerField(min_value=100, max_value=10_000, label=gettext_lazy("Answer within, milliseconds"))


def _lower(origin: str) -> str:
    parts = urlsplit(origin)
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}"
