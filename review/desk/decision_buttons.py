"""The row of decisions: what each button and its key stand for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy, pgettext_lazy

from review.models import Action, Category, Policy, RuleVersion

KEYS = {
    Category.BENIGN: "A",
    Category.TOXICITY: "T",
    Category.HARASSMENT: "H",
    Category.HATE_SPEECH: "X",
    Category.SEXUAL_CONTENT: "S",
    Category.VIOLENCE: "V",
    Category.SPAM: "P",
    Category.SELF_HARM: "F",
}
RULE_KEYS = "1234567890BCDEFGHIKL"
"""By place in the book: digits first, then letters that stand for nothing else at the desk."""
SHORT = {
    Category.BENIGN: gettext_lazy("Allow"),
    Category.HARASSMENT: pgettext_lazy("on a button", "Harassment"),
    Category.HATE_SPEECH: pgettext_lazy("on a button", "Hate"),
    Category.SEXUAL_CONTENT: pgettext_lazy("on a button", "Sexual"),
    Category.SELF_HARM: pgettext_lazy("on a button", "Self-harm"),
}
"""In other languages a long word may say with soft hyphens where it breaks on a narrow button."""


@dataclass(frozen=True)
class DecisionButton:
    """Posts `value` as `field`, which is category or rule. `likely` is never set on a sealed case.

    `short` is what stands on it, `label` what it means; `note` is the template of the note to the author.
    """

    field: str
    value: str
    key: str
    short: str
    label: str
    action: str
    likely: bool
    note: str = ""

    @property
    def is_benign(self) -> bool:
        return self.value == Category.BENIGN


def decision_buttons(policy: Policy, rules: Sequence[RuleVersion], likely: Collection[str]) -> list[DecisionButton]:
    """A button for benign, and one for each rule of the source; for each category where it has no rules.

    Always in the same order.
    """
    if not rules:
        return [_for_category(each, policy, likely) for each in KEYS]
    by_rule = [_for_rule(each, key, likely) for each, key in zip(rules, RULE_KEYS, strict=False)]
    return [_for_category(Category.BENIGN, policy, likely), *by_rule]


def _for_category(category: Category, policy: Policy, likely: Collection[str]) -> DecisionButton:
    short, action = str(SHORT.get(category, category.label)), policy.default_action(category)
    label = str(category.label)
    return DecisionButton("category", category.value, KEYS[category], short, label, action, category in likely)


def _for_rule(version: RuleVersion, key: str, likely: Collection[str]) -> DecisionButton:
    return DecisionButton(
        "rule",
        str(version.pk),
        key,
        short=version.name,
        label=f"{version.rule.position}. {version.name}",
        action=version.action,
        likely=version.category in likely,
        note=version.note if version.action != Action.ALLOW else "",
    )
