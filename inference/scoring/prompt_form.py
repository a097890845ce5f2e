"""How a message is quoted and the answer begun: what every prompt is made of. Loads no model."""

import hashlib

from inference.categories import CATEGORIES
from inference.scoring.windows import OVERLAP

ANSWER_START = '{"flag":'
CATEGORY_START = ' true, "category": "'
QUESTION = 'Message to judge: "{}"'
EARLIER = 'Earlier message: "{}"\n'
MOST_EARLIER = 8
"""Earlier messages that a form may put before a message."""
EARLIER_TOKENS = 128
"""Of all earlier messages of one prompt together, the newest first."""


def prompt_form(earlier_messages: int = 0) -> str:
    """The form as 16 hex digits: with so many earlier messages before the message to judge, 0 to MOST_EARLIER."""
    parts = [QUESTION, ANSWER_START, CATEGORY_START, *CATEGORIES, str(OVERLAP)]
    if earlier_messages:
        parts += [EARLIER, str(earlier_messages), str(EARLIER_TOKENS)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
