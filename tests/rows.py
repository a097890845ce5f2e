"""Rows for tests: each function makes one thing, with sensible values for what a test does not care about."""

import struct
from itertools import count
from typing import Any

from django.utils import timezone

from review.intake.digests import text_digest
from review.models import (
    CalibratorActivation,
    CalibratorVersion,
    Case,
    CaseMember,
    CaseVector,
    Message,
    ModelVersion,
    Pending,
    Reason,
    Rubric,
    Rule,
    RuleVersion,
    Score,
    Source,
    Verdict,
)
from review.models.vectors import DIMENSIONS
from review.registry.policy_versions import policy_of
from review.similar import vectors
from review.verdicts import margin_counts

_numbers = count(1)


def make_source(slug: str = "arcade") -> Source:
    source, _ = Source.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    return source


def make_message(source: Source, text: str | None = None, **fields: Any) -> Message:
    message = unsaved_message(source, text, **fields)
    message.save(force_insert=True)
    return message


def unsaved_message(source: Source, text: str | None = None, **fields: Any) -> Message:
    """For many at once."""
    number = next(_numbers)
    text = f"message number {number}" if text is None else text
    defaults: dict[str, Any] = {"external_id": f"m-{number}", "author": "kestrel", "channel": "general", "draw": 0.99}
    defaults["sent_at"] = timezone.now()
    return Message(source=source, text=text, text_digest=text_digest(text), **{**defaults, **fields})


def make_pending(source: Source, text: str | None = None, **fields: Any) -> Message:
    message = make_message(source, text, **fields)
    Pending.objects.create(message=message)
    return message


def make_case(source: Source, message: Message | None = None, **fields: Any) -> Case:
    message = message or make_message(source)
    defaults = {"reason": Reason.BORDERLINE, "priority": 0.0, "text_digest": message.text_digest}
    case = Case.objects.create(source=source, **{**defaults, **fields})
    CaseMember.objects.create(case=case, message=message)
    return case


def make_judge() -> tuple[ModelVersion, Rubric]:
    """The active pair: what a worker has registered already, or one that was never loaded."""
    model = ModelVersion.objects.filter(is_active=True).first() or ModelVersion.objects.create(
        name="nano", location="team/nano", weights_hash="f" * 64, fingerprint="f" * 64, is_active=True
    )
    rubric = Rubric.objects.filter(is_active=True).first() or Rubric.objects.create(
        version=1, text="Be fair.", is_active=True
    )
    return model, rubric


def make_calibrator(parameters: dict[str, Any] | None = None) -> CalibratorVersion:
    """An active Platt map that leaves the margin as it is: the probability is its sigmoid."""
    model, rubric = make_judge()
    version = CalibratorVersion.objects.filter(model=model, rubric=rubric).count() + 1
    calibrator = CalibratorVersion.objects.create(
        model=model,
        rubric=rubric,
        version=version,
        kind="platt",
        parameters=parameters or {"kind": "platt", "slopes": [1.0], "intercept": 0.0, "n": 1_000_000},
    )
    CalibratorActivation.objects.create(calibrator=calibrator, why="for a test")
    return calibrator


def make_verdict(message: Message, probability: float = 0.6, margin: float = 0.4, **fields: Any) -> Verdict:
    """A verdict with its score, under the active calibrator or a new one."""
    model, rubric = make_judge()
    calibrator = CalibratorVersion.objects.filter(model=model, rubric=rubric).last() or make_calibrator()
    score = Score.objects.create(
        message=message,
        model=model,
        rubric=rubric,
        margin=margin,
        category_log_probs=[-1.0, -1.2, -2.0, -3.0, -2.5],
        tokens=12,
    )
    categories = {"benign": 1 - probability, "toxicity": probability * 0.6, "harassment": probability * 0.4}
    categories |= {"hate_speech": 0.0, "sexual_content": 0.0, "violence": 0.0}
    defaults = {
        "flag": probability >= 0.5,
        "category": "toxicity" if probability >= 0.5 else "benign",
        "route": "review",
        "rate": fields.get("cohort_rate") or 0.05,
    }
    verdict = Verdict.objects.create(
        message=message,
        score=score,
        calibrator=calibrator,
        policy=policy_of(message.source),
        probability=probability,
        categories=categories,
        **{**defaults, **fields},
    )
    margin_counts.add(model, rubric, [(verdict, "toxicity")])
    return verdict


def vector_of(*numbers: float) -> bytes:
    """A vector with these numbers first, and naught behind them."""
    return struct.pack(f"<{DIMENSIONS}e", *numbers, *[0.0] * (DIMENSIONS - len(numbers)))


def make_vector(case: Case, *numbers: float) -> None:
    """The vector of an open case under the active model."""
    vectors.keep(make_judge()[0], [(case.messages.all()[0], vector_of(*numbers))])
    assert CaseVector.objects.filter(case=case).exists()


def make_rule(source: Source, name: str = "No personal attacks", **fields: Any) -> RuleVersion:
    """A rule at the end of the book, in its first version."""
    rule = Rule.objects.create(source=source, position=source.rules.count() + 1)
    defaults = {"wording": {"en": {"name": name, "text": f"{name}, please."}}, "category": "harassment"}
    defaults |= {"action": "remove", "note_template": {"en": "It attacked somebody."}}
    return RuleVersion.objects.create(rule=rule, version=1, **{**defaults, **fields})
