"""What an admin sets about a source's intake."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext, gettext_lazy

from review.intake.csv_rows import FIELDS, NEEDED
from review.intake.encodings import Unreadable
from review.intake.files import kind_of
from review.models import ApiToken, Source
from review.models.sources import SourceQuerySet
from review.stored_words import in_readers_words
from review.versioned_form import VersionedForm

FIELD_LABELS = {
    "id": gettext_lazy("Id"),
    "text": gettext_lazy("Text"),
    "author": gettext_lazy("Author"),
    "channel": gettext_lazy("Channel"),
    "thread": gettext_lazy("Thread"),
    "sent_at": gettext_lazy("Sent at"),
    "context": gettext_lazy("Earlier messages"),
    "metadata": gettext_lazy("Metadata"),
}


class TokenLimitsForm(VersionedForm):
    """How much a token may send a minute; empty is any number."""

    class Meta:
        model = ApiToken
        fields = ("messages_a_minute", "text_a_minute")
        labels = {  # noqa: RUF012
            "messages_a_minute": gettext_lazy("Messages a minute"),
            "text_a_minute": gettext_lazy("Bytes of text a minute"),
        }


class BacklogForm(VersionedForm):
    """How many messages may wait before the source's are turned away, and how many cases before admins are told."""

    class Meta:
        model = Source
        fields = ("backlog_limit", "cases_target")
        labels = {  # noqa: RUF012
            "backlog_limit": gettext_lazy("Most messages that wait"),
            "cases_target": gettext_lazy("Most cases that wait for people before admins are told"),
        }


class LanguageForm(VersionedForm):
    """Whether the policy also decides on texts in languages that the model was not trained on."""

    class Meta:
        model = Source
        fields = ("judges_other_languages",)
        labels = {"judges_other_languages": gettext_lazy("Judge them like English all the same")}  # noqa: RUF012


class RetentionForm(VersionedForm):
    """How long texts and authors are kept."""

    understood = forms.BooleanField(required=False, label=gettext_lazy("I know that what is erased does not come back"))

    class Meta:
        model = Source
        fields = ("retention_days",)
        labels = {"retention_days": gettext_lazy("Days that texts and authors are kept")}  # noqa: RUF012

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        before = self.initial.get("retention_days")
        shorter = data.get("retention_days") and (before is None or data["retention_days"] < before)
        if shorter and not data.get("understood"):
            self.add_error("understood", gettext("Tick this: what is older is erased within minutes, and for good."))
        return data


class SearchLanguageForm(VersionedForm):
    """Whose dictionary the search uses for the words of a source."""

    class Meta:
        model = Source
        fields = ("search_language",)
        labels = {"search_language": gettext_lazy("Search language")}  # noqa: RUF012


class TranslatorForm(VersionedForm):
    """Where moderators may read a text in another language: an address that has it in its query or path."""

    PLACE = "{text}"

    class Meta:
        model = Source
        fields = ("translator",)
        labels = {"translator": gettext_lazy("Address of a translator")}  # noqa: RUF012

    def clean_translator(self) -> str:
        address: str = self.cleaned_data["translator"].strip()
        if not address:
            return ""
        before, place, _ = address.partition(self.PLACE)
        try:
            parts = urlsplit(before)
        except ValueError:
            raise forms.ValidationError(gettext("That is no address.")) from None
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or address.split() != [address]:
            raise forms.ValidationError(gettext("The address begins with https:// and the name of the translator."))
        if not place or not (parts.path or parts.query or parts.fragment):
            raise forms.ValidationError(
                gettext("Write {text} behind the name of the translator, where the message goes.")
            )
        return address


class FileForm(forms.Form):
    """A file for one of the sources that its sender is an admin of."""

    source: Any = forms.ModelChoiceField(Source.objects.none(), empty_label=None, label=gettext_lazy("Source"))
    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("CSV with a header, or JSON lines; either may be gzipped.")
    )

    def __init__(self, sources: SourceQuerySet, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = sources  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            kind_of(file.name)
        except Unreadable as error:
            raise forms.ValidationError(in_readers_words(str(error))) from None
        return file


class ColumnsForm(forms.Form):
    """Which column holds which field, and what the labels are, if there are any."""

    label = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Labels"),
        help_text=gettext_lazy("0, 1 or a category; empty cells are none."),
    )
    drawn = forms.FloatField(
        required=False,
        label=gettext_lazy("Drawn at rate"),
        help_text=gettext_lazy(
            "Only where the labelled rows are a random sample of the source's messages, labelled without sight of a "
            "model. They count in fits and figures then, and certify nothing."
        ),
        widget=forms.NumberInput(attrs={"step": "any", "min": 0, "max": 1}),
    )
    relabel = forms.BooleanField(required=False, label=gettext_lazy("Labels correct those of earlier imports"))

    def __init__(self, columns: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", gettext("none")), *((column, column) for column in columns)]
        for name in FIELDS:
            is_needed = name in NEEDED
            self.fields[name] = forms.ChoiceField(choices=choices, required=is_needed, label=FIELD_LABELS[name])
        self.fields["label"].choices = choices  # type: ignore[attr-defined]
        self.order_fields([*FIELDS, "label", "drawn", "relabel"])

    def clean_drawn(self) -> float | None:
        rate: float | None = self.cleaned_data["drawn"]
        if rate is not None and not 0 < rate <= 1:
            raise forms.ValidationError(gettext("A rate lies above 0 and goes up to 1."))
        return rate

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        used = [column for name in FIELDS if (column := data.get(name))]
        if doubled := next((column for column in used if used.count(column) > 1), None):
            raise forms.ValidationError(
                gettext("The column %(column)s can hold one field only.") % {"column": repr(doubled)}
            )
        if data.get("drawn") is not None and not data.get("label"):
            raise forms.ValidationError(gettext("Say which column holds the labels that were drawn."))
        return data

    @property
    def columns(self) -> dict[str, str]:
        """Which field each column holds."""
        return {self.cleaned_data[name]: name for name in FIELDS if self.cleaned_data.get(name)}
