"""What an admin writes of a rubric."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext, gettext_lazy

from review.models import Rubric

LONGEST = 20_000
"""Characters: whether it fits into the model's window is measured when it is tried."""


class RubricForm(forms.Form):
    """The next version of the instructions."""

    text = forms.CharField(
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 12, "dir": "auto"}),
        label=gettext_lazy("Instructions to the model"),
        help_text=gettext_lazy("The model reads them before each message. What they say moves every margin."),
    )
    note = forms.CharField(max_length=200, required=False, label=gettext_lazy("What it is to do better"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for field in self.fields.values():
            field.validators.append(ProhibitNullCharactersValidator())

    def clean_text(self) -> str:
        """The text as browsers would send it anywhere. Raises ValidationError where a version says the same."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n").strip()
        if same := Rubric.objects.filter(text=text).order_by("version").first():
            raise ValidationError(gettext("Rubric %(version)s says the same.") % {"version": same.version})
        return text
