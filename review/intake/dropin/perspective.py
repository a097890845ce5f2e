"""Perspective's `comments:analyze`: what is asked for into what is judged, and what was judged into its answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from review.intake.dropin.analysis import ENGLISH, Analysis, Attribute, analysis_of
from review.intake.dropin.attributes import ANY, category_of, is_known
from review.intake.dropin.client_settings import Scales, settings_of
from review.intake.dropin.google_errors import Refusal, invalid, language_not_supported, unavailable
from review.intake.dropin.judged_text import JudgedText
from review.intake.dropin.judging import Wanted
from review.intake.dropin.spans import Span, sentences, whole
from review.models import ClientSettings, Source, Verdict

DOOR = "perspective"
UNDETERMINED = "und"
MOST_CONTEXT, LONGEST_CONTEXT = 20, 5_000
DIGITS = 8


@dataclass(frozen=True)
class Question:
    """One request of one source, ready to be judged: only what can be given is still asked for."""

    source: Source
    settings: ClientSettings
    analysis: Analysis
    attributes: Sequence[Attribute]
    spans: Sequence[Span]

    def wanted(self) -> Wanted:
        """The text to be judged, with its parts where more than one has a score of its own."""
        asked = self.analysis
        return Wanted(
            self.source,
            asked.text,
            keep=self.settings.store and not asked.do_not_store,
            id=asked.client_token or "",
            parts=[span.text for span in self.spans] if len(self.spans) > 1 else (),
            fields={
                "context": [{"author": "", "text": each[:LONGEST_CONTEXT]} for each in asked.context[-MOST_CONTEXT:]]
            },
        )


@dataclass(frozen=True)
class Answer:
    """What the client is sent, and the version that its scores can be reproduced with, where it has any."""

    body: dict[str, Any]
    version: str = ""


def question_of(source: Source, body: Mapping[str, Any]) -> Question:
    """What a request asks that can be given. Raises Refusal."""
    analysis, settings = analysis_of(body), settings_of(source)
    lenient = analysis.drop_unsupported or settings.unsupported == ClientSettings.Unsupported.LEAVE_OUT
    for attribute in analysis.attributes:
        if category_of(attribute.name) is None and not lenient:
            raise _not_given(attribute.name, analysis)
        if not analysis.is_english and not analysis.drop_unsupported:
            raise language_not_supported(attribute.name, analysis.languages, requested=True)
    given = [each for each in analysis.attributes if category_of(each.name) and analysis.is_english]
    return Question(source, settings, analysis, given, sentences(analysis.text) if analysis.spans else ())


def answer(question: Question, judged: JudgedText | None, parts: Sequence[JudgedText | None]) -> Answer:
    """The answer in the API's own shape. Raises Refusal where there is no score to give."""
    analysis = question.analysis
    if judged is None:
        raise invalid("The model cannot read this comment")
    if not judged.is_plain_english:
        if not analysis.drop_unsupported:
            raise language_not_supported(question.attributes[0].name, [UNDETERMINED], requested=False)
        return Answer(without_scores(analysis))
    _check_calibrated(judged)
    scales = Scales(question.settings, judged)
    pieces = list(zip(question.spans, parts, strict=True)) if parts else [(whole(analysis.text), judged)]
    scores: dict[str, Any] = {}
    for attribute in question.attributes:
        summary = _value(judged, attribute.name, scales)
        if summary >= attribute.threshold:
            spans = [_span(span, piece, attribute.name, scales) for span, piece in pieces if _has_score(piece)]
            scores[attribute.name] = {"spanScores": spans, "summaryScore": _score(summary)}
    body = without_scores(analysis, ENGLISH) | {"detectedLanguages": [ENGLISH]}
    return Answer(({"attributeScores": scores} if scores else {}) | body, judged.version(scales.name))


def without_scores(analysis: Analysis, detected: str = UNDETERMINED) -> dict[str, Any]:
    """An answer without scores: what is left where none is asked for that can be given."""
    token = {} if analysis.client_token is None else {"clientToken": analysis.client_token}
    return {"languages": list(analysis.languages) or [detected], **token}


def _not_given(attribute: str, analysis: Analysis) -> Refusal:
    if is_known(attribute):
        return language_not_supported(attribute, analysis.languages or [ENGLISH], requested=bool(analysis.languages))
    return invalid(f"Unknown requested attribute: {attribute}")


def _check_calibrated(judged: JudgedText) -> None:
    if judged.probability is not None:
        return
    if judged.why == Verdict.Why.WINDOWS:
        raise Refusal(400, "The comment is longer than the model reads at once.", "COMMENT_TOO_LONG")
    raise unavailable("No calibrator is in force yet, so there is no probability to give")


def _value(judged: JudgedText, attribute: str, scales: Scales) -> float:
    """The score of an attribute: through the ladder that chose the route, or through that of its own category."""
    category = category_of(attribute)
    if category == ANY or category is None:
        return scales.of(judged.likeliest)(judged.probability or 0.0)
    return scales.of(category)(judged.categories[category])


def _has_score(judged: JudgedText | None) -> bool:
    return judged is not None and judged.probability is not None


def _span(span: Span, judged: JudgedText | None, attribute: str, scales: Scales) -> dict[str, Any]:
    assert judged is not None  # noqa: S101 - only those that have a score
    return {"begin": span.begin, "end": span.end, "score": _score(_value(judged, attribute, scales))}


def _score(value: float) -> dict[str, Any]:
    return {"value": round(value, DIGITS), "type": "PROBABILITY"}
