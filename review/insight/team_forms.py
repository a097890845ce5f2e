"""What an admin or a senior sets about the checks on a team's work."""

from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from review.models import Care, Category
from review.quality.care import A_DAY, AN_HOUR


class RatesForm(forms.Form):
    """Whole percentages."""

    second_opinions = forms.IntegerField(min_value=0, max_value=100)
    gold = forms.IntegerField(min_value=0, max_value=100)

    @property
    def rates(self) -> dict[str, float]:
        """The valid form as shares, by the name of the column."""
        return {name: self.cleaned_data[name] / 100 for name in ("second_opinions", "gold")}


class MixForm(forms.Form):
    """How often each class comes up among gold items, beside the others: weights. All alike is the default."""

    def __init__(self, mix: dict[str, int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for name, label in Category.choices:
            self.fields[name] = forms.IntegerField(
                min_value=0, max_value=100, label=label, initial=mix.get(name, 0) if mix else 1
            )

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError where nothing would ever be shown."""
        found: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(found.values()):
            raise forms.ValidationError(gettext("At least one class must come up."))
        return found

    @property
    def mix(self) -> dict[str, int]:
        """The valid form by category; empty where all weigh alike."""
        weights: dict[str, int] = self.cleaned_data
        return {} if len(set(weights.values())) == 1 else weights


class GoldForm(forms.Form):
    """A text whose answer is known. Author and channel are what people see beside it, as on every message."""

    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
    category = forms.ChoiceField(choices=Category, label=gettext_lazy("The answer"))
    author = forms.CharField(
        max_length=200, label=gettext_lazy("Author that is shown"), help_text=gettext_lazy("An invented name.")
    )
    channel = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("Channel"),
        help_text=gettext_lazy("What was said there lately shows around it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for name in ("text", "author", "channel"):
            self.fields[name].validators.append(ProhibitNullCharactersValidator())


class CareForm(forms.ModelForm):  # type: ignore[type-arg] # it takes none at run time
    """What a person covers, and how much of what is severe they are given: less than what holds for all, never more."""

    covered = forms.MultipleChoiceField(
        choices=[choice for choice in Category.choices if choice[0] != Category.BENIGN],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Cover the text where it may be"),
    )
    severe_an_hour = forms.IntegerField(
        min_value=1,
        max_value=AN_HOUR,
        required=False,
        label=format_lazy(gettext_lazy("Severe cases an hour (empty: {most})"), most=AN_HOUR),
    )
    severe_a_day = forms.IntegerField(
        min_value=1,
        max_value=A_DAY,
        required=False,
        label=format_lazy(gettext_lazy("Severe cases a day (empty: {most})"), most=A_DAY),
    )

    class Meta:
        model = Care
        fields = ("covered", "severe_an_hour", "severe_a_day")
