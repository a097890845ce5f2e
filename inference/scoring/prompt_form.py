"""How a message is quoted and the answer begun in moddog's own form, and the hash of every form. Loads no model."""

import hashlib

from inference.scoring.verdict_format import MESSAGE, MODDOG, read_format
from inference.scoring.windows import OVERLAP

_OWN = read_format(MODDOG)
ANSWER_START = _OWN.ask.start
CATEGORY_START = _OWN.categories.before
QUESTION = _OWN.ask.turns[-1].content.replace(MESSAGE, "{}")
EARLIER = 'Earlier message: "{}"\n'
MOST_EARLIER = 8
"""Earlier messages that a form may put before a message."""
EARLIER_TOKENS = 128
"""Of all earlier messages of one prompt together, the newest first."""


def prompt_form(earlier_messages: int = 0, verdict_format: str = MODDOG) -> str:
    """The form as 16 hex digits: of a format, with so many earlier messages before the message (0 to MOST_EARLIER).

    That of moddog's own format is made of the same parts as ever: calibrators and certificates in force name it.
    Raises ValueError for a format that there is not.
    """
    found = read_format(verdict_format)
    parts = [found.hash]
    if found.is_own:
        parts = [QUESTION, ANSWER_START, CATEGORY_START, *found.categories.names, str(OVERLAP)]
    if earlier_messages:
        parts += [EARLIER, str(earlier_messages), str(EARLIER_TOKENS)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
