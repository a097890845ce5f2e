"""Where the name of each curve has room beside it, so that a chart needs no legend. Pure.

Curves are drawn in a square of 0 to 100 either way; how wide a letter is there depends on the screen, so it is taken as
on a phone.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
GRID = np.linspace(0.0, 100.0, 201)
LETTER, HALF_HIGH = 2.5, 2.7  # how wide a letter is, and half as high as a name
AWAY = 5.5  # how far the middle of a name is from its curve
ENOUGH = 12.0  # more room than this is no better
ROUNDS = 2


class Place(NamedTuple):
    """A point of the curve, and whether its name goes above it to the left, or below it to the right."""

    x: float
    y: float
    above: bool


def places(curves: Mapping[str, tuple[Array, Array]]) -> dict[str, Place]:
    """A place for each name: where its box is furthest from all curves, the diagonal, and the other names.

    Names are placed one after the other, and then once more: the first may stand where the last has no other room.
    """
    lines = {name: np.interp(GRID, x, y, left=np.nan, right=np.nan) for name, (x, y) in curves.items()}
    found: dict[str, Place] = {}
    for name, line in [*lines.items()] * ROUNDS:
        others = [_edge(place, other, up) for other, place in found.items() if other != name for up in (True, False)]
        taken = [GRID, *lines.values(), *others]
        found[name] = max(
            (Place(float(x), float(y), above) for x, y in zip(GRID, line, strict=True) for above in (True, False)),
            key=lambda place: _room(place, LETTER * len(name), taken),
        )
    return found


def _edge(place: Place, name: str, is_upper: bool) -> Array:
    """The upper or lower edge of a name, as a curve that others keep away from."""
    middle = _middle(place) + (HALF_HIGH if is_upper else -HALF_HIGH)
    return np.where(_beside(place, LETTER * len(name)), middle, np.nan)


def _room(place: Place, wide: float, taken: list[Array]) -> float:
    """How far the name's box is from everything; what leaves the square is worth less than any that stays."""
    if np.isnan(place.y):
        return -np.inf
    beside, middle = _beside(place, wide), _middle(place)
    distances = np.abs(np.array(taken)[:, beside] - middle)
    distances = distances[~np.isnan(distances)]
    out = max(0.0, wide - place.x if place.above else place.x + wide - 106.0) + max(0.0, middle - 98.0, 3.0 - middle)
    return min(ENOUGH, float(distances.min(initial=ENOUGH))) - out - abs(place.x - 50.0) / 500.0


def _beside(place: Place, wide: float) -> NDArray[np.bool_]:
    """The part of the grid that the name covers."""
    low, high = (place.x - wide, place.x) if place.above else (place.x, place.x + wide)
    return (low <= GRID) & (high >= GRID)


def _middle(place: Place) -> float:
    return place.y + (AWAY if place.above else -AWAY)
