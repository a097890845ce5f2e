"""The policy as a form: a row of thresholds for every ladder. Percentages on screen, probabilities in the ladder."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from inference.categories import CATEGORIES
from inference.scoring.prompt_form import MOST_EARLIER
from review.models import Category, Policy
from review.registry.ladder import ACTING, ACTIONS, ALLOW, DEFAULT, InvalidLadder, Ladder, Ladders, Rung, parse, to_json
from review.registry.policy_versions import Terms, unsupervised
from review.sentences import action_word, first_large

STEPS = ACTIONS[1:]
ROWS = (DEFAULT, *CATEGORIES)


class PolicyForm(forms.Form):
    """Fields `<row>-<action>` hold the percentage from which the action is taken; an empty one is never taken.

    `alone-<action>` lets it be taken without people and without a promise, `rate-<action>` is the percentage of its
    messages that is judged blind. Certificates are no fields: they stay on the rungs that have them in the policy in
    force, unless the messages that they are about would change.
    """

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput, help_text="The policy that this was made from.")
    note = forms.CharField(max_length=300, required=False, label=gettext_lazy("What changes, and why"))
    audit_rate = forms.FloatField(
        min_value=0, max_value=100, label=gettext_lazy("Share judged blind where a rung names none")
    )
    earlier_messages = forms.IntegerField(
        min_value=0,
        max_value=MOST_EARLIER,
        required=False,
        label=gettext_lazy("Earlier messages that the model reads before each"),
    )
    understood = forms.BooleanField(required=False)

    def __init__(self, policy: Policy, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy
        self.in_force = parse(policy.ladders)
        for row in ROWS:
            for step in STEPS:
                self.fields[f"{row}-{step}"] = forms.FloatField(min_value=0.1, max_value=100, required=False)
        for action in ACTIONS:
            self.fields[f"rate-{action}"] = forms.FloatField(min_value=0, max_value=100, required=False)
        for action in ACTING:
            self.fields[f"alone-{action}"] = forms.BooleanField(required=False)

    @classmethod
    def showing(cls, policy: Policy) -> "PolicyForm":
        """The form filled with `policy`."""
        values: dict[str, Any] = {
            "version": policy.version,
            "audit_rate": _percent(policy.audit_rate),
            "earlier_messages": policy.earlier_messages,
        }
        ladders = parse(policy.ladders)
        for row, ladder in (DEFAULT, ladders.default), *ladders.by_category.items():
            values |= {f"{row}-{rung.action}": _percent(rung.at) for rung in ladder.rungs if rung.action != ALLOW}
        for rung in _each(ladders):
            if rung.rate is not None:
                values[f"rate-{rung.action}"] = _percent(rung.rate)
            if rung.action in ACTING and not rung.supervised:
                values[f"alone-{rung.action}"] = "on"
        return cls(policy, values)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["ladders"] = _ladders(data, self.in_force)
        try:
            proposed = parse(data["ladders"])
        except InvalidLadder as error:
            raise forms.ValidationError(str(error)) from None
        data["alone"] = unsupervised(self.in_force, proposed)
        return data

    @property
    def made_from(self) -> int:
        """The version that the form says it was made from; 0, which nothing was, where it says none."""
        return 0 if "version" in self.errors else int(self.cleaned_data["version"])

    def terms(self, before: Policy) -> Terms:
        """What the valid form asks for, on top of `before`: the change that `new_version` takes."""
        data = self.cleaned_data
        return Terms(_ladders(data, parse(before.ladders)), data["audit_rate"] / 100, data["earlier_messages"])

    @property
    def switches_to(self) -> int | None:
        """How many earlier messages the valid form asks for, where the policy in force says another number."""
        asked: int | None = self.cleaned_data["earlier_messages"]
        return None if asked == self.policy.earlier_messages else asked

    def clean_understood(self) -> bool:
        return bool(self.cleaned_data["understood"])

    def missing_consent(self) -> str:
        """What to tick before the proposal may be saved; empty where nothing is missing."""
        alone = self.cleaned_data["alone"]
        if not alone or self.cleaned_data["understood"]:
            return ""
        words = gettext(
            "%(actions)s would be taken without people, and nothing shows how often that is wrong. Tick “I know that "
            "nothing is certified” to switch it on all the same."
        )
        named = gettext(" and ").join(action_word(action) for action in alone)
        return words % {"actions": first_large(named)}

    def table(self) -> list[dict[str, Any]]:
        """The thresholds as rows for the template."""
        labels = {DEFAULT: gettext("All categories")} | dict(Category.choices)
        return [
            {"name": row, "label": labels[row], "fields": [self[f"{row}-{step}"] for step in STEPS]} for row in ROWS
        ]

    def strata(self) -> list[dict[str, Any]]:
        """For each action its rate and, where it is taken by itself, who looks first."""
        return [
            {
                "action": action,
                "rate": self[f"rate-{action}"],
                "alone": self[f"alone-{action}"] if action in ACTING else None,
                "certified": any(rung.certified for rung in _each(self.in_force) if rung.action == action),
            }
            for action in ACTIONS
        ]


def _ladders(data: dict[str, Any], before: Ladders) -> dict[str, list[dict[str, Any]]]:
    """The ladders that the fields ask for, with the certificates of those before where they still apply."""
    rows = [row for row in ROWS if row == DEFAULT or any(data.get(f"{row}-{step}") for step in STEPS)]
    # A promise about all on the common ladder is about other messages once a category leaves or joins it.
    same = set(rows) == {DEFAULT, *before.by_category}
    return {row: _rungs(data, row, before.named.get(row), certified=same or row != DEFAULT) for row in rows}


def _rungs(data: dict[str, Any], row: str, before: Ladder | None, *, certified: bool) -> list[dict[str, Any]]:
    percents = {ALLOW: 0.0} | {step: data.get(f"{row}-{step}") for step in STEPS}
    rungs = []
    for action, percent in percents.items():
        if percent is None or (action != ALLOW and not percent):
            continue
        old = before.of(action) if before else None
        supervised = bool(old and old.supervised) if action == ALLOW else not data.get(f"alone-{action}", True)
        kept = old.certified if old and supervised and certified else None
        if action == ALLOW and old and old.certified and not kept:
            supervised = False
        rate = data.get(f"rate-{action}")
        share = None if rate is None else round(rate / 100, 6)
        rungs.append(to_json(Rung(round(percent / 100, 6), action, supervised, share, kept)))
    return rungs


def _each(ladders: Ladders) -> list[Rung]:
    """The rungs of all ladders, the common one's last."""
    return [rung for ladder in (*ladders.by_category.values(), ladders.default) for rung in ladder.rungs]


def _percent(share: float) -> str:
    return f"{share * 100:.6g}"
