"""The rules that ship: one for each category of violation that communities have rules about, to begin from."""

from typing import Any

from review.models import Action, Category, RuleVersion


def _rule(category: Category, action: Action, name: str, text: str, note: str) -> dict[str, Any]:
    return {
        "locale": "en",
        "wording": {"en": {"name": name, "text": text}},
        "category": category.value,
        "action": action.value,
        "note_template": {"en": note},
        "ground": RuleVersion.Ground.TERMS.value,
        "legal_ground": "",
    }


STARTER_SET = (
    _rule(
        Category.TOXICITY,
        Action.HIDE,
        "Stay civil",
        "Disagree with what was said, not with insults. Swearing at people, baiting and spoiling a conversation on "
        "purpose have no place here.",
        "Your message was hidden because it was rude enough to spoil the conversation for others. You are welcome to "
        "say the same thing in a calmer way.",
    ),
    _rule(
        Category.HARASSMENT,
        Action.REMOVE,
        "No personal attacks",
        "Do not attack, mock or keep going after another person, do not threaten to expose them, and do not call on "
        "others to do it.",
        "Your message was removed because it attacked another person. Criticise what people say or do; leave the "
        "person alone.",
    ),
    _rule(
        Category.HATE_SPEECH,
        Action.REMOVE,
        "No hate",
        "Do not demean, dehumanise or call for the exclusion of people for what they are: origin, skin colour, "
        "religion, sex, gender, orientation, disability, age.",
        "Your message was removed because it demeaned people for what they are. That is not accepted here, also as a "
        "joke or a quotation without distance.",
    ),
    _rule(
        Category.SEXUAL_CONTENT,
        Action.REMOVE,
        "Nothing sexual",
        "No sexually explicit text, no advances to people who did not ask for them. Anything sexual about minors is "
        "removed and reported.",
        "Your message was removed because it was sexually explicit, or an advance that was not asked for.",
    ),
    _rule(
        Category.VIOLENCE,
        Action.REMOVE,
        "No violence",
        "Do not threaten anybody, wish harm on anybody, call for violence or praise it.",
        "Your message was removed because it threatened somebody, or called for violence or praised it.",
    ),
    _rule(
        Category.SPAM,
        Action.REMOVE,
        "No spam",
        "No advertising that nobody asked for, no fraud, no flood of the same message.",
        "Your message was removed because it was advertising that nobody asked for, or the same thing over and over.",
    ),
)
