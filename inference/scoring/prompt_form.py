"""How a message is quoted and the answer begun: what every prompt is made of. Loads no model."""

import hashlib

from inference.categories import CATEGORIES
from inference.scoring.windows import OVERLAP

ANSWER_START = '{"flag":'
CATEGORY_START = ' true, "category": "'
QUESTION = 'Message to judge: "{}"'


def prompt_form() -> str:
    """The form as 16 hex digits."""
    parts = (QUESTION, ANSWER_START, CATEGORY_START, *CATEGORIES, str(OVERLAP))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
