"""Appeals: an author's objection to what was done, and its answer.

An appeal opens a case of its own, about this message alone. A senior moderator decides it, and never whoever made the
decision that it is about. Like a report it is selection, so its case is not blind and its label has no cohort rate. The
decision is an outcome like any other: a milder one takes back what was done.
"""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext

from review.enforcement.appeal_links import url_of
from review.enforcement.authors_as_json import author_part
from review.enforcement.cases import NewCase, open_alone
from review.enforcement.outbox import enqueue
from review.enforcement.outcomes import in_force
from review.enforcement.statements import RESTRICTS, STATEMENT_NEEDS, appeal_until, appealed
from review.enforcement.webhooks.bodies import says
from review.models import Appeal, AuthorOutcome, Case, Decision, Delivery, Event, Message, Outcome, Reason, Verdict
from review.verdicts import priority

ANSWERED_WITHIN = timedelta(days=7)
CHUNK = 500

# An appeal is resolved once its decision is in effect. The order of actions is by how much they restrict.
_RESOLVE = """
WITH due AS (
    SELECT a.id, d.action AS now, o.action AS before
      FROM review_appeal a
      JOIN review_decision d ON d.id = a.decision_id AND d.undone_at IS NULL
                            AND d.effective_at <= statement_timestamp()
      JOIN review_outcome o ON o.id = a.outcome_id
     WHERE a.state = 'open' ORDER BY a.id LIMIT %(chunk)s FOR UPDATE OF a SKIP LOCKED)
UPDATE review_appeal a SET resolved_at = statement_timestamp(),
       state = CASE WHEN array_position(%(order)s, due.now::text) < array_position(%(order)s, due.before::text)
                    THEN 'overturned' ELSE 'upheld' END
  FROM due WHERE a.id = due.id
RETURNING a.id
"""
_ORDER = ["allow", "hide", "remove"]


class NoAppeal(Exception):
    """Nothing can be objected to; its text says why, in a sentence for the author."""


@transaction.atomic
def take(outcome: Outcome, reason: str, contact: str = "") -> tuple[Appeal, bool]:
    """Keep an appeal against `outcome` and bring it to people; the appeal, and whether it is new. Raises NoAppeal.

    The second appeal against one outcome changes nothing: the first is what counts, and its answer is final.
    """
    message = (
        Message.objects.select_for_update(of=("self",), no_key=True).select_related("source").get(pk=outcome.message_id)
    )
    if known := Appeal.objects.filter(outcome=outcome).first():
        return known, False
    if why_not := why_no_appeal(outcome, message):
        raise NoAppeal(why_not)
    now = timezone.now()
    verdict = Verdict.objects.filter(message=message).select_related("score").order_by("-id").first()
    case = open_alone(NewCase(message, Reason.APPEAL, priority.priority(priority.APPEAL_HARM, now), verdict=verdict))
    made = Appeal.objects.create(
        source=message.source,
        message=message,
        outcome=outcome,
        case=case,
        reason=reason,
        contact=contact,
        created_at=now,
        due=now + ANSWERED_WITHIN,
    )
    return made, True


def why_no_appeal(outcome: Outcome, message: Message) -> str:
    """Why there is nothing to object to in `outcome`, in a sentence; empty where there is."""
    if not message.text:
        return gettext("The message was erased, so nobody could look at it any more.")
    if outcome.action not in RESTRICTS:
        return gettext("Nothing is in force that restricts this message.")
    if in_force(message) != outcome:
        return gettext("A later decision has taken the place of this one.")
    if appealed(outcome):
        return gettext("This was decided on an appeal, and that answer is final.")
    if timezone.now() > appeal_until(outcome):
        return gettext("The time in which this could be appealed against is over.")
    return ""


def appealable(message: Message) -> Outcome:
    """The outcome on `message` that its author may object to, or has objected to. Raises NoAppeal."""
    outcome = in_force(message, *STATEMENT_NEEDS)
    if outcome is None or outcome.action not in RESTRICTS:
        raise NoAppeal(gettext("Nothing is in force that restricts this message."))
    return outcome


def answer(case: Case, decision: Decision, words: str) -> None:
    """Write what the author of the case's appeal is told. Must run in the transaction of the decision."""
    Appeal.objects.filter(case=case).update(decision=decision, answer=words)


@transaction.atomic
def resolve_due() -> int:
    """Resolve appeals whose decision has taken effect, and tell the platform; how many, at most CHUNK at a time."""
    with connection.cursor() as cursor:
        cursor.execute(_RESOLVE, {"chunk": CHUNK, "order": _ORDER})
        resolved = [pk for (pk,) in cursor.fetchall()]
    appeals = Appeal.objects.filter(pk__in=resolved).select_related("source", "message").order_by("pk")
    for each in appeals:
        outcome = Outcome.objects.filter(decision=each.decision_id, message=each.message_id).first()
        enqueue(Event.APPEAL_RESOLVED, each.source, message=each.message, outcome=outcome, appeal=each.pk)
    return len(resolved)


@says(Event.APPEAL_RESOLVED)
def _resolved(delivery: Delivery) -> dict[str, Any]:
    found = Appeal.objects.filter(pk=delivery.ids.get("appeal")).select_related("outcome", "author_outcome").first()
    told = {"appeal": found and appeal_json(found)}
    return told | {"author": _in_force(found.author_outcome)} if found and found.author_outcome else told


def _in_force(step: AuthorOutcome) -> dict[str, Any] | None:
    """What is in force on the author who objected to `step`; of one who was erased, the step."""
    last = AuthorOutcome.objects.filter(source=step.source_id, author=step.author).order_by("-seq").first()
    return author_part((last if last and step.author else step).pk)


def appeal_json(appeal: Appeal) -> dict[str, Any]:
    """An appeal as platforms read it. The answer shows once it counts; what was erased is empty."""
    is_open, about = appeal.state == Appeal.State.OPEN, appeal.outcome or appeal.author_outcome
    assert about  # noqa: S101 - it is about one of the two
    return {
        "state": appeal.state,
        "created_at": appeal.created_at,
        "due": appeal.due,
        "answer": None if is_open else appeal.answer,
        "resolved_at": appeal.resolved_at,
        "url": url_of(about),
    }
