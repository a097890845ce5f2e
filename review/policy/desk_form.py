"""The part of a policy that is about the desk, as a form: in which order cases come, and what needs a second person."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from review.models import Action, AuthorAction, Policy
from review.registry.heavy import parse_heavy
from review.registry.policy_versions import Terms
from review.verdicts.priority import MOST_HARM, SEVERITY, weights_of

LABELS = {
    "violence": gettext_lazy("Violence"),
    "hate_speech": gettext_lazy("Hate speech"),
    "sexual_content": gettext_lazy("Sexual content"),
    "harassment": gettext_lazy("Harassment"),
    "toxicity": gettext_lazy("Toxicity"),
}
HEAVY_ACTIONS = [
    (Action.HIDE.value, gettext_lazy("Hiding a message")),
    (Action.REMOVE.value, gettext_lazy("Removing a message")),
]
HEAVY_AUTHOR_ACTIONS = [
    (AuthorAction.WARN.value, gettext_lazy("Warning an author")),
    (AuthorAction.MUTE.value, gettext_lazy("Muting an author")),
    (AuthorAction.BAN.value, gettext_lazy("Banning an author")),
]
BOXES = forms.CheckboxSelectMultiple


class DeskForm(forms.Form):
    """`severity-<category>` and the other weights; what is heavy, and `bulk`, empty: as many as fit."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reach = forms.FloatField(min_value=0, max_value=1, label=gettext_lazy("Each tenfold of readers adds, share"))
    report = forms.FloatField(min_value=0, max_value=MOST_HARM, label=gettext_lazy("Reported, at least"))
    patience = forms.FloatField(min_value=1, max_value=1000, label=gettext_lazy("Hours of waiting that weigh as 1"))
    actions = forms.MultipleChoiceField(choices=HEAVY_ACTIONS, required=False, widget=BOXES)
    author_actions = forms.MultipleChoiceField(choices=HEAVY_AUTHOR_ACTIONS, required=False, widget=BOXES)
    bulk = forms.IntegerField(
        min_value=1, max_value=200, required=False, label=gettext_lazy("Or more cases at a stroke than")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id, self.label_suffix = "id_desk_%s", ""
        for category in SEVERITY:
            self.fields[f"severity-{category}"] = forms.FloatField(
                min_value=0, max_value=MOST_HARM, label=LABELS[category]
            )

    @classmethod
    def showing(cls, policy: Policy) -> "DeskForm":
        """The form filled with `policy`."""
        weights, heavy = weights_of(policy.order), parse_heavy(policy.heavy)
        values: dict[str, Any] = {f"severity-{name}": f"{weights.severity[name]:g}" for name in SEVERITY}
        values |= {name: f"{getattr(weights, name):g}" for name in ("reach", "report", "patience")}
        values |= {"actions": sorted(heavy.actions), "author_actions": sorted(heavy.author_actions)}
        return cls(values | {"bulk": heavy.bulk or "", "version": policy.version})

    def change(self, before: Policy) -> Terms:
        """What the valid form asks for, on top of the policy in force."""
        data = self.cleaned_data
        order = {name: data[name] for name in ("reach", "report", "patience")}
        order["severity"] = {name: data[f"severity-{name}"] for name in SEVERITY}
        heavy = {name: data[name] for name in ("actions", "author_actions")} | {"bulk": data["bulk"] or 0}
        return Terms(before.ladders, before.audit_rate, order=order, heavy=heavy)

    @property
    def severity(self) -> list[Any]:
        return [self[f"severity-{name}"] for name in SEVERITY]

    @property
    def others(self) -> list[Any]:
        return [self[name] for name in ("reach", "report", "patience")]

    @property
    def heavy(self) -> list[Any]:
        """The boxes of what needs a second person."""
        return [*self["actions"], *self["author_actions"]]
