"""The shadow: a candidate scores what the active model has judged. Its scores gate nothing.

It goes on only while no message waits to be judged, in batches small enough that one which comes meanwhile is hardly
delayed. Labelled messages come first, since a calibrator is fitted on these; then the newest of the live traffic.
"""

import logging
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from review.judging.asking import as_read, texts_for
from review.judging.results import score_row
from review.models import Label, Message, Pending, Score
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
    done = 0
    while monotonic() < until and not Pending.objects.exists() and (messages := _next(setup)):
        scores = _scored(scorer, setup, messages)
        rows = [score_row(setup, message, score) for message, score in scores]
        Score.objects.bulk_create(rows, ignore_conflicts=True)
        done += len(rows)
    return done


def _next(setup: ScoringSetup) -> list[Message]:
    """Up to a batch of messages that the candidate has not scored yet."""
    scored = Score.objects.filter(message=OuterRef("message"), model=setup.model, rubric=setup.rubric)
    unread = {message for model, message in _unreadable if model == setup.model.fingerprint}
    labels = Label.objects.filter(~Exists(scored), pk__gt=_last(Label) - LABELS)
    judging = Q(model__is_active=True) | Q(model__earlier_messages__gt=0)
    live = Score.objects.filter(judging, ~Exists(scored), pk__gt=_last(Score) - RECENT)
    both: tuple[QuerySet[Any], ...] = (labels, live)
    for rows in both:
        offered = rows.exclude(message__in=unread).exclude(message__text="").order_by("-pk")
        if ids := list(offered.values_list("message", flat=True)[:BATCH]):
            return _fitting(setup, list(Message.objects.filter(pk__in=set(ids))))
    return []


def _last(model: type[Model]) -> int:
    return model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0


def _fitting(setup: ScoringSetup, messages: list[Message]) -> list[Message]:
    """Without those that were erased or are too long, which are not offered again."""
    fitting = [message for message in messages if 0 < len(message.text) <= LONGEST]
    _unreadable.update((setup.model.fingerprint, message.pk) for message in messages if message not in fitting)
    return fitting


def _scored(scorer: "Scorer", setup: ScoringSetup, messages: Sequence[Message]) -> "list[tuple[Message, TextScore]]":
    texts = [as_read(text) for text in texts_for(setup.model, messages)]
    try:
        return list(zip(messages, scorer.score(texts), strict=True))
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
