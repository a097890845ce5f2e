"""A risk target as a form: percentages on screen, shares in the row."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from inference.categories import CATEGORIES
from review.models import Action, Category, Policy, RiskTarget
from review.policy import risk_targets
from review.registry import certificates
from review.registry.ladder import parse
from review.sentences import action_word, in_sentence

CONFIDENCES = ((90, "90 %"), (95, "95 %"), (99, "99 %"))


class RiskTargetForm(forms.Form):
    """The fields of a new risk target for a source with `policy` in force; `risk target()` is the row, not saved."""

    prefix = "target"

    kind = forms.ChoiceField(
        label=gettext_lazy("Keep below"),
        choices=[
            (RiskTarget.Kind.WRONG_REMOVALS, gettext_lazy("benign among what is acted on")),
            (RiskTarget.Kind.FALSE_POSITIVES, gettext_lazy("acted on among all that is benign")),
            (RiskTarget.Kind.MISSES, gettext_lazy("violations among what is allowed")),
            (RiskTarget.Kind.VIOLATIONS, gettext_lazy("allowed among all violations")),
        ],
    )
    risk = forms.FloatField(label=gettext_lazy("at most, percent"), min_value=0.01, max_value=50, initial=1)
    confidence = forms.TypedChoiceField(
        label=gettext_lazy("with confidence"), coerce=int, choices=CONFIDENCES, initial=95
    )
    action = forms.ChoiceField(
        label=gettext_lazy("for the rung"),
        choices=[
            (Action.HIDE, gettext_lazy("Hide")),
            (Action.REMOVE, gettext_lazy("Remove")),
            (Action.ALLOW, gettext_lazy("Allow")),
        ],
    )
    category = forms.ChoiceField(
        label=pgettext_lazy("which ladder", "on"),
        required=False,
        choices=lambda: [("", gettext("the common ladder"))] + [(name, _ladder_of(name)) for name in CATEGORIES],
    )
    weeks = forms.IntegerField(label=gettext_lazy("known within, weeks"), min_value=1, max_value=104, initial=8)
    applies_itself = forms.BooleanField(label=gettext_lazy("Put what certifies in force by itself"), required=False)
    steps_back = forms.BooleanField(label=gettext_lazy("Step back by itself on an alarm"), required=False, initial=True)

    def __init__(self, policy: Policy, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        target = self.target()
        if target.action not in risk_targets.SIDES[RiskTarget.Kind(target.kind)]:
            actions = [action_word(each) for each in risk_targets.SIDES[RiskTarget.Kind(target.kind)]]
            words = gettext("That share is about what is taken by %(actions)s; choose it as the rung.")
            self.add_error("action", words % {"actions": gettext(" or ").join(actions)})
        elif certificates.rung_of(target, parse(self.policy.ladders)) is None:
            words = gettext(
                "That ladder has no threshold for %(action)s: save one first, so that people know where to look."
            )
            self.add_error("action", words % {"action": action_word(target.action)})
        elif (
            certificates.active_targets(self.policy.source)
            .filter(action=target.action, category=target.category)
            .exists()
        ):
            self.add_error("action", gettext("That rung has a risk target already; end it before you set another."))
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


def _ladder_of(category: str) -> str:
    return gettext("the ladder of %(category)s") % {"category": in_sentence(Category(category).label)}
