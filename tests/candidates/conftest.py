"""A registry whose active model is the shipped one, and reviewers who rule."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inference.scoring.local_scorer import LocalScorer
from review.models import Decision, Label, Message, ModelVersion
from review.registry.model_versions import register, seed_rubric
from review.registry.scoring_setup import ScoringSetup
from tests.rows import make_case, make_message, make_source

SLANG = "glorbnik"
INSULTS = (
    *("you {} go home", "what a {} player", "typical {} move", "stop being a {}", "only a {} would say that"),
    *("@user is a {}", "nobody likes a {}", "{} detected lol", "such a {} today"),
)
UNSEEN_INSULTS = ("hey {} shut it", "look at this {}", "{}s everywhere in chat")
PLAIN = (
    *("the {} is ready", "see you at the {} tonight", "my {} is new", "nice {} mate", "who has the {}?"),
    *("i love this {}", "the {} works now", "can you fix the {}?", "where is the {}"),
)
UNSEEN_PLAIN = ("a {} for lunch", "the old {} was better", "{} please")


@pytest.fixture
def nano(shipped_scorer: LocalScorer) -> LocalScorer:
    return shipped_scorer


@pytest.fixture
def setup(db: None, nano: LocalScorer) -> ScoringSetup:
    """The shipped model, as a worker would have registered it."""
    rubric = seed_rubric(nano.rubric)
    return register("nano", "nano", nano.model_hash, rubric, None)


def decided(
    message: Message | str, by: Any, category: str = "benign", *, ago: timedelta = timedelta(hours=1), **fields: Any
) -> Label:
    """One effective decision on a message, with its label; `rate` makes it one of the cohort."""
    message = make_message(make_source(), message, author=f"by {message}") if isinstance(message, str) else message
    rate = fields.pop("rate", None)
    case = make_case(message.source, message, state="decided", blind=rate is not None)
    decision = Decision.objects.create(
        case=case, by=by, category=category, action="allow", effective_at=timezone.now() - ago, **fields
    )
    return Label.objects.create(
        decision=decision,
        source=message.source,
        message=message,
        violation=category != "benign",
        category=category,
        blind=rate is not None,
        cohort_rate=rate,
    )


def rule_on_slang(by: Any, slang: str = SLANG) -> None:
    """Reviewers call the slang word an insult, and what is said of things around the house benign."""
    for insult in INSULTS:
        for tail in ("", " lol", " again"):
            decided(insult.format(slang) + tail, by, "harassment")
    for plain in PLAIN:
        for thing in ("lamp", "server", "garden"):
            decided(plain.format(thing), by)


def margins(scorer: LocalScorer, texts: Sequence[str]) -> list[float]:
    return [score.margin for score in scorer.score(texts)]


def make_candidate(name: str = "tuned", **fields: Any) -> ModelVersion:
    weights = fields.get("weights_hash", (name.encode().hex() * 64)[:64])
    defaults = {"location": f"team/{name}", "weights_hash": weights, "fingerprint": weights}
    return ModelVersion.objects.create(name=name, **{**defaults, **fields})
