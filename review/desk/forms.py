"""What the desk accepts from a browser."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_lazy

from review.enforcement.author_outcomes import steps_of
from review.models import Action, AuthorAction, Category, RuleVersion, Skip, Source, User
from review.registry.policy_versions import policy_of
from review.registry.rules import rule_for_case

ACTIONS = [("", gettext_lazy("By default")), *((a.value, a.label) for a in (Action.ALLOW, Action.HIDE, Action.REMOVE))]


class HoldForm(forms.Form):
    """The fence of a claim."""

    token = forms.UUIDField()


class NoteField(forms.CharField):
    """Free text of at most 2,000 characters. Browsers count a line's end as one, and send two."""

    def __init__(self) -> None:
        super().__init__(required=False, strip=True)
        self.validators = [
            ProhibitNullCharactersValidator(
                gettext_lazy("The note holds a NUL character (U+0000), which cannot be stored.")
            ),
            MaxLengthValidator(2000, gettext_lazy("The note is too long: 2,000 characters at most.")),
        ]

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class SkipForm(HoldForm):
    """The fence of a claim, and perhaps why it is passed on."""

    why = forms.ChoiceField(choices=Skip.Why, required=False)


class ReferForm(HoldForm):
    """Whom a case is to wait for, by name or any senior moderator, and what they should know."""

    refer_to = forms.ModelChoiceField(User.objects.none(), required=False)
    refer_note = NoteField()

    def __init__(self, data: Any, candidates: QuerySet[User]) -> None:
        super().__init__(data)
        field = self.fields["refer_to"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (narrows the type)
        field.queryset = candidates
        self.fields["refer_note"].required = True


class CaseNoteForm(forms.Form):
    """A note on a case, or on the author of its message."""

    about = forms.ChoiceField(choices=[("case", gettext_lazy("This case")), ("author", gettext_lazy("This author"))])
    text = NoteField()

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["text"].required = True


class RulingForm(forms.Form):
    """A category, or a rule of the case's source as it is in force. With a rule, its category is the decision's."""

    OTHER_RULES = "other_rules"

    category = forms.ChoiceField(choices=Category, required=False)
    rule = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    action = forms.ChoiceField(choices=ACTIONS, required=False)
    note = NoteField()
    answer = NoteField()
    note_to_author = NoteField()
    author_action = forms.ChoiceField(choices=AuthorAction, required=False)

    def __init__(self, data: Any, case_id: int) -> None:
        super().__init__(data)
        self._case_id = case_id

    def clean_author_action(self) -> str:
        """Only what the policy of the case's source does to authors may be asked for."""
        asked = str(self.cleaned_data["author_action"])
        if asked in ("", AuthorAction.NONE):
            return ""
        source = Source.objects.get(cases=self._case_id)
        if asked not in steps_of(policy_of(source)):
            raise forms.ValidationError(gettext("The policy of this community does not do that to authors."))
        return asked

    def clean_rule(self) -> RuleVersion | None:
        """The version that the button stood for. One that is no longer in the book was not what the person meant."""
        asked = self.cleaned_data["rule"]
        found = rule_for_case(self._case_id, asked) if asked else None
        if asked and not found:
            raise forms.ValidationError(gettext("The rules were changed meanwhile."), code=self.OTHER_RULES)
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not (data["rule"] or data["category"]):
            self.add_error("category", gettext("Choose one."))
        return data


class DecisionForm(HoldForm, RulingForm):
    """A decision on a case that is held."""
