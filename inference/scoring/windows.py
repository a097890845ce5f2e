"""Where long texts are cut: into overlapping windows that fit the model's context. Pure."""

from collections.abc import Sequence

OVERLAP = 8  # consecutive windows share an eighth of their length


class RubricTooLong(ValueError):
    """The rubric leaves no room for a message; `room` is what it leaves, in tokens, below zero where it is over."""

    def __init__(self, room: int) -> None:
        super().__init__("the rubric leaves no room for a message in the model's context")
        self.room = room


def checked_room(room: int) -> int:
    """The room for a message, in tokens. Raises RubricTooLong where it is too little to cut windows of."""
    if room < OVERLAP:
        raise RubricTooLong(room)
    return room


def windows(ids: Sequence[int], room: int) -> list[list[int]]:
    """Cut a message into overlapping windows of at most `room` ids that together cover every id, in order.

    Raises RubricTooLong where there is no room at all: the rubric fills the model's context.
    """
    if len(ids) <= checked_room(room):
        return [list(ids)]
    step = room - room // OVERLAP
    starts = range(0, len(ids) - room // OVERLAP, step)
    return [list(ids[min(start, len(ids) - room) :][:room]) for start in starts]
