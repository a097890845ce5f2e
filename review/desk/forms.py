"""What the desk accepts from a browser."""

from django import forms

from review.models import Action, Case, Category, Reason, Source, User

ACTIONS = [("", "As the policy rules"), *((a.value, a.label) for a in (Action.ALLOW, Action.HIDE, Action.REMOVE))]


class HoldForm(forms.Form):
    """The fence of a claim."""

    token = forms.UUIDField()


class DecisionForm(HoldForm):
    category = forms.ChoiceField(choices=Category)
    action = forms.ChoiceField(choices=ACTIONS, required=False)
    note = forms.CharField(max_length=2000, required=False, strip=True)


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
