"""OpenAI's moderation API: what is asked, and what was judged in its categories. Pure but for the settings of a source.

Only what the model was trained for is judged. The other categories of that API are there, false and 0, and
`category_applied_input_types` is empty for them, which is how that API itself says that a category was not applied.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from review.intake.dropin.analysis import is_plain
from review.intake.dropin.client_settings import Scales, settings_of
from review.intake.dropin.judged_text import JudgedText
from review.intake.dropin.judging import RequestedText
from review.intake.dropin.openai_errors import invalid, unavailable
from review.models import Action, Category, Source, Verdict

DOOR = "openai"
MOST_INPUTS = 100
LONGEST = 100_000
DIGITS = 8

FIRST = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening"),
    *("self-harm", "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors"),
    *("violence", "violence/graphic"),
)
"""The vocabulary of the models named text-moderation."""
OMNI = (*FIRST, "illicit", "illicit/violent")
"""That of all later ones."""
GIVEN: Mapping[str, Sequence[str]] = {
    "harassment": (Category.TOXICITY, Category.HARASSMENT),
    "hate": (Category.HATE_SPEECH,),
    "sexual": (Category.SEXUAL_CONTENT,),
    "violence": (Category.VIOLENCE,),
}
"""Category there to the categories here whose probabilities it is the sum of."""


def texts_of(body: Mapping[str, Any]) -> list[str]:
    """The inputs, one result each: a string, several strings, or one text in parts. Raises Refusal."""
    given = body.get("input")
    if isinstance(given, str):
        return [_checked(given, "input")]
    if not isinstance(given, list) or not given:
        raise invalid("input must be a string, a list of strings or a list of parts", "input")
    if len(given) > MOST_INPUTS:
        raise invalid(f"input may hold up to {MOST_INPUTS} texts", "input")
    if all(isinstance(each, str) for each in given):
        return [_checked(each, f"input[{index}]") for index, each in enumerate(given)]
    return [_checked("\n".join(_part(each, index) for index, each in enumerate(given)), "input")]


def requested(source: Source, texts: Sequence[str]) -> list[RequestedText]:
    keep = settings_of(source).store
    return [RequestedText(source, text, keep=keep) for text in texts]


def answer(source: Source, model: str, judged: Sequence[JudgedText | None]) -> tuple[dict[str, Any], str]:
    """The answer in the API's own shape, and the version that its scores can be reproduced with. Raises Refusal."""
    for each in judged:
        if each and each.why == Verdict.Why.UNCALIBRATED:
            raise unavailable("No calibrator is in force yet, so there is no probability to give")
    names = FIRST if model.startswith("text-moderation") else OMNI
    known = next((each for each in judged if each), None)
    scales = Scales(settings_of(source), known) if known else None
    results = [_result(each, names, scales) for each in judged]
    body = {"id": f"modr-{uuid4().hex}", "model": known.model if known else "moddog", "results": results}
    return body, scales.version if scales else ""


def _result(judged: JudgedText | None, names: Sequence[str], scales: Scales | None) -> dict[str, Any]:
    """`flagged` is what the policy does not let pass by itself, whatever the reason: `moddog` says which."""
    flagged = judged is None or judged.route != Action.ALLOW
    scores = _scores(judged, scales) if judged and scales and judged.is_read else {}
    chosen = max(scores, key=lambda name: scores[name]) if scores else ""
    if judged and judged.triggered:  # by words that people chose, whatever the model says; spam has no name there
        chosen = next((name for name, parts in GIVEN.items() if judged.triggered in parts), "")
    result: dict[str, Any] = {
        "flagged": flagged,
        "categories": {name: flagged and name == chosen for name in names},
        "category_scores": {name: scores.get(name, 0.0) for name in names},
    }
    if names is OMNI:
        result["category_applied_input_types"] = {name: ["text"] if name in scores else [] for name in names}
    said = ("review", "failure", None) if judged is None else (judged.route, judged.why, judged.probability)
    return result | {"moddog": dict(zip(("route", "why", "probability"), said, strict=True))}


def _scores(judged: JudgedText, scales: Scales) -> dict[str, float]:
    """The score of each category that is judged: none where nothing calibrated is known of the text."""
    if judged.probability is None:
        return {}
    scale = scales.of(judged.likeliest)
    sums = {name: sum(judged.categories[each] for each in parts) for name, parts in GIVEN.items()}
    return {name: round(scale(min(1.0, total)), DIGITS) for name, total in sums.items()}


def _part(part: object, index: int) -> str:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind != "text" or not isinstance(part, dict) or not isinstance(part.get("text"), str):
        named = kind[:100] if isinstance(kind, str) and kind.isidentifier() else ""
        raise invalid(
            "Only parts of type 'text' can be judged here, and not this", f"input[{index}].type", quoted=named
        )
    return str(part["text"])


def _checked(text: str, param: str) -> str:
    if not text.strip():
        raise invalid("input must not be empty", param)
    if len(text) > LONGEST:
        raise invalid(f"A text may have up to {LONGEST:,} characters", param)
    if not is_plain(text):
        raise invalid("A text must be Unicode without NUL characters and lone surrogates", param)
    return text
