"""The chart of /policy/: recent messages by probability, under the common ladder of the policy in force."""

from typing import Any

import numpy as np
from django.utils.translation import gettext

from inference.evaluation.chart_style import ACT, ALLOW, HIDE, REVIEW
from review.charts.probability import Mark, by_probability
from review.models import Source
from review.numbers import number
from review.policy.forms import STEPS
from review.policy.preview import scale_of
from review.policy.whatif import Scale
from review.registry.in_context import setup_of
from review.registry.ladder import ACTING, Ladder, parse
from review.registry.policy_versions import policy_of
from review.sentences import action_word
from review.verdicts.margin_counts import Counts, counts
from review.verdicts.rung_choice import take

BARS = 50
COLORS = {"allow": ALLOW, "review": REVIEW, "hide": HIDE, "remove": ACT}


def charts(source: Source) -> dict[str, Any]:
    """The page's one chart, named "policy": without a calibrator an empty one."""
    setup = setup_of(source)
    scale = scale_of(source, setup)
    if setup is None or scale is None:
        return {"policy": by_probability(())}
    ladder = parse(policy_of(source).ladders).default
    return {"policy": chart(counts(source, setup.model, setup.rubric), scale, ladder)}


def chart(counted: Counts, scale: Scale, ladder: Ladder) -> Any:
    """Messages of all categories, each by its own probability, and the common ladder; its lines are there to drag."""
    return by_probability(
        _histogram(counted, scale),
        [*(_step(ladder, action) for action in STEPS), *_certified(ladder, scale)],
        colors=[COLORS[_taken(ladder, scale, (index + 0.5) / BARS)] for index in range(BARS)],
        title=gettext("calibrated probability of a violation"),
    )


def _histogram(counted: Counts, scale: Scale) -> list[int]:
    found = np.zeros(BARS)
    for category, bins in counted.by_category.items():
        bars = np.minimum(BARS - 1, (scale.probabilities[category] * BARS).astype(int))
        found += np.bincount(bars, bins, minlength=BARS)
    return [int(count) for count in found]


def _taken(ladder: Ladder, scale: Scale, probability: float) -> str:
    """What the common ladder does at a probability, its margin read off the categories pooled."""
    at = min(int(np.searchsorted(scale.pooled, probability)), len(scale.margins) - 1)
    return take(ladder, [probability], [scale.margins[at]], scale.setup_key).actions[0]


def _step(ladder: Ladder, action: str) -> Mark:
    rung = ladder.of(action)
    if rung is None:
        return Mark(action, 1.0, action_word(action), shown=False)
    words = f"{action_word(action)} {number(100 * rung.at, '.4g')} %"
    if rung.supervised and action in ACTING:
        words = gettext("%(rung)s, people first") % {"rung": words}
    return Mark(action, rung.at, words)


def _certified(ladder: Ladder, scale: Scale) -> list[Mark]:
    """The certified margins, where the calibrator in force puts them today."""
    return [
        Mark(
            rung.action,
            float(np.interp(found.margin, scale.margins, scale.pooled)),
            gettext("%(action)s, certified") % {"action": action_word(rung.action)},
            True,
        )
        for rung in ladder.rungs
        if (found := rung.in_force(scale.setup_key))
    ]
