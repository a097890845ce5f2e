"""A rule of the book as a form: what follows from it, and its words in as many languages as the community speaks."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from review.models import Action, Category, RuleVersion

LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
CATEGORIES = [choice for choice in Category.choices if choice[0] != Category.BENIGN]
ACTIONS = [
    (Action.HIDE, gettext_lazy("Hide the message")),
    (Action.REMOVE, gettext_lazy("Remove it")),
    (Action.ALLOW, gettext_lazy("Leave it where it is")),
]
MOST_LANGUAGES = 30


class WordingForm(forms.Form):
    """The words in one language. Without a name, a text and a note there are none, and the language is left out."""

    locale = forms.CharField(max_length=35, required=False, label=gettext_lazy("Language, such as en or pt-BR"))
    name = forms.CharField(
        max_length=80, required=False, label=gettext_lazy("Name"), widget=forms.TextInput(attrs={"dir": "auto"})
    )
    text = forms.CharField(
        max_length=2000,
        required=False,
        label=gettext_lazy("What it says"),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    note = forms.CharField(
        max_length=2000,
        required=False,
        label=gettext_lazy("Note to the author, where a message is hidden or removed by it"),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def clean_locale(self) -> str:
        locale = str(self.cleaned_data["locale"])
        if locale and not LOCALE.fullmatch(locale):
            raise ValidationError(gettext("Write the code of a language, such as en or pt-BR."))
        return locale

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.is_written:
            for name in ("locale", "name", "text"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, gettext("Every language needs this."))
        return data

    @property
    def is_written(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("name", "text", "note"))


class Wordings(forms.BaseFormSet):  # type: ignore[type-arg] # not generic while running
    """One form a language, the main one first, and an empty one for another."""

    def clean(self) -> None:
        locales = [form.cleaned_data.get("locale") for form in self.forms if form.is_valid() and form.is_written]
        if not any(self.errors) and not locales:
            raise ValidationError(gettext("Write the rule in at least one language."))
        if len(set(locales)) < len(locales):
            raise ValidationError(gettext("Each language can be there once."))


WordingSet = forms.formset_factory(
    WordingForm, Wordings, extra=1, max_num=MOST_LANGUAGES, absolute_max=MOST_LANGUAGES, validate_max=True
)


class RuleForm(forms.ModelForm):  # type: ignore[type-arg] # not generic while running
    """A rule with its words. `version` is the state of the book that the form was made from."""

    version = forms.CharField(max_length=16, widget=forms.HiddenInput)
    category = forms.ChoiceField(choices=CATEGORIES, label=gettext_lazy("Category"))
    action = forms.ChoiceField(choices=ACTIONS, label=gettext_lazy("What follows, unless another action is chosen"))
    legal_ground = forms.CharField(max_length=500, required=False, label=gettext_lazy("Which law, where it is one"))

    class Meta:
        model = RuleVersion
        fields = ("category", "action", "ground", "legal_ground")
        labels: ClassVar = {"ground": gettext_lazy("It comes from")}

    def __init__(self, data: Mapping[str, Any] | None = None, instance: RuleVersion | None = None, state: str = ""):
        super().__init__(data, instance=instance, initial={"version": state}, label_suffix="")
        written = _written(instance) if instance else [{"locale": "en"}]
        # The first of a new rule is the empty one itself, so that a single language is a single form.
        self.wordings = WordingSet(data, initial=written, prefix="words", form_kwargs={"label_suffix": ""})

    def is_valid(self) -> bool:
        return super().is_valid() & self.wordings.is_valid()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("ground") == RuleVersion.Ground.LAW and not data.get("legal_ground"):
            self.add_error("legal_ground", gettext("Name the law: who is moderated by it is told."))
        if data.get("ground") == RuleVersion.Ground.TERMS:
            data["legal_ground"] = ""
        return data

    @property
    def words(self) -> dict[str, Any]:
        """What the valid form says, by the names of a version's fields; the first language is the main one."""
        data = {name: self.cleaned_data[name] for name in self._meta.fields or ()}
        written = [form.cleaned_data for form in self.wordings if form.is_written]
        return {
            **data,
            "locale": written[0]["locale"],
            "wording": {each["locale"]: {"name": each["name"], "text": each["text"]} for each in written},
            "note_template": {each["locale"]: each["note"] for each in written if each["note"]},
        }

    def show_state(self, state: str) -> None:
        """Have the form name the book as it is now: whoever has read that it was changed may save again."""
        self.data = {**self.data.dict(), "version": state}  # type: ignore[attr-defined] # a QueryDict of a request

    def _post_clean(self) -> None:
        """The row that it was made from stays as it is: versions are never edited."""


def _written(version: RuleVersion) -> list[dict[str, str]]:
    main_first = sorted(version.wording, key=lambda locale: (locale != version.locale, locale))
    return [
        {"locale": locale, **version.wording[locale], "note": version.note_template.get(locale, "")}
        for locale in main_first
    ]
