"""The policy as a form: a row of thresholds for every ladder. Percentages on screen, probabilities in the ladder."""

from typing import Any

from django import forms

from inference.categories import CATEGORIES
from review.models import Category, Policy
from review.policy.ladder import DEFAULT, InvalidLadder, parse

STEPS = ("review", "hide", "remove")
ROWS = (DEFAULT, *CATEGORIES)


class PolicyForm(forms.Form):
    """Fields `<row>-<action>` hold the percentage from which the action is taken; an empty one is never taken."""

    note = forms.CharField(max_length=300, required=False, label="What changes, and why")
    audit_rate = forms.FloatField(min_value=0, max_value=100, label="Share of all messages judged blind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in ROWS:
            for step in STEPS:
                self.fields[f"{row}-{step}"] = forms.FloatField(min_value=0.1, max_value=100, required=False)

    @staticmethod
    def values_of(policy: Policy) -> dict[str, Any]:
        """The initial values that show `policy`."""
        values: dict[str, Any] = {"audit_rate": _percent(policy.audit_rate)}
        for row, rungs in policy.ladders.items():
            values |= {f"{row}-{rung['action']}": _percent(rung["at"]) for rung in rungs if rung["action"] != "allow"}
        return values

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        ladders = {row: self._rungs(data, row) for row in ROWS}
        data["ladders"] = {row: rungs for row, rungs in ladders.items() if row == DEFAULT or len(rungs) > 1}
        try:
            parse(data["ladders"])
        except InvalidLadder as error:
            raise forms.ValidationError(str(error)) from None
        return data

    def table(self) -> list[dict[str, Any]]:
        """The thresholds as rows for the template."""
        labels = {DEFAULT: "All categories"} | dict(Category.choices)
        return [
            {"name": row, "label": labels[row], "fields": [self[f"{row}-{step}"] for step in STEPS]} for row in ROWS
        ]

    @staticmethod
    def _rungs(data: dict[str, Any], row: str) -> list[dict[str, Any]]:
        percents = {step: data.get(f"{row}-{step}") for step in STEPS}
        steps = [{"at": round(percent / 100, 6), "action": step} for step, percent in percents.items() if percent]
        return [{"at": 0.0, "action": "allow"}, *steps]


def _percent(share: float) -> float:
    return round(share * 100, 3)
