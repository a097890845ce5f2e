"""The keys of the desk: what they usually are, and where a person has moved them or switched them off.

Keys that write a character can get in the way of speech input and of other tools, so each may be moved, and all may be
switched off (WCAG 2.1.4). Enter, Escape and the arrows write none and always work.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from review.desk.decision_buttons import RULE_KEYS
from review.models import User

DECISIONS = {
    "T": gettext_lazy("Toxicity"),
    "H": gettext_lazy("Harassment"),
    "X": gettext_lazy("Hate speech"),
    "S": gettext_lazy("Sexual content"),
    "V": gettext_lazy("Violence"),
    "P": gettext_lazy("Spam"),
    "F": gettext_lazy("Self-harm"),
}
"""They are there only where a community has no rule book, so they may stand where its rules would."""
VERBS = {
    "A": gettext_lazy("Allow"),
    "J": gettext_lazy("Skip, or pass on"),
    "R": gettext_lazy("Give it back to the queue"),
    "N": gettext_lazy("Note, or another action"),
    "O": gettext_lazy("Hand it over to somebody"),
    "U": gettext_lazy("Undo the last decision"),
}
MOVABLE = {**VERBS, **DECISIONS}


class KeyTaken(ValueError):
    """The message says which keys cannot be told apart, for the person who chose them."""


@dataclass(frozen=True)
class Keys:
    """A person's keys. `moved` maps what a key usually is to what it is for them."""

    enabled: bool = True
    moved: Mapping[str, str] = field(default_factory=dict)

    def of(self, usual: str) -> str:
        """The key for what is usually `usual`; empty where keys are switched off."""
        return self.moved.get(usual, usual) if self.enabled else ""


def keys_of(user: User) -> Keys:
    """The keys of `user`: everybody's, where they have chosen none."""
    return Keys(user.keys_enabled, user.keys)


def save_keys(user: User, keys: Keys) -> None:
    """Keep the keys of `user`. Raises KeyTaken where two of them could not be told apart."""
    _check(keys)
    moved = {usual: key for usual, key in keys.moved.items() if key != usual}
    user.keys_enabled, user.keys = keys.enabled, moved
    user.save(update_fields=["keys_enabled", "keys"])


def _check(keys: Keys) -> None:
    taken: dict[str, str | Promise] = {}
    for usual, words in MOVABLE.items():
        key = keys.moved.get(usual, usual)
        if key in taken:
            said = gettext("%(key)s is there twice: for “%(first)s” and for “%(second)s”.")
            raise KeyTaken(said % {"key": key, "first": taken[key], "second": words})
        if usual in VERBS and key in RULE_KEYS:
            said = gettext("%(key)s stands for a rule where a community has a rule book, so it cannot be “%(words)s”.")
            raise KeyTaken(said % {"key": key, "words": words})
        taken[key] = words
