"""The part of a policy that is about authors, as a form: what strikes weigh, how they fade, what many of them do."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from review.models import AuthorAction, Category, Policy
from review.registry.policy_versions import Terms
from review.registry.strike_ladder import STEPS, InvalidStrikes, parse_strikes

ACTIONS = ("hide", "remove")
FACTORS = tuple(category for category in Category if category != Category.BENIGN)
MOST = 1000.0


class StrikesForm(forms.Form):
    """`weight-<action>`, `factor-<category>` (empty: 1) and `step-<step>` (empty: never taken)."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    half_life = forms.FloatField(min_value=0.1, max_value=3650, label=gettext_lazy("A strike weighs half after, days"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id, self.label_suffix = "id_strikes_%s", ""
        for action in ACTIONS:
            label = {"hide": gettext_lazy("Hidden"), "remove": gettext_lazy("Removed")}[action]
            self.fields[f"weight-{action}"] = forms.FloatField(min_value=0, max_value=MOST, label=label)
        for category in FACTORS:
            self.fields[f"factor-{category}"] = forms.FloatField(
                min_value=0, max_value=MOST, required=False, label=category.label
            )
        for step in STEPS:
            self.fields[f"step-{step}"] = forms.FloatField(
                min_value=0.01, max_value=MOST, required=False, label=VERBS[step]
            )

    @classmethod
    def showing(cls, policy: Policy) -> "StrikesForm":
        """The form filled with `policy`."""
        ladder = parse_strikes(policy.strikes)
        values: dict[str, Any] = {"version": policy.version, "half_life": ladder.half_life.total_seconds() / 86400}
        values |= {f"weight-{action}": ladder.weights.get(action, 0.0) for action in ACTIONS}
        values |= {f"factor-{category}": factor for category, factor in ladder.factors.items()}
        values |= {f"step-{step}": height for step, height in ladder.steps.items()}
        return cls({name: f"{value:g}" for name, value in values.items()})

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                parse_strikes(self.strikes)
            except InvalidStrikes as error:
                raise forms.ValidationError(str(error)) from None
        return data

    @property
    def strikes(self) -> dict[str, Any]:
        """What the policy stores."""
        return {
            "half_life": self.cleaned_data["half_life"],
            "weights": self._given("weight", ACTIONS),
            "factors": self._given("factor", FACTORS),
            "steps": self._given("step", STEPS),
        }

    def change(self, before: Policy) -> Terms:
        """What the valid form asks for, on top of the policy in force."""
        return Terms(before.ladders, before.audit_rate, strikes=self.strikes)

    def rows(self, name: str) -> list[Any]:
        return [self[field] for field in self.fields if field.startswith(f"{name}-")]

    @property
    def weights(self) -> list[Any]:
        return self.rows("weight")

    @property
    def factors(self) -> list[Any]:
        return self.rows("factor")

    @property
    def steps(self) -> list[Any]:
        return self.rows("step")

    def _given(self, name: str, keys: Any) -> dict[str, float]:
        found = {str(key): self.cleaned_data.get(f"{name}-{key}") for key in keys}
        return {key: value for key, value in found.items() if value is not None}


VERBS = {
    AuthorAction.WARN: gettext_lazy("Warn from"),
    AuthorAction.MUTE: gettext_lazy("Mute from"),
    AuthorAction.BAN: gettext_lazy("Ban from"),
}
