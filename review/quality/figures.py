"""Figures of how far people agree, and how often they find what is known, of a source and of each person there.

Beat works them out, so that no page has to count. They are about the last 90 days: people and rules change, and what
was agreed on last year says little of today.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from inference.categories import BENIGN
from inference.reliability.agreement import LEAST, accuracy, agreement, change
from review.models import Category, QualityFigures, RuleVersion, Source
from review.quality.comparisons import Answer, Pair, answers_of, checked, pairs_of

SEED = 0
RESAMPLED = 1_000
"""Agreement rests on so many of the newest items: its intervals take 400 draws of all of them, for each category."""
SHOWN = 3
"""Examples of a confusion."""

# From the cases that are compared, which are few beside all that are decided.
_CHANGED = """
WITH compared AS (
  SELECT case_id FROM review_secondopinion WHERE case_id IS NOT NULL UNION ALL SELECT case_id FROM review_goldshowing
), newest AS (
  SELECT c.source_id, max(d.effective_at) AS at FROM compared
    JOIN review_decision d ON d.case_id = compared.case_id AND d.effective_at <= statement_timestamp()
    JOIN review_case c ON c.id = d.case_id
   GROUP BY c.source_id
)
SELECT n.source_id FROM newest n
  LEFT JOIN review_qualityfigures f ON f.source_id = n.source_id AND f.person_id IS NULL
 WHERE n.at > coalesce(f.computed_at, '-infinity') ORDER BY n.source_id
"""


def count_changed() -> int:
    """Work out anew the figures of sources in which somebody gave a second opinion or an answer; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED)
        changed = [pk for (pk,) in cursor.fetchall()]
    for source in Source.objects.filter(pk__in=changed):
        count(source)
    return len(changed)


def count(source: Source) -> None:
    """Work out the figures of a source and of everybody who judged there."""
    now = timezone.now()
    pairs, answers = pairs_of(source, now), answers_of(source, now)
    drifts = {person: drift(*counts) for person, counts in checked(source, now).items()}
    _keep(source, None, team_figures(pairs, answers, rules_of(source)), now)
    pairs_by, answers_by = defaultdict(list), defaultdict(list)
    for pair in pairs:
        pairs_by[pair.by].append(pair)
        pairs_by[pair.second_by].append(pair)
    for answer in answers:
        answers_by[answer.by].append(answer)
    for person in sorted(pairs_by.keys() | answers_by.keys()):
        figures = person_figures(pairs_by[person], answers_by[person])
        _keep(source, person, figures | {"drift": drifts.get(person)}, now)


def rules_of(source: Source) -> dict[int, str]:
    """What the rules of the source's book are called now, by their ids, in the order of the book."""
    versions = RuleVersion.objects.filter(rule__source=source).order_by("rule__position", "rule", "version")
    return {each.rule_id: each.name for each in versions}


def team_figures(pairs: list[Pair], answers: list[Answer], rules: Mapping[int, str]) -> dict[str, Any]:
    """As JSON: agreement by scope, accuracy on gold by category, and where people part.

    How often people agree on `violation` rests on what both judged blind, once there is enough of it: whoever saw the
    model's number agrees with it more often, and so with others who saw it.
    """
    blind = [pair for pair in pairs if pair.blind]
    grounds = blind if len(blind) >= LEAST else pairs
    return {
        "scopes": _scopes(pairs[:RESAMPLED], rules),
        "gold": _gold(answers),
        "gold_by_category": {
            name: found for name in Category if (found := _gold([answer for answer in answers if answer.known == name]))
        },
        "confusions": _confusions(pairs),
        "violation": _json(accuracy(sum(_same_side(pair) for pair in grounds), len(grounds))),
    }


def person_figures(pairs: list[Pair], answers: list[Answer]) -> dict[str, Any]:
    """As JSON: how often the person agrees with colleagues, how often they find what is known, and what they miss."""
    return {
        "agreement": _json(accuracy(sum(pair.first == pair.second for pair in pairs), len(pairs))),
        "gold": _gold(answers),
        "missed": [
            {"known": known, "given": given, "times": times}
            for (known, given), times in Counter(
                (each.known, each.given) for each in answers if each.known != each.given
            ).most_common(5)
        ],
        "n": len(pairs) + len(answers),
    }


def drift(right: int, n: int, right_before: int, n_before: int) -> dict[str, Any] | None:
    """A person against themselves, as JSON: how often they were right lately and before, and the difference.

    Right is what a gold item or an adjudication says. None where either time has too few to say anything.
    """
    now, before, by = accuracy(right, n), accuracy(right_before, n_before), change(right, n, right_before, n_before)
    if not (now and before and by):
        return None
    return {
        "now": asdict(now),
        "before": asdict(before),
        "change": asdict(by),
        "is_sure": by.low > 0.0 or by.high < 0.0,
    }


def _scopes(pairs: list[Pair], rules: Mapping[int, str]) -> list[dict[str, Any]]:
    """All categories, all of which both judged blind, and each category and rule against the rest."""
    categories = [(pair.first, pair.second) for pair in pairs]
    by_rule = [(pair.rule, pair.second_rule) for pair in pairs]
    found: list[tuple[str, list[tuple[Any, Any]]]] = [
        (gettext_noop("All categories"), categories),
        (gettext_noop("Both judged blind"), [(pair.first, pair.second) for pair in pairs if pair.blind]),
    ]
    with translation.override("en"):  # kept as it is; a page says it in its reader's language
        labels = {name: str(name.label) for name in Category}
    found += [(labels[name], said) for name in Category if (said := _against_the_rest(name.value, categories))]
    found += [(f"Rule: {name}", said) for pk, name in rules.items() if (said := _against_the_rest(pk, by_rule))]
    return [
        {"name": name, "n": len(said), **{key: asdict(estimate) for key, estimate in figures.items()}}
        for name, said in found
        if (figures := agreement([str(a) for a, _ in said], [str(b) for _, b in said], seed=SEED))
    ]


def _against_the_rest(value: object, said: list[tuple[Any, Any]]) -> list[tuple[bool, bool]]:
    """Whether each of two people said `value`, of all items; empty where nobody ever did."""
    found = [(first == value, second == value) for first, second in said]
    return found if any(first or second for first, second in found) else []


def _gold(answers: list[Answer]) -> dict[str, Any] | None:
    return _json(accuracy(sum(each.known == each.given for each in answers), len(answers)))


def _confusions(pairs: list[Pair]) -> list[dict[str, Any]]:
    """Pairs of categories that people part on, the commonest first, with cases to look at."""
    apart: dict[tuple[str, ...], list[int]] = {}
    for pair in pairs:
        if pair.first != pair.second:
            apart.setdefault(tuple(sorted((pair.first, pair.second))), []).append(pair.case)
    commonest = sorted(apart.items(), key=lambda item: (-len(item[1]), item[0]))
    return [{"between": list(between), "times": len(cases), "cases": cases[:SHOWN]} for between, cases in commonest]


def _same_side(pair: Pair) -> bool:
    return (pair.first == BENIGN) == (pair.second == BENIGN)


def _json(estimate: Any) -> dict[str, Any] | None:
    return asdict(estimate) if estimate else None


def _keep(source: Source, person: int | None, data: dict[str, Any], at: Any) -> None:
    QualityFigures.objects.update_or_create(
        source=source, person_id=person, defaults={"data": data, "seed": SEED, "computed_at": at}
    )
