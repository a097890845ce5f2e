"""From decisions to a candidate: hold some out, fine-tune on the rest, measure old and new on the held-out, register.

Loads a model: for commands, never for the web process.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import connection, transaction

from inference.categories import BENIGN
from inference.evaluation.evaluate import Figures, Scored, evaluate
from inference.reliability.resampling import grouped_share
from inference.scoring.fingerprint import as_asked_now, fingerprint
from inference.scoring.normalise import normalised
from review.candidates.training_labels import Taught, TrainingLabels
from review.judging.precisions import precision_here
from review.judging.worker import load_here
from review.models import Label, ModelVersion
from review.registry.model_versions import add_candidate, location_of
from review.registry.scoring_setup import ScoringSetup

if TYPE_CHECKING:
    from inference.finetuning.examples import TrainingExample
    from inference.finetuning.finetune import OnProgress, Settings
    from inference.scoring.text_score import Scorer

LEAST_TEXTS = 40  # of which both kinds must have some
LEAST_OF_A_KIND = 5
LEAST_HELD_OUT, ENOUGH_FOR_HALVES = 20, 200
CHUNK = 64  # texts that are scored between two looks at how far it is
Watch = Callable[[Sequence[list[str]]], Iterable[list[str]]]


class TooFewDecisions(Exception):
    """There is too little to learn from or to measure on; the message says what is missing."""


@dataclass(frozen=True)
class Parts:
    """What is taught and what is held out; no author and no text is in both."""

    taught: list[Taught]
    held_out: list[Taught]


def parts(training_labels: TrainingLabels, share: float, seed: int, seen: Set[int] = frozenset()) -> Parts:
    """Hold out about a `share` of the texts, whole authors together. Raises TooFewDecisions.

    `seen` are the labels that the base was taught: no author of theirs is held out, for the base knows the answers.
    """
    texts = training_labels.taught
    violations = sum(one.target > 0.5 for one in texts)
    if len(texts) < LEAST_TEXTS or min(violations, len(texts) - violations) < LEAST_OF_A_KIND:
        raise TooFewDecisions(
            f"fine-tuning needs decisions on {LEAST_TEXTS} texts, {LEAST_OF_A_KIND} of each kind; there are "
            f"{len(texts)}, {violations} of them violations"
        )
    held = grouped_share([one.group for one in texts], share, seed)
    known = {one.group for one in texts if not seen.isdisjoint(one.labels)}
    held &= np.array([one.group not in known for one in texts])
    if not held.any() or held.all():
        raise TooFewDecisions(
            "all decisions are on texts of the same few authors, or of such that the base was taught already, so none "
            "can be held out"
        )
    chosen = list(zip(texts, held, strict=True))
    return Parts([one for one, out in chosen if not out], [one for one, out in chosen if out])


def taught_to(model: ModelVersion) -> set[int]:
    """The labels that a model was taught, and those that its bases were: they are handed down."""
    return set(ModelVersion.taught.through.objects.filter(modelversion=model).values_list("label_id", flat=True))


@dataclass(frozen=True)
class Plan:
    """Which model is taught which decisions, as they counted at `at`, into which folder."""

    setup: ScoringSetup
    at: datetime
    training_labels: TrainingLabels
    parts: Parts
    out: Path
    settings: "Settings"


@dataclass(frozen=True)
class Compared:
    """Figures of both models on what was held out, None where that is too little."""

    base: Figures | None
    candidate: Figures | None


def tune(plan: Plan, on_progress: "OnProgress") -> ModelVersion:
    """Fine-tune under the setup's rubric, and register the result as a candidate. Raises CannotFinetune."""
    from inference.finetuning.finetune import finetune

    base, rubric = location_of(plan.setup.model), plan.setup.rubric.text
    finetune(
        base,
        rubric,
        [_training_example(one) for one in plan.parts.taught],
        plan.out,
        settings=plan.settings,
        on_progress=on_progress,
    )
    reconnect()
    return register(plan)


def reconnect() -> None:
    """After hours of work the database may have been started anew: a dead connection must not cost what came of it."""
    if not (connection.in_atomic_block or connection.is_usable()):
        connection.close()


def compare(plan: Plan, candidate: ModelVersion, watch: Watch = iter) -> Compared:
    """Measure base and candidate on what was held out, one after the other, as workers load them; kept on record.

    `watch` is given the chunks of texts that each will score, and passes them on: it may show how far that is.
    """
    compared = Compared(*(_measured(model, plan, watch) for model in (plan.setup.model, candidate)))
    reconnect()
    candidate.training["figures"] = asdict(compared)
    candidate.save(update_fields=["training"])
    return compared


def _measured(model: ModelVersion, plan: Plan, watch: Watch) -> Figures | None:
    """Load a model and measure it; nothing of it outlives the call, so that two are never in memory at once."""
    scorer = load_here(model.location, plan.setup.rubric.text, model.adapter, model.precision, model.format)
    return measure(scorer, plan.parts.held_out, plan.settings.seed, watch)


@transaction.atomic
def register(plan: Plan) -> ModelVersion:
    """Put the tuned weights in the registry as a candidate, with what they were taught. They judge nothing yet."""
    model = add_candidate(
        str(plan.out),
        plan.out.name,
        as_asked_now(fingerprint(str(plan.out)), precision_here(plan.setup.model.precision)),
        base=plan.setup.model,
        training=_training(plan),
    )
    labels = {label for one in plan.parts.taught for label in one.labels} | taught_to(plan.setup.model)
    known = Label.objects.filter(pk__in=labels).values_list("pk", flat=True)
    link = ModelVersion.taught.through
    link.objects.bulk_create((link(modelversion=model, label_id=label) for label in known), batch_size=1_000)
    return model


def _training(plan: Plan) -> dict[str, Any]:
    """How a candidate was made, ready for JSON."""
    return {
        "at": plan.at.isoformat(),
        "settings": asdict(plan.settings),
        "taught": len(plan.parts.taught),
        "held_out": len(plan.parts.held_out),
        "split": plan.training_labels.split,
        "outside": plan.training_labels.outside,
    }


def _training_example(one: Taught) -> "TrainingExample":
    from inference.finetuning.examples import TrainingExample
    from inference.finetuning.row import Row

    flag = int(one.target > 0.5)
    return TrainingExample(
        Row(normalised(one.text), flag, one.category if flag else BENIGN, None, one.source), one.target, one.weight
    )


def measure(scorer: "Scorer", held_out: Sequence[Taught], seed: int, watch: Watch = iter) -> Figures | None:
    """The figures of `manage.py evaluate` on what was held out; None where that is too little to say anything."""
    flags = np.array([float(one.target > 0.5) for one in held_out])
    if len(flags) < LEAST_HELD_OUT or not 0.0 < flags.mean() < 1.0:
        return None
    texts = [normalised(one.text) for one in held_out]
    chunks = [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
    scored = Scored(
        texts=texts,
        margins=np.array([score.margin for chunk in watch(chunks) for score in scorer.score(chunk)]),
        flags=flags,
        categories=[one.category for one in held_out],
        sources=[one.source for one in held_out],
    )
    # Few decisions say more about the raw margins, all together, than by halves about margins and a calibrator.
    return evaluate(scored, fraction=0.5 if len(flags) >= ENOUGH_FOR_HALVES else 1.0 / len(flags), seed=seed)
