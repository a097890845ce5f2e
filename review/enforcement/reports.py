"""Reports: somebody's word that a message breaks a rule.

A report brings a message to people, or forward among what waits, and does nothing else: no outcome ever comes of a
report by itself, however many there are. It is selection by content, so it never makes a message part of the cohort,
its case is never blind, and the label that comes of it has no cohort rate. A message that waits in a blind case stays
there as it was: were it moved, its place in the queue would tell that somebody complained.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from review.enforcement.cases import NewCase, open_cases
from review.enforcement.outbox import enqueue
from review.enforcement.webhooks.bodies import says
from review.models import Case, Decision, Delivery, Event, Message, Reason, Report, Reporter, Rule, Verdict
from review.registry.policy_versions import policy_of
from review.verdicts import priority

IN_REVIEW, DECIDED, MUTED = STATES = ("in_review", "decided", "muted")
CHUNK = 500
COUNTED = 1_000

# A decision on the case of the message that is in effect; of several, the one that took effect last.
_RESOLVE = """
WITH due AS (
    SELECT DISTINCT ON (r.id) r.id, d.id AS decision, d.category
      FROM review_report r
      JOIN review_casemember m ON m.message_id = r.message_id
      JOIN review_decision d ON d.case_id = m.case_id AND d.undone_at IS NULL
                            AND d.effective_at <= statement_timestamp()
      JOIN review_case c ON c.id = m.case_id AND c.reason <> 'second_opinion'
     WHERE r.resolved_at IS NULL ORDER BY r.id, d.effective_at DESC LIMIT %(chunk)s)
UPDATE review_report r SET resolved_at = statement_timestamp(), decision_id = due.decision,
       upheld = due.category <> 'benign'
  FROM due WHERE r.id = due.id AND r.resolved_at IS NULL
RETURNING r.id
"""


@dataclass(frozen=True)
class Said:
    """What a reporter says of a message; `place` is where it is against the law."""

    reporter: str
    reason: str = ""
    illegal: bool = False
    place: str = ""
    contact: str = ""
    rule: Rule | None = None


class Erased(Exception):
    """The message has no text any more, so there is nothing to report, and nobody could look at it."""


@transaction.atomic
def take(message: Message, said: Said) -> bool:
    """Keep a report and bring the message to people; whether the report is new. Raises Erased.

    The second report of one reporter on one message changes nothing. That of a muted reporter is kept and counted,
    and moves nothing.
    """
    _hold(message)
    reporter, _ = Reporter.objects.get_or_create(source_id=message.source_id, name=said.reporter)
    _, is_new = Report.objects.get_or_create(
        message=message,
        reporter=reporter,
        defaults={
            "reason": said.reason,
            "illegal": said.illegal,
            "place": said.place,
            "contact": said.contact,
            "rule": said.rule,
        },
    )
    if is_new and reporter.muted_at is None:
        weights = priority.weights_of(policy_of(message.source).order)
        harm = max(weights.report, priority.ILLEGAL_HARM) if said.illegal else weights.report
        _bring_to_people(message, weights.scaled(harm))
    return is_new


def _hold(message: Message) -> None:
    """Keep the message from being erased until the transaction ends. Raises Erased.

    The weakest lock that does: whoever decides the case meanwhile, and writes an outcome, need not wait for it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM review_message WHERE id = %s AND text <> '' FOR KEY SHARE", [message.pk])
        if cursor.fetchone() is None:
            raise Erased
        # Whoever writes its verdict at this moment is waited for, or waits: one of both sees what the other wrote.
        cursor.execute("SELECT 1 FROM review_pending WHERE message_id = %s FOR KEY SHARE", [message.pk])


def state_of(message: Message) -> str:
    """Of what is done about reports on the message: in_review, decided, or muted where nobody is asked to look."""
    standing = _decisions(message)
    if standing.filter(effective_at__lte=timezone.now()).exists():
        return DECIDED
    waits = Case.objects.filter(members__message=message, state=Case.State.OPEN).exists()
    return IN_REVIEW if waits or standing.exists() else MUTED


def resolve_due() -> int:
    """Resolve reports on messages that people have decided about since; how many, at most CHUNK at a time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_RESOLVE, {"chunk": CHUNK})
        resolved = [pk for (pk,) in cursor.fetchall()]
        for report in Report.objects.filter(pk__in=resolved).select_related("message__source").order_by("pk"):
            enqueue(Event.REPORT_RESOLVED, report.message.source, message=report.message, report=report.pk)
    return len(resolved)


@says(Event.REPORT_RESOLVED)
def _told(delivery: Delivery) -> dict[str, Any]:
    """The reporter's answer: whether people found a violation. The message itself stands beside it."""
    report = Report.objects.select_related("reporter").filter(pk=delivery.ids["report"]).first()
    if report is None:
        return {"report": None}
    return {
        "report": {
            "id": report.pk,
            "reporter": report.reporter.name,
            "upheld": report.upheld,
            "resolved_at": report.resolved_at,
        }
    }


def _bring_to_people(message: Message, harm: float) -> None:
    """Open a case, or raise the one in which the text waits. What people have decided, or will blindly, stands."""
    cases = Case.objects.filter(members__message=message)
    # Whoever decides it at this moment is waited for: what they decide is seen below, and not asked again.
    waiting = cases.filter(state=Case.State.OPEN).order_by("pk")
    list(waiting.select_for_update(of=("self",), no_key=True).values_list("pk"))
    if cases.filter(state=Case.State.OPEN, blind=True).exists() or _decisions(message).exists():
        return
    verdict = Verdict.objects.filter(message=message).select_related("score").order_by("-id").first()
    now = timezone.now()
    open_cases([NewCase(message, Reason.REPORT, priority.priority(harm, now), verdict=verdict)])
    # It keeps the advantage of having waited. As a report's, a case is no more closed by a re-routing.
    for case in cases.filter(state=Case.State.OPEN, blind=False).exclude(reason=Reason.APPEAL):
        raised = max(case.priority, priority.priority(harm, case.opened_at))
        Case.objects.filter(pk=case.pk).update(reason=Reason.REPORT, priority=raised, reports=_heard(case))


def _heard(case: Case) -> int:
    """How many reports there are on what is in the case, but for those of muted reporters; at most COUNTED."""
    reports = Report.objects.filter(message__memberships__case=case, reporter__muted_at=None)
    return reports[:COUNTED].count()


def _decisions(message: Message) -> QuerySet[Decision]:
    """What people decided about the message and did not take back."""
    return Decision.objects.filter(case__members__message=message, undone_at=None)
