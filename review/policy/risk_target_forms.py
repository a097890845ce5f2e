"""A risk target as a form: percentages on screen, shares in the row."""

from typing import Any

from django import forms

from inference.categories import CATEGORIES
from review.models import Action, Category, Policy, RiskTarget
from review.policy import risk_targets
from review.registry import certificates
from review.registry.ladder import parse

CONFIDENCES = ((90, "90 %"), (95, "95 %"), (99, "99 %"))


class RiskTargetForm(forms.Form):
    """The fields of a new risk target for a source with `policy` in force; `risk target()` is the row, not saved."""

    prefix = "target"

    kind = forms.ChoiceField(
        label="Keep below",
        choices=[
            (RiskTarget.Kind.WRONG_REMOVALS, "benign among what is acted on"),
            (RiskTarget.Kind.FALSE_POSITIVES, "acted on among all that is benign"),
            (RiskTarget.Kind.MISSES, "violations among what is allowed"),
            (RiskTarget.Kind.VIOLATIONS, "allowed among all violations"),
        ],
    )
    risk = forms.FloatField(label="at most, percent", min_value=0.01, max_value=50, initial=1)
    confidence = forms.TypedChoiceField(label="with confidence", coerce=int, choices=CONFIDENCES, initial=95)
    action = forms.ChoiceField(
        label="for the rung", choices=[(Action.HIDE, "Hide"), (Action.REMOVE, "Remove"), (Action.ALLOW, "Allow")]
    )
    category = forms.ChoiceField(
        label="on",
        required=False,
        choices=[("", "the common ladder")]
        + [(name, f"the ladder of {Category(name).label.lower()}") for name in CATEGORIES],
    )
    weeks = forms.IntegerField(label="known within, weeks", min_value=1, max_value=104, initial=8)
    applies_itself = forms.BooleanField(label="Put what certifies in force by itself", required=False)
    steps_back = forms.BooleanField(label="Step back by itself on an alarm", required=False, initial=True)

    def __init__(self, policy: Policy, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        target = self.target()
        if target.action not in risk_targets.SIDES[RiskTarget.Kind(target.kind)]:
            sides = " or ".join(risk_targets.SIDES[RiskTarget.Kind(target.kind)])
            self.add_error("action", f"That share is about what is taken by {sides}; choose it as the rung.")
        elif certificates.rung_of(target, parse(self.policy.ladders)) is None:
            self.add_error(
                "action",
                f"That ladder has no threshold for {target.action}: save one first, so that people know where to look.",
            )
        elif (
            certificates.active_targets(self.policy.source)
            .filter(action=target.action, category=target.category)
            .exists()
        ):
            self.add_error("action", "That rung has a risk target already; end it before you set another.")
        return data

    def target(self) -> RiskTarget:
        data = self.cleaned_data
        return RiskTarget(
            source=self.policy.source,
            kind=data["kind"],
            risk=round(data["risk"] / 100, 6),
            delta=round(1 - data["confidence"] / 100, 6),
            action=data["action"],
            category=data["category"],
            weeks=data["weeks"],
            applies_itself=data["applies_itself"],
            steps_back=data["steps_back"],
        )
