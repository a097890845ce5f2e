"""What the attributes of Perspective mean here. Those without an honest counterpart are not given."""

from collections.abc import Mapping

from inference.categories import BENIGN
from review.models import Category

ANY = "any"
"""Any violation: the calibrated probability as a whole."""

GIVEN: Mapping[str, str] = {
    "TOXICITY": ANY,
    "INSULT": Category.HARASSMENT.value,
    "THREAT": Category.VIOLENCE.value,
    "IDENTITY_ATTACK": Category.HATE_SPEECH.value,
    "SEXUALLY_EXPLICIT": Category.SEXUAL_CONTENT.value,
}
"""Attribute to the category whose probability it is given. The experimental name of each, and one with a version behind
an @, mean the same."""

NOT_GIVEN = frozenset(
    {
        *("SEVERE_TOXICITY", "PROFANITY", "SPAM", "FLIRTATION", "OBSCENE", "INFLAMMATORY", "INCOHERENT"),
        *("UNSUBSTANTIAL", "LIKELY_TO_REJECT", "ATTACK_ON_AUTHOR", "ATTACK_ON_COMMENTER"),
        *("AFFINITY_EXPERIMENTAL", "COMPASSION_EXPERIMENTAL", "CURIOSITY_EXPERIMENTAL", "NUANCE_EXPERIMENTAL"),
        *("PERSONAL_STORY_EXPERIMENTAL", "REASONING_EXPERIMENTAL", "RESPECT_EXPERIMENTAL"),
    }
)
"""Known there, and nothing that the model was trained for: no degree of severity, no single words, no spam."""


def category_of(attribute: str) -> str | None:
    """The category that an attribute stands for, ANY for all of them; None where it is not given."""
    return GIVEN.get(_plain(attribute))


def is_known(attribute: str) -> bool:
    """Whether Perspective has, or had, such an attribute."""
    return _plain(attribute) in GIVEN or bool({attribute.partition("@")[0], _plain(attribute)} & NOT_GIVEN)


def violation_of(attribute: str) -> str:
    """The category that a high score of the attribute says: the broadest one where it names none."""
    category = category_of(attribute)
    return Category.TOXICITY.value if category in (None, ANY, BENIGN) else str(category)


def _plain(attribute: str) -> str:
    return attribute.partition("@")[0].removesuffix("_EXPERIMENTAL")
