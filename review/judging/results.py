"""Writes what a batch came to: score, verdict, outcome or case, all in one transaction with the end of the lease."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from review.broker import announce
from review.bulk_insert import insert
from review.enforcement.cases import NewCase, open_cases
from review.enforcement.copies import follow
from review.enforcement.outcomes import append_automatic
from review.judging import leases
from review.judging.scoring_inputs import ScoringInputs
from review.models import (
    Action,
    Case,
    CaseMember,
    Message,
    Reason,
    Score,
    Verdict,
)
from review.registry.model_versions import languages_of
from review.registry.rerouting import hold_in_force
from review.registry.scoring_setup import ScoringSetup
from review.similar import vectors
from review.triggers import applying
from review.verdicts import margin_counts, priority
from review.verdicts.context import EvaluationContext, load_context
from review.verdicts.evaluate import evaluate_scores
from review.verdicts.language import Legibility, legibility
from review.verdicts.probabilities import likeliest, probabilities_of
from review.verdicts.routing import Route

if TYPE_CHECKING:
    from inference.scoring.text_score import TextScore


_DECIDED = """
SELECT m.message_id FROM review_casemember m JOIN review_case c ON c.id = m.case_id
 WHERE m.message_id = ANY(%s) AND c.state = 'decided'
"""


def finish(lease: leases.Lease, inputs: ScoringInputs, scores: "Sequence[TextScore | None]") -> int:
    """Write the results of a leased batch; returns how many were still this worker's to write.

    A message without a score is one that the model cannot read: it is handed to people.
    """
    messages = inputs.messages
    reading = applying.read(messages)
    languages = languages_of(inputs.setup.model)
    legible = {
        message.pk: legibility(message.text, judged, languages)
        for message, judged in zip(messages, inputs.judged, strict=True)
    }
    with transaction.atomic():
        hold_in_force()
        mine = leases.complete(lease, [message.pk for message in messages])
        completed = [(message, score) for message, score in zip(messages, scores, strict=True) if message.pk in mine]
        pairs = [(message, score) for message, score in completed if score is not None]
        if pairs:
            context = load_context(inputs.setup, [message for message, _ in pairs])
            _write(context, pairs, reading, [legible[message.pk] for message, _ in pairs])
        _fail([message for message, score in completed if score is None], reading)
    announce(message.pk for message, _ in completed)
    return len(completed)


def give_up(lease: leases.Lease, messages: Sequence[Message]) -> None:
    """Hand messages that could not be scored to people."""
    reading = applying.read(messages)
    with transaction.atomic():
        mine = leases.complete(lease, [message.pk for message in messages])
        _fail([message for message in messages if message.pk in mine], reading)
    announce(mine)


def _fail(messages: Sequence[Message], reading: applying.Reading) -> None:
    """People decide, whatever triggers would do; but who may harm themselves comes first here too."""
    if not messages:
        return
    pairs = list(zip(messages, applying.still(reading, messages), strict=True))
    applying.record(pairs)
    harms = [priority.SELF_HARM if each.is_self_harm else priority.FAILURE_HARM for _, each in pairs]
    ranks = [priority.priority(harm, timezone.now()) for harm in harms]
    open_cases([NewCase(message, Reason.FAILURE, rank) for message, rank in zip(messages, ranks, strict=True)])


def _write(
    context: EvaluationContext,
    pairs: "Sequence[tuple[Message, TextScore]]",
    reading: applying.Reading,
    legible: Sequence[Legibility],
) -> None:
    scores = insert(score_row(context.setup, message, score) for message, score in pairs)
    probabilities = probabilities_of(context, scores)
    applied = applying.still(reading, [message for message, _ in pairs], context.triggers)
    draws, hits = [message.draw for message, _ in pairs], [each.hit for each in applied]
    judged = evaluate_scores(context, scores, probabilities, draws=draws, hits=hits, legible=legible)
    verdicts = insert(verdict for verdict, _ in judged)
    categories = [likeliest(score.category_log_probs) for score in scores]
    margin_counts.add(context.setup.model, context.setup.rubric, zip(verdicts, categories, strict=True))
    applying.record((message, each) for (message, _), each in zip(pairs, applied, strict=True))
    decided = _decided(message for message, _ in pairs)
    ways = [way for _, way in judged]
    # A cohort case is judged for itself, and whoever may harm themselves is looked after: neither follows a decision.
    decided |= follow(
        [
            verdict
            for verdict, way, each in zip(verdicts, ways, applied, strict=True)
            if not (way.blind or each.is_self_harm or verdict.message_id in decided)
        ]
    )
    routed = [(verdict, way) for verdict, way in zip(verdicts, ways, strict=True) if verdict.message_id not in decided]
    append_automatic([verdict for verdict, way in routed if way.action != Action.REVIEW])
    languages = {message.pk: each.language for (message, _), each in zip(pairs, legible, strict=True)}
    waiting = _complete_waiting(
        [verdict for verdict, way in zip(verdicts, ways, strict=True) if not way.blind], languages
    )
    open_cases([_case(verdict, way, languages[verdict.message_id]) for verdict, way in routed if way.case_reason])
    waiting |= {verdict.message_id for verdict, way in routed if way.case_reason and not way.blind}
    vectors.keep(context.setup.model, [(message, score.vector) for message, score in pairs if message.pk in waiting])


def _complete_waiting(verdicts: Sequence[Verdict], languages: dict[int, str]) -> set[int]:
    """Give open cases that came before their verdict, as of a report, what a case has that a verdict opened.

    Answers the messages whose verdicts these cases have now.
    No blind case, and none of a message that waits blind as well: whoever saw the verdict could not judge it blind.
    """
    by_message = {verdict.message_id: verdict for verdict in verdicts}
    theirs = CaseMember.objects.filter(message__in=by_message).values("case")
    unread = Case.objects.filter(state=Case.State.OPEN, blind=False, verdict=None, pk__in=theirs).order_by("pk")
    cases = list(unread.select_for_update(of=("self",), no_key=True))
    members = CaseMember.objects.filter(case__in=cases, message__in=by_message).order_by("-message")
    firsts = dict(members.values_list("case", "message"))
    for case in cases:
        case.verdict = verdict = by_message[firsts[case.pk]]
        case.margin = verdict.score.margin
        case.language = languages[verdict.message_id] or case.language
        case.priority = max(case.priority, priority.priority(harm_of(verdict), case.opened_at))
    Case.objects.bulk_update(cases, ["verdict", "margin", "language", "priority"])
    return set(firsts.values())


def _decided(messages: Iterable[Message]) -> set[int]:
    """Messages that came in with a decision: they are scored to learn from, and people's word on them stands."""
    with connection.cursor() as cursor:
        cursor.execute(_DECIDED, [[message.pk for message in messages]])
        return {message for (message,) in cursor.fetchall()}


def score_row(setup: ScoringSetup, message: Message, score: "TextScore") -> Score:
    """A score to be stored under the model and rubric that gave it."""
    return Score(
        message=message,
        model=setup.model,
        rubric=setup.rubric,
        margin=score.margin,
        category_log_probs=list(score.category_log_probs),
        tokens=score.tokens,
        windows=score.windows,
        worst_window=score.worst_window,
        bounded=score.bounded,
        deferred=score.deferred,
        created_at=timezone.now(),
    )


def _case(verdict: Verdict, way: Route, language: str) -> NewCase:
    harm = priority.BLIND_HARM if way.blind else harm_of(verdict)
    return NewCase(
        message=verdict.message,
        reason=Reason(way.case_reason or Reason.BORDERLINE),
        priority=priority.priority(harm, timezone.now()),
        blind=way.blind,
        verdict=verdict,
        language=language,
    )


def harm_of(verdict: Verdict) -> float:
    """The harm by which an unblinded case is ordered, as the verdict's policy weighs it."""
    weights, readers = priority.weights_of(verdict.policy.order), priority.readers_of(verdict.message.metadata)
    category = likeliest(verdict.score.category_log_probs)
    if verdict.trigger:
        return weights.triggered(verdict.probability, category, verdict.trigger.category, readers)
    return weights.harm(verdict.probability, category, readers)
