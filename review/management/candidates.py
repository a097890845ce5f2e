"""What commands that register a candidate say and do last."""

from review.judging.registry import can_shadow, set_shadow
from review.models import LanguageModel


def begun(model: LanguageModel, *, asked: bool) -> str:
    """Begin its shadow where that is asked for and possible. Returns what was done and what is to do, in words."""
    if not can_shadow():
        return (
            "It judges nothing: the server that MODDOG_OPENAI_BASE_URL names serves one model, so no candidate can run "
            "in shadow beside it."
        )
    if asked:
        set_shadow(model, None, on=True)
        return "It runs in shadow, and gates nothing; /models/ shows what it would change."
    return "It judges nothing yet: switch its shadow on at /models/."
