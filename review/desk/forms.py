"""What the desk accepts from a browser."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator

from review.models import Action, Case, Category, Reason, RuleVersion, Source, User
from review.registry.rules import rule_for_case

ACTIONS = [("", "By default"), *((a.value, a.label) for a in (Action.ALLOW, Action.HIDE, Action.REMOVE))]


class HoldForm(forms.Form):
    """The fence of a claim."""

    token = forms.UUIDField()


class NoteField(forms.CharField):
    """Free text of at most 2,000 characters. Browsers count a line's end as one, and send two."""

    def __init__(self) -> None:
        super().__init__(required=False, strip=True)
        self.validators = [
            ProhibitNullCharactersValidator("The note holds a NUL character (U+0000), which cannot be stored."),
            MaxLengthValidator(2000, "The note is too long: 2,000 characters at most."),
        ]

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class DecisionForm(HoldForm):
    """A category, or a rule of the case's source as it is in force. With a rule, its category is the decision's."""

    OTHER_RULES = "other_rules"

    category = forms.ChoiceField(choices=Category, required=False)
    rule = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    action = forms.ChoiceField(choices=ACTIONS, required=False)
    note = NoteField()
    answer = NoteField()
    note_to_author = NoteField()

    def __init__(self, data: Any, case_id: int) -> None:
        super().__init__(data)
        self._case_id = case_id

    def clean_rule(self) -> RuleVersion | None:
        """The version that the button stood for. One that is no longer in the book was not what the person meant."""
        asked = self.cleaned_data["rule"]
        found = rule_for_case(self._case_id, asked) if asked else None
        if asked and not found:
            raise forms.ValidationError("The rules were changed meanwhile.", code=self.OTHER_RULES)
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not (data["rule"] or data["category"]):
            self.add_error("category", "Choose one.")
        return data


class QueueForm(forms.Form):
    """The filters and the order of the list. What is not given, or makes no sense, falls back to the default."""

    BLIND = "blind"
    ORDERS = (("priority", "Most urgent"), ("oldest", "Oldest"), ("likeliest", "Likeliest"))
    STATES = ((Case.State.OPEN, "Waiting"), (Case.State.DECIDED, "Decided"))
    REASONS = (("", "Any reason"), *Reason.choices, (BLIND, "Blind"))

    state = forms.ChoiceField(choices=STATES, required=False)
    source = forms.ModelChoiceField(
        Source.objects.none(), to_field_name="slug", required=False, empty_label="Any community", label="Community"
    )
    reason = forms.ChoiceField(choices=REASONS, required=False, label="Reason")
    order = forms.ChoiceField(choices=ORDERS, required=False, label="Order")
    mine = forms.BooleanField(required=False, label="Mine only")

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        source = self.fields["source"]
        assert isinstance(source, forms.ModelChoiceField)  # noqa: S101  (narrows the type)
        source.queryset = Source.objects.visible_to(user).order_by("name")
