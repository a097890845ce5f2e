"""Many judged messages at once, with blind rulings on those that were drawn."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from inference.categories import CATEGORIES
from review.intake.digests import text_digest
from review.models import Case, CaseMember, Decision, Label, Message, Reason, Score, Source, User, Verdict
from review.registry.policy_versions import policy_of
from review.registry.scoring_setup import ScoringSetup
from review.verdicts import margin_counts

TWO_DAYS = timedelta(days=2)


def judged(
    source: Source,
    setup: ScoringSetup,
    found: Sequence[tuple[float, bool | None]],
    *,
    rate: float = 1.0,
    drawn: bool = True,
    ago: timedelta = TWO_DAYS,
    texts: Sequence[str] | None = None,
    category: str = "toxicity",
    windows: int = 1,
) -> list[Message]:
    """A message for each (margin, ruling): ruled a violation, ruled benign, or None where nobody has ruled yet.

    All have the likeliest violation `category`.
    """
    words = texts or [f"text {Message.objects.count() + number}" for number in range(len(found))]
    messages = _messages(source, words, timezone.now() - ago, draw=0.5 * rate if drawn else 0.99)
    log_probs = [-0.1 if name == category else -4.0 for name in CATEGORIES]
    scores = Score.objects.bulk_create(
        Score(
            message=message,
            model=setup.model,
            rubric=setup.rubric,
            margin=margin,
            category_log_probs=log_probs,
            tokens=9,
            windows=windows,
        )
        for message, (margin, _) in zip(messages, found, strict=True)
    )
    verdicts = _verdicts(source, scores, category, rate=rate, cohort_rate=rate if drawn else None)
    margin_counts.add(setup.model, setup.rubric, [(verdict, category) for verdict in verdicts])
    if drawn:
        _rule(source, verdicts, [ruling for _, ruling in found])
    return messages


def _messages(source: Source, words: Sequence[str], at: datetime, *, draw: float) -> list[Message]:
    start = Message.objects.count()
    return Message.objects.bulk_create(
        Message(
            source=source,
            external_id=f"c-{start + number}",
            author=f"author-{start + number}",
            text=word,
            text_digest=text_digest(word),
            draw=draw,
            sent_at=at,
            received_at=at,
        )
        for number, word in enumerate(words)
    )


def _verdicts(
    source: Source, scores: Sequence[Score], category: str, *, rate: float, cohort_rate: float | None
) -> list[Verdict]:
    return Verdict.objects.bulk_create(
        Verdict(
            message=score.message,
            score=score,
            policy=policy_of(source),
            probability=0.95,
            flag=True,
            category=category,
            categories={},
            route="review",
            why="supervised",
            rate=rate,
            cohort_rate=cohort_rate,
        )
        for score in scores
    )


def _rule(source: Source, verdicts: Sequence[Verdict], label_histograms: Sequence[bool | None]) -> None:
    person, _ = User.objects.get_or_create(username="ruler")
    at = timezone.now() - timedelta(hours=1)
    firsts = {bytes(verdict.message.text_digest): index for index, verdict in reversed(list(enumerate(verdicts)))}
    cases = Case.objects.bulk_create(
        Case(
            source=source,
            reason=Reason.AUDIT,
            blind=True,
            verdict=verdicts[index],
            text_digest=digest,
            priority=0,
            state="open" if label_histograms[index] is None else "decided",
            decided_at=None if label_histograms[index] is None else at,
        )
        for digest, index in firsts.items()
    )
    case_of = {bytes(case.text_digest): case for case in cases}
    CaseMember.objects.bulk_create(
        CaseMember(case=case_of[bytes(verdict.message.text_digest)], message=verdict.message) for verdict in verdicts
    )
    ruled = [(case, label_histograms[index]) for case, index in zip(cases, firsts.values(), strict=True)]
    decisions = Decision.objects.bulk_create(
        Decision(case=case, by=person, category="toxicity" if ruling else "benign", action="allow", effective_at=at)
        for case, ruling in ruled
        if ruling is not None
    )
    Label.objects.bulk_create(
        Label(
            decision=decision,
            source=source,
            message=decision.case.verdict.message,
            violation=decision.category != "benign",
            category=decision.category,
            blind=True,
            cohort_rate=decision.case.verdict.cohort_rate,
        )
        for decision in decisions
    )
