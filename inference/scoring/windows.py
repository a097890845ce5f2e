"""Where long texts are cut: into overlapping windows that fit the model's context. Pure."""

from collections.abc import Sequence

OVERLAP = 8  # consecutive windows share an eighth of their length


def windows(ids: Sequence[int], room: int) -> list[list[int]]:
    """Cut a message into overlapping windows of at most `room` ids that together cover every id, in order.

    Raises ValueError where there is no room at all: the rubric fills the model's context.
    """
    if room < OVERLAP:
        raise ValueError("the rubric leaves no room for a message in the model's context")
    if len(ids) <= room:
        return [list(ids)]
    step = room - room // OVERLAP
    starts = range(0, len(ids) - room // OVERLAP, step)
    return [list(ids[min(start, len(ids) - room) :][:room]) for start in starts]
