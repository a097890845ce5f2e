"""Writes what a batch came to: score, verdict, outcome or case, all in one transaction with the end of the lease."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from inference.calibration.calibrators import Calibrator as Map
from inference.calibration.calibrators import from_json
from inference.calibration.category_probabilities import category_probabilities
from inference.categories import CATEGORIES
from review.enforcement.cases import NewCase, open_cases
from review.judging import leases
from review.judging.announcing import announce
from review.models import Action, Calibrator, Case, CaseMember, Message, Outcome, Policy, Reason, Score, Source, Verdict
from review.registry.calibrators import active_calibrator
from review.registry.ladder import Ladders, parse
from review.registry.model_versions import Judge
from review.registry.policies import policy_of
from review.verdicts import margin_counts, priority
from review.verdicts.language import covered
from review.verdicts.routing import Judgement, Route, route

if TYPE_CHECKING:
    from inference.scoring.text_score import TextScore


@dataclass(frozen=True)
class Bench:
    """Everything beside the score that a verdict names, read once for a batch."""

    judge: Judge
    calibrator: Calibrator | None
    map: Map | None
    policies: dict[int, tuple[Policy, Ladders]]


def finish(lease: leases.Lease, judge: Judge, messages: Sequence[Message], scores: "Sequence[TextScore | None]") -> int:
    """Write the results of a leased batch; returns how many were still this worker's to write.

    A message without a score is one that the model cannot read: it is handed to people.
    """
    with transaction.atomic():
        mine = leases.settle(lease)
        settled = [(message, score) for message, score in zip(messages, scores, strict=True) if message.pk in mine]
        pairs = [(message, score) for message, score in settled if score is not None]
        if pairs:
            _write(bench_of(judge, [message for message, _ in pairs]), pairs)
        _fail([message for message, score in settled if score is None])
    announce(message.pk for message, _ in settled)
    return len(settled)


def give_up(lease: leases.Lease, messages: Sequence[Message]) -> None:
    """Hand messages that could not be scored to people."""
    with transaction.atomic():
        mine = leases.settle(lease)
        _fail([message for message in messages if message.pk in mine])
    announce(mine)


def _fail(messages: Sequence[Message]) -> None:
    if messages:
        rank = priority.priority(priority.FAILURE_HARM, timezone.now())
        open_cases([NewCase(message, Reason.FAILURE, rank) for message in messages])


def bench_of(judge: Judge, messages: Sequence[Message]) -> Bench:
    """The calibrator in force, and the policy of each source among the messages."""
    calibrator = active_calibrator(judge.model, judge.rubric)
    policies = {}
    for source in Source.objects.filter(pk__in={message.source_id for message in messages}):
        policy = policy_of(source)
        policies[source.pk] = (policy, parse(policy.ladders))
    return Bench(judge, calibrator, from_json(calibrator.parameters) if calibrator else None, policies)


def _write(bench: Bench, pairs: "Sequence[tuple[Message, TextScore]]") -> None:
    scores = Score.objects.bulk_create(score_row(bench.judge, message, score) for message, score in pairs)
    probabilities = probabilities_of(bench, scores)
    judged = [judged_by(bench, score, p, score.message.draw) for score, p in zip(scores, probabilities, strict=True)]
    verdicts = Verdict.objects.bulk_create(verdict for verdict, _ in judged)
    categories = [likeliest(score.category_log_probs) for score in scores]
    margin_counts.add(bench.judge.model, bench.judge.rubric, zip(verdicts, categories, strict=True))
    ruled = _ruled(message for message, _ in pairs)
    routed = [
        (verdict, way) for verdict, (_, way) in zip(verdicts, judged, strict=True) if verdict.message_id not in ruled
    ]
    act([verdict for verdict, way in routed if way.action != Action.REVIEW])
    open_cases([_case(verdict, way) for verdict, way in routed if way.case_reason])


def _ruled(messages: Iterable[Message]) -> set[int]:
    """Messages that came in with a ruling: they are scored to learn from, and people's word on them stands."""
    ids = [message.pk for message in messages]
    members = CaseMember.objects.filter(message__in=ids, case__state=Case.State.DECIDED)
    return set(members.values_list("message", flat=True))


def score_row(judge: Judge, message: Message, score: "TextScore") -> Score:
    """A score to be stored under the model and rubric that gave it."""
    return Score(
        message=message,
        model=judge.model,
        rubric=judge.rubric,
        margin=score.margin,
        category_log_probs=list(score.category_log_probs),
        tokens=score.tokens,
        windows=score.windows,
        worst_window=score.worst_window,
        bounded=score.bounded,
    )


def probabilities_of(bench: Bench, scores: Sequence[Score]) -> list[float | None]:
    """What the bench's calibrator makes of each score.

    None where there is none, or where it was not fitted on the like: on the worst of several windows.
    """
    if bench.map is None:
        return [None] * len(scores)
    categories = [likeliest(score.category_log_probs) for score in scores]
    sources = [str(score.message.source_id) for score in scores]
    found = bench.map.predict([score.margin for score in scores], categories, sources)
    return [float(p) if score.windows == 1 else None for score, p in zip(scores, found, strict=True)]


def judged_by(bench: Bench, score: Score, probability: float | None, draw: float) -> tuple[Verdict, Route]:
    """The verdict on a score, not saved yet, and where it sends the message. `draw` decides on the cohort."""
    message = score.message
    policy, ladders = bench.policies[message.source_id]
    # Without a calibrator only the model's own flag is known: the sign of the margin.
    reading = category_probabilities(
        float(score.margin > 0) if probability is None else probability, score.category_log_probs
    )
    way = route(
        Judgement(
            probability,
            score.margin,
            likeliest(score.category_log_probs),
            draw,
            covered(message.text),
            windows=score.windows,
        ),
        ladders,
        bench.judge.pair,
        policy.audit_rate,
    )
    verdict = Verdict(
        message=message,
        score=score,
        calibrator=bench.calibrator,
        policy=policy,
        probability=probability,
        flag=reading.flag,
        category=reading.category,
        categories={} if probability is None else reading.categories,
        route=way.action,
        why=way.why,
        rate=way.rate,
        cohort_rate=way.cohort_rate,
    )
    return verdict, way


def likeliest(category_log_probs: Sequence[float]) -> str:
    """The likeliest violation, also below one half: a category's own ladder may act there."""
    return CATEGORIES[int(np.argmax(category_log_probs))]


def act(verdicts: Sequence[Verdict]) -> None:
    """Append an outcome to each message's sequence: the route of its verdict, effective now."""
    last = Outcome.objects.filter(message__in=[verdict.message_id for verdict in verdicts])
    seqs = dict(last.values_list("message").annotate(last=Max("seq")))
    now = timezone.now()
    Outcome.objects.bulk_create(
        Outcome(
            message_id=verdict.message_id,
            seq=seqs.get(verdict.message_id, 0) + 1,
            action=verdict.route,
            why=f"policy {verdict.policy.version}",
            verdict=verdict,
            effective_at=now,
        )
        for verdict in verdicts
    )


def _case(verdict: Verdict, way: Route) -> NewCase:
    category = likeliest(verdict.score.category_log_probs)
    harm = priority.BLIND_HARM if way.blind else priority.harm(verdict.probability, category)
    return NewCase(
        message=verdict.message,
        reason=Reason(way.case_reason or Reason.BORDERLINE),
        priority=priority.priority(harm, timezone.now()),
        blind=way.blind,
        verdict=verdict,
    )
