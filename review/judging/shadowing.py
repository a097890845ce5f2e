"""The shadow: a candidate scores what the active model has judged. Its scores gate nothing.

It goes on only while no message waits to be judged, in batches small enough that one which comes meanwhile is hardly
delayed. Labelled messages come first, since a calibrator is fitted on these; then the newest of the live traffic.
"""

import logging
from collections.abc import Sequence
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from inference.scoring.cascade import LATER
from review.judging.bisection import score_within
from review.judging.pace import LONG
from review.judging.results import score_row
from review.judging.scoring_inputs import texts_for
from review.models import Label, Message, Pending, Score
from review.registry.model_versions import note_speed
from review.registry.scoring_setup import ScoringSetup

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer, TextScore

log = logging.getLogger(__name__)

BATCH = 16
LONGEST = 20_000
"""Characters of a message: a longer one would hold up live traffic, and says little of a model."""
LABELS, RECENT = 20_000, 5_000
"""How many of the newest labels, and of the newest scores, are looked through: the table is never read as a whole."""
_unreadable: set[tuple[str, int]] = set()
"""Candidates (by hash) and messages that they could not score, so that these are not tried again by this process."""


def follow(scorer: "Scorer", setup: ScoringSetup, until: float) -> int:
    """Score batch after batch until nothing is left, messages wait, or `until` (monotonic); returns how many."""
    done, seconds = 0, 0.0
    while monotonic() < until and not Pending.objects.exists() and (messages := _next(setup)):
        started = monotonic()
        scores = scored(scorer, setup, messages, LONG)  # what is left out comes again
        seconds += monotonic() - started
        rows = [score_row(setup, message, score) for message, score in scores]
        Score.objects.bulk_create(rows, ignore_conflicts=True)
        done += len(rows)
    note_speed(setup.model, done, seconds)
    return done


def _next(setup: ScoringSetup) -> list[Message]:
    """Up to a batch of messages that the candidate has not scored yet."""
    known = Score.objects.filter(message=OuterRef("message"), model=setup.model, rubric=setup.rubric)
    unread = {message for model, message in _unreadable if model == setup.model.fingerprint}
    labels = Label.objects.filter(~Exists(known), pk__gt=_last(Label) - LABELS)
    judging = Q(model__is_active=True) | Q(model__earlier_messages__gt=0)
    live = Score.objects.filter(judging, ~Exists(known), pk__gt=_last(Score) - RECENT)
    both: tuple[QuerySet[Any], ...] = (labels, live)
    for rows in both:
        offered = rows.exclude(message__in=unread).exclude(message__text="").order_by("-pk")
        if ids := list(offered.values_list("message", flat=True)[:BATCH]):
            return fitting(setup, list(Message.objects.filter(pk__in=set(ids))))
    return []


def _last(model: type[Model]) -> int:
    return model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0


def fitting(setup: ScoringSetup, messages: list[Message]) -> list[Message]:
    """Without those that were erased or are too long, which are not offered again."""
    fitting = [message for message in messages if 0 < len(message.text) <= LONGEST]
    _unreadable.update((setup.model.fingerprint, message.pk) for message in messages if message not in fitting)
    return fitting


def scored(
    scorer: "Scorer", setup: ScoringSetup, messages: Sequence[Message], seconds: float = inf
) -> "list[tuple[Message, TextScore]]":
    """Each message with its score, without those that cannot be scored.

    After so many seconds what the second model of a cascade has not come to is left out too.
    """
    texts = texts_for(setup.model, messages)
    try:
        scores = zip(messages, score_within(scorer, texts, seconds), strict=True)
        return [(message, score) for message, score in scores if score is not LATER]
    except Exception:
        log.exception("The candidate %s could not score messages together; each is tried alone", setup.model)
    found = []
    for message, text in zip(messages, texts, strict=True):
        try:
            found.append((message, scorer.score([text])[0]))
        except Exception:
            log.exception("The candidate %s could not score message %s", setup.model, message.pk)
            _unreadable.add((setup.model.fingerprint, message.pk))
    return found
