"""Perspective's `comments:analyze`: what is asked for into what is judged, and what was judged into its answer."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from inference.scoring.language import UNKNOWN
from inference.scoring.verdict_format import MANY
from review.intake.dropin.analysis import ENGLISH, Analysis, Attribute, analysis_of
from review.intake.dropin.attributes import ANY, category_of, is_known
from review.intake.dropin.client_settings import Scales, settings_of
from review.intake.dropin.google_errors import Refusal, invalid, language_not_supported, unavailable
from review.intake.dropin.judged_text import JudgedText
from review.intake.dropin.judging import RequestedText
from review.intake.dropin.spans import Span, sentences, whole
from review.models import ClientSettings, Source, Verdict
from review.registry.model_versions import languages_of
from review.registry.scoring_setup import active_model

DOOR = "perspective"
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

    def requested(self) -> RequestedText:
        """The text to be judged, with its parts where more than one has a score of its own."""
        asked = self.analysis
        return RequestedText(
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

    @property
    def headers(self) -> dict[str, str]:
        return {"Moddog-Version": self.version} if self.version else {}


def question_of(source: Source, body: Mapping[str, Any]) -> Question:
    """What a request asks that can be given. Raises Refusal."""
    analysis, settings = analysis_of(body), settings_of(source)
    is_read = analysis.is_in(_languages_read(source))
    lenient = analysis.drop_unsupported or settings.unsupported == ClientSettings.Unsupported.LEAVE_OUT
    for attribute in analysis.attributes:
        if category_of(attribute.name) is None and not lenient:
            raise _not_given(attribute.name, analysis)
        if not is_read and not analysis.drop_unsupported:
            raise language_not_supported(attribute.name, analysis.languages, requested=True)
    given = [each for each in analysis.attributes if category_of(each.name) and is_read]
    return Question(source, settings, analysis, given, sentences(analysis.text) if analysis.spans else ())


def answer(question: Question, judged: JudgedText | None, parts: Sequence[JudgedText | None]) -> Answer:
    """The answer in the API's own shape. Raises Refusal where there is no score to give."""
    analysis = question.analysis
    if judged is None:
        raise invalid("The model cannot read this comment")
    body = without_scores(analysis, judged.language) | {"detectedLanguages": [judged.language]}
    if not judged.is_read:
        if not analysis.drop_unsupported:
            raise _not_read(question, judged.language)
        return Answer(body)
    _check_calibrated(judged)
    scales = Scales(question.settings, judged)
    pieces = list(zip(question.spans, parts, strict=True)) if parts else [(whole(analysis.text), judged)]
    scores: dict[str, Any] = {}
    for attribute in question.attributes:
        summary = _value(judged, attribute.name, scales)
        if summary >= attribute.threshold:
            spans = [_span(span, piece, attribute.name, scales) for span, piece in pieces if _has_score(piece)]
            scores[attribute.name] = {"spanScores": spans, "summaryScore": _score(summary)}
    return Answer(({"attributeScores": scores} if scores else {}) | body, scales.version)


def without_scores(analysis: Analysis, detected: str = UNKNOWN) -> dict[str, Any]:
    """An answer without scores: what is left where none is asked for that can be given."""
    token = {} if analysis.client_token is None else {"clientToken": analysis.client_token}
    return {"languages": list(analysis.languages) or [detected], **token}


def _languages_read(source: Source) -> Set[str]:
    """In which languages a source has texts judged."""
    active = active_model()
    return {MANY} if source.judges_other_languages else languages_of(active) if active else {ENGLISH}


def _not_read(question: Question, language: str) -> Refusal:
    """Clients ask again without an attribute that is refused; where no language can be told, that would not help."""
    if language == UNKNOWN and not question.analysis.languages:
        return Refusal(400, "The language of the comment could not be detected.", "LANGUAGE_DETECTION_FAILED")
    return language_not_supported(question.attributes[0].name, [language], requested=False)


def _not_given(attribute: str, analysis: Analysis) -> Refusal:
    if is_known(attribute):
        return language_not_supported(attribute, analysis.languages or [ENGLISH], requested=bool(analysis.languages))
    return invalid("Unknown requested attribute", quoted=attribute)


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
