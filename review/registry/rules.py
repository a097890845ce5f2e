"""The rule book of a source: what is in it now, and which rule stands for what is done without people."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from review.models import RuleVersion, Source


def rules_of(source: Source) -> list[RuleVersion]:
    """The newest version of each rule that is not retired, in the order of the book. One query."""
    return list(_in_force().filter(rule__source=source).order_by("rule__position", "rule"))


def rules_in(sources: QuerySet[Source]) -> list[RuleVersion]:
    """The rules in force of all these sources, by source and in the order of the book. One query."""
    return list(_in_force().filter(rule__source__in=sources).order_by("rule__source", "rule__position", "rule"))


def rule_for_case(case_id: int, version_id: int) -> RuleVersion | None:
    """This version, where it is in the book of the case's source now."""
    return _in_force().filter(pk=version_id, rule__source__cases=case_id).first()


def versions_of(rules: Collection[int]) -> dict[int, RuleVersion]:
    """By rule (ids), its version in force; retired ones are not among the answer. No query where there are none."""
    return {version.rule_id: version for version in _in_force().filter(rule__in=rules)} if rules else {}


@dataclass(frozen=True)
class RuleBooks:
    """The books of several sources: by rule (ids), and by source (ids) and category where exactly one rule has it.

    Of several for a category nobody has said which was broken, and none is guessed.
    """

    by_rule: dict[int, RuleVersion]
    by_category: dict[tuple[int, str], RuleVersion]


def rule_books(sources: Collection[int]) -> RuleBooks:
    """The books of these sources (ids). One query; none where there are no sources."""
    versions = list(_in_force().filter(rule__source__in=sources)) if sources else []
    by_category: dict[tuple[int, str], list[RuleVersion]] = defaultdict(list)
    for each in versions:
        by_category[each.rule.source_id, each.category].append(each)
    return RuleBooks(
        {each.rule_id: each for each in versions},
        {key: found[0] for key, found in by_category.items() if len(found) == 1},
    )


def state_of(rules: Sequence[RuleVersion]) -> str:
    """A digest of what is in the book and in which order: forms name the one that they were made from."""
    return hashlib.sha256(repr([each.pk for each in rules]).encode()).hexdigest()[:16]


def _in_force() -> QuerySet[RuleVersion]:
    later = RuleVersion.objects.filter(rule=OuterRef("rule"), version__gt=OuterRef("version"))
    return RuleVersion.objects.filter(~Exists(later), retired=False).select_related("rule")
