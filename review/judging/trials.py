"""Trials of rubrics: the model that judges scores a fixed sample of messages under another rubric. They gate nothing.

A trial goes on as the shadow does: while no message waits to be judged, a batch at a time, from where it stopped.
"""

import logging
from time import monotonic
from typing import TYPE_CHECKING

from django.db.models import F
from django.db.models.functions import Now

from review.judging.results import score_row
from review.judging.shadowing import BATCH, fitting, scored
from review.models import Message, Pending, RubricTrial, Score
from review.registry.scoring_setup import ScoringSetup

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer

log = logging.getLogger(__name__)

LEAST_ROOM = 128
"""Tokens that a rubric must leave to a message: with fewer, most messages would be read in pieces."""


def too_long(room: int) -> str:
    """Why a rubric that leaves so many tokens to a message is refused, for people; empty where it is not."""
    missing = LEAST_ROOM - room
    if missing <= 0:
        return ""
    return (
        f"It is {missing:,} tokens too long: of the model's window it leaves {max(0, room):,} to a message, and "
        f"{LEAST_ROOM} are the least. Shorten it by about {missing * 4:,} characters."
    )


def follow(scorer: "Scorer", trial: RubricTrial, until: float) -> int:
    """Score batch after batch until all is done, messages wait, or `until` (monotonic); returns how many."""
    setup, done = ScoringSetup(trial.model, trial.rubric), 0
    while monotonic() < until and not Pending.objects.exists():
        ids = trial.messages[trial.done : trial.done + BATCH]
        if not ids:
            end(trial)
            break
        known = Score.objects.filter(message__in=ids, model=setup.model, rubric=setup.rubric)
        left = Message.objects.filter(pk__in=set(ids) - set(known.values_list("message", flat=True)))
        rows = [score_row(setup, *each) for each in scored(scorer, setup, fitting(setup, list(left)))]
        Score.objects.bulk_create(rows, ignore_conflicts=True)
        # Of two workers that were given the same part, one moves it on.
        RubricTrial.objects.filter(pk=trial.pk, done=trial.done).update(done=F("done") + len(ids))
        trial.refresh_from_db(fields=["done"])
        done += len(rows)
    return done


def end(trial: RubricTrial, error: str = "") -> None:
    """End a trial, with why it failed if it did."""
    RubricTrial.objects.filter(pk=trial.pk, finished_at=None).update(finished_at=Now(), error=error[:300])
