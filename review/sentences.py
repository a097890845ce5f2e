"""Labels in the middle of a sentence."""

from django.utils.translation import get_language, gettext_lazy, override


def in_sentence(label: object) -> str:
    """A label as it stands within a sentence: in lower case, save in German, where nouns are written large."""
    return str(label) if (get_language() or "").startswith("de") else str(label).lower()


ACTIONS = {
    "allow": gettext_lazy("allow"),
    "review": gettext_lazy("review"),
    "hide": gettext_lazy("hide"),
    "remove": gettext_lazy("remove"),
    "people": gettext_lazy("people"),
}


def action_word(action: object) -> str:
    """What happens to a message, or who looks first, within a sentence and on a chip."""
    return str(ACTIONS[str(action)])


def first_large(words: str) -> str:
    """The same at the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def on_record(label: object) -> str:
    """A label within a sentence that is kept, or told to programs: in English, whoever made it come about."""
    with override("en"):
        return str(label).lower()
