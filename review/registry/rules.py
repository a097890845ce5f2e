"""The rule book of a source: what is in it now, and which rule stands for what is done without people."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Exists, OuterRef, QuerySet

from review.models import RuleVersion, Source


def rules_of(source: Source) -> list[RuleVersion]:
    """The newest version of each rule that is not retired, in the order of the book. One query."""
    return list(_in_force().filter(rule__source=source).order_by("rule__position", "rule"))


def rule_for_case(case_id: int, version_id: int) -> RuleVersion | None:
    """This version, where it is in the book of the case's source now."""
    return _in_force().filter(pk=version_id, rule__source__cases=case_id).first()


def rule_by_category(sources: Collection[int]) -> dict[tuple[int, str], RuleVersion]:
    """The rule for a category in each of these sources (ids), where exactly one rule has it. One query.

    Of several nobody has said which was broken, and none is guessed.
    """
    found: dict[tuple[int, str], list[RuleVersion]] = defaultdict(list)
    for each in _in_force().filter(rule__source__in=sources):
        found[each.rule.source_id, each.category].append(each)
    return {key: versions[0] for key, versions in found.items() if len(versions) == 1}


def state_of(rules: Sequence[RuleVersion]) -> str:
    """A digest of what is in the book and in which order: forms name the one that they were made from."""
    return hashlib.sha256(repr([each.pk for each in rules]).encode()).hexdigest()[:16]


def _in_force() -> QuerySet[RuleVersion]:
    later = RuleVersion.objects.filter(rule=OuterRef("rule"), version__gt=OuterRef("version"))
    return RuleVersion.objects.filter(~Exists(later), retired=False).select_related("rule")
