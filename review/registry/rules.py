"""The rules of a source as they are in force: of each the newest version, unless that retired it."""

from collections.abc import Collection

from review.models import RuleVersion, Source


def rules_of(source: Source) -> list[RuleVersion]:
    """The source's rules in the order of its book."""
    return sorted(_in_force(rule__source=source), key=lambda version: (version.rule.position, version.rule_id))


def versions_of(rules: Collection[int]) -> dict[int, RuleVersion]:
    """By rule (ids), its version in force; retired ones are not among the answer. No query where there are none."""
    return {version.rule_id: version for version in _in_force(rule__in=rules)} if rules else {}


def _in_force(**which: object) -> list[RuleVersion]:
    newest = RuleVersion.objects.filter(**which).order_by("rule", "-version").distinct("rule").select_related("rule")
    return [version for version in newest if not version.retired]
