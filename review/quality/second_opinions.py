"""Second opinions: a random share of decisions is made again, blind, by somebody else; where the two differ, a senior
adjudicates.

The draw is a keyed hash of the decision, made in its transaction. The case opens once the decision is in effect, so
that an undo takes nothing back. It is judged to be compared: it gives a label, and no outcome. The adjudicated decision
holds. Whoever made it saw both views, so it gives an outcome and no label. Who confirmed a heavy decision has seen it,
and judges the same no more than who made it.
"""

from django.db import connection, transaction
from django.utils import timezone

from review.access import people_of
from review.enforcement.cases import NewCase, open_alone
from review.models import Case, CaseMember, Decision, Proposal, QualityRates, Reason, Role, SecondOpinion
from review.quality.draws import place_of
from review.verdicts import priority

CHUNK = 200
NOT_AGAIN = (Reason.SECOND_OPINION, Reason.GOLD, Reason.ADJUDICATION, Reason.APPEAL, Reason.IMPORT)

_NOTE = """
INSERT INTO review_secondopinion (first_id)
SELECT %s WHERE %s < coalesce((SELECT second_opinion_percent / 100.0 FROM review_queue WHERE id = %s), %s)
"""
_IN_EFFECT = "AND d.undone_at IS NULL AND d.effective_at <= statement_timestamp()"
_TO_OPEN = f"""
SELECT s.id FROM review_secondopinion s JOIN review_decision d ON d.id = s.first_id {_IN_EFFECT}
 WHERE s.settled_at IS NULL AND s.case_id IS NULL ORDER BY s.id LIMIT %s FOR UPDATE OF s SKIP LOCKED
"""  # noqa: S608 - constants of ours
_TO_COMPARE = f"""
SELECT s.id, d.id FROM review_secondopinion s JOIN review_decision d ON d.case_id = s.case_id {_IN_EFFECT}
 WHERE s.settled_at IS NULL AND s.adjudication_id IS NULL ORDER BY s.id LIMIT %s FOR UPDATE OF s SKIP LOCKED
"""  # noqa: S608 - constants of ours
# Adjudicated; or nothing is left to judge: undone, closed because the text was erased.
_SETTLE = f"""
UPDATE review_secondopinion s SET settled_at = statement_timestamp()
 WHERE s.settled_at IS NULL AND (
       EXISTS (SELECT FROM review_decision d WHERE d.case_id = s.adjudication_id {_IN_EFFECT})
    OR EXISTS (SELECT FROM review_decision d WHERE d.id = s.first_id AND d.undone_at IS NOT NULL)
    OR EXISTS (SELECT FROM review_case c WHERE c.id IN (s.case_id, s.adjudication_id) AND c.state = 'closed'))
"""  # noqa: S608 - constants of ours


def known_to(decision: Decision) -> list[int]:
    """The ids of who made a decision and, where it was a heavy one, of who confirmed it."""
    proposal: Proposal | None = getattr(decision, "proposal", None)
    return [decision.by_id, *([proposal.ended_by_id] if proposal and proposal.ended_by_id else [])]


def draw(decision: Decision) -> None:
    """Note that a decision is to be made again, if it is drawn: at the rate of its case's queue, where that has one,
    else of its source. Must run in the transaction of the decision.

    One statement, drawn or not: how long a decision takes must not tell what the case was.
    """
    case = decision.case
    rates: QualityRates | None = getattr(case.source, "quality_rates", None)
    queue, rate = (None, 0.0) if case.reason in NOT_AGAIN else (case.queue_id, rates.second_opinions if rates else 0.0)
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [decision.pk, place_of("second opinion", decision.pk), queue, rate])


@transaction.atomic
def open_due() -> int:
    """Open cases for drawn decisions that are in effect; how many, at most CHUNK. Where nobody else is there, none."""
    opened = 0
    for second in _rows(_TO_OPEN, "first__case__verdict__score", "first__proposal"):
        known = known_to(second.first)
        case, message = second.first.case, second.first.case.messages.order_by("pk").exclude(text="").first()
        if message is None or not people_of(case.source_id, but=known).exists():
            SecondOpinion.objects.filter(pk=second.pk).update(settled_at=timezone.now())
            continue
        second.case = open_alone(
            NewCase(
                message,
                Reason.SECOND_OPINION,
                priority.priority(priority.BLIND_HARM, timezone.now()),
                blind=True,
                verdict=case.verdict,
                not_for=tuple(known),
            )
        )
        second.save(update_fields=["case"])
        opened += 1
    return opened


@transaction.atomic
def compare_due() -> int:
    """Settle what two people agree on, and open an adjudication for the rest; how many adjudications, at most CHUNK.

    Where no third person is senior, the first decision stands.
    """
    opened = 0
    for second in _rows(_TO_COMPARE, "first__case__verdict__score", "first__proposal", "case"):
        again = Decision.objects.select_related("proposal").get(case=second.case, undone_at=None)
        both, source = [*known_to(second.first), *known_to(again)], second.first.case.source_id
        if again.category == second.first.category or not people_of(source, Role.SENIOR, but=both).exists():
            SecondOpinion.objects.filter(pk=second.pk).update(settled_at=timezone.now())
            continue
        second.adjudication = _adjudication(second.first.case, both)
        second.save(update_fields=["adjudication"])
        opened += 1
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE)
    return opened


def views_of(case: Case) -> list[Decision]:
    """The two decisions that an adjudication is about, the first one first; none for other cases."""
    second = SecondOpinion.objects.filter(adjudication=case).first() if case.reason == Reason.ADJUDICATION else None
    if second is None:
        return []
    made = Decision.objects.filter(undone_at=None, case__in=[second.first.case_id, second.case_id])
    return list(made.select_related("by", "rule").order_by("pk"))


def changes_what_stands(decision: Decision) -> bool:
    """Whether an adjudicated decision differs from the first one, which then no longer holds."""
    first = Decision.objects.get(second_opinion__adjudication=decision.case_id)
    return (first.category, first.action, first.rule_id) != (decision.category, decision.action, decision.rule_id)


def _adjudication(first: Case, both: list[int]) -> Case:
    """A case with all the messages of the first, since its decision is to hold for all."""
    message = first.messages.order_by("pk")[0]
    harm = priority.harm(first.verdict.probability, first.verdict.category) if first.verdict else priority.FAILURE_HARM
    at = priority.priority(max(harm, priority.APPEAL_HARM), timezone.now())
    case = open_alone(NewCase(message, Reason.ADJUDICATION, at, verdict=first.verdict, not_for=tuple(both)))
    CaseMember.objects.bulk_create(
        (CaseMember(case=case, message_id=pk) for pk in first.messages.values_list("pk", flat=True)),
        ignore_conflicts=True,
    )
    return case


def _rows(sql: str, *related: str) -> list[SecondOpinion]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [CHUNK])
        ids = [row[0] for row in cursor.fetchall()]
    return list(SecondOpinion.objects.filter(pk__in=ids).select_related("first", *related).order_by("pk"))
