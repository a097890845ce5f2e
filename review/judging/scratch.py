"""Judges the texts that somebody waits for and that are kept nowhere: before any message, and with no trace but counts.

A score goes through the same calibrator, policy and routing as a message's. It is never drawn into the cohort, opens no
case, enters no cache, and what goes wrong with a text is logged without it.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import connection

from inference.scoring.cascade import LATER, Later
from inference.scoring.normalise import normalised
from review.judging import throughput
from review.judging.bisection import PROBE, score_within
from review.judging.pace import fitting
from review.judging.scratch_results import finish
from review.models import ScratchText
from review.registry.scoring_setup import ScoringSetup

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer, TextScore

log = logging.getLogger(__name__)

PASSES = 4
MOST_ROWS, HEAVIEST = 64, 128
"""In one pass, and no more than as many short messages weigh: so little that who comes meanwhile hardly waits."""
SECONDS = 0.5
"""After which the second model of a cascade leaves the rest to the next pass."""
LEASE = timedelta(seconds=8)
MOST_ATTEMPTS = 2

_TAKE = """
WITH free AS MATERIALIZED (
    SELECT id FROM review_scratchtext
     WHERE verdict IS NULL AND (lease_until IS NULL OR lease_until <= statement_timestamp())
     ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE review_scratchtext AS s
   SET token = %(token)s, lease_until = statement_timestamp() + %(lease)s, attempts = attempts + 1
  FROM free WHERE s.id = free.id
"""


def judge_waiting(scorer: "Scorer", setup: ScoringSetup) -> int:
    """Judge scratch texts that nobody works on, a few passes at a time, so that messages get their turn; how many.

    Raises what a scorer raises that reads nothing any more.
    """
    judged = 0
    for _ in range(PASSES):
        rows = _take()
        if not rows:
            break
        texts = {row.pk: normalised(row.text) for row in rows if row.attempts <= MOST_ATTEMPTS}
        pairs = list(zip(rows, _scores(scorer, rows, texts), strict=True))
        if later := [row for row, score in pairs if score is LATER]:
            _release(later)
        read = [(row, score) for row, score in pairs if score is not LATER]
        judged += len(read)
        finish(setup, [row for row, _ in read], texts, [score for _, score in read])
    return judged


def _take() -> list[ScratchText]:
    """The oldest rows, leased, as many as one pass takes; the others go back."""
    token = uuid4()
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"limit": MOST_ROWS, "token": token, "lease": LEASE}
        cursor.execute(_TAKE, values)
        if not cursor.rowcount:
            return []
    rows = list(ScratchText.objects.filter(token=token).order_by("id"))
    taken = fitting([row.text for row in rows], HEAVIEST)
    if rows[taken:]:
        _release(rows[taken:])
    return rows[:taken]


def _release(rows: Sequence[ScratchText]) -> None:
    back = ScratchText.objects.filter(pk__in=[row.pk for row in rows], token=rows[0].token)
    back.update(token=None, lease_until=None, attempts=0)


def _scores(
    scorer: "Scorer", rows: Sequence[ScratchText], texts: Mapping[int, str]
) -> "list[TextScore | Later | None]":
    """A score for each, None where the model cannot read it or once killed its worker over it, LATER as it says.

    `texts` has those of the others, with disguises undone, by the key of their row.
    """
    readable = [row.pk for row in rows if row.pk in texts]
    started = perf_counter()
    try:
        found = dict(zip(readable, _scored(scorer, [texts[pk] for pk in readable]), strict=True))
    except Exception:
        _release(rows)
        raise
    scores = [score for score in found.values() if score and score is not LATER]
    throughput.note(perf_counter() - started, len(scores), sum(score.tokens for score in scores))
    return [found.get(row.pk) for row in rows]


def _scored(scorer: "Scorer", texts: Sequence[str]) -> "list[TextScore | Later | None]":
    if not texts:
        return []
    try:
        return list(score_within(scorer, texts, SECONDS))
    except Exception as error:  # not logged as it is: what it says may quote the text
        log.error("Scoring failed for %d texts that are not kept: %s", len(texts), type(error).__name__)
    scorer.score([PROBE])
    if len(texts) == 1:
        return [None]
    middle = len(texts) // 2
    return [*_scored(scorer, texts[:middle]), *_scored(scorer, texts[middle:])]
