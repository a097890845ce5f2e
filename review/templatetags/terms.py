"""The terms of the field, each with its one-line definition where it first stands on a page."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from review.models import Case

register = template.Library()

DEFINITIONS = {
    "audit": "acted on automatically and also drawn at random, so that people check what is done alone",
    "blind": "judged without sight of what the model said, and of why it is here, so that the decision is your own",
    "borderline": "the probability lies between the thresholds from which the policy acts by itself",
    "calibrator": "turns the model's margin into a probability; fitted on what reviewers decided",
    "certified": "shown to keep a risk target on messages that were drawn at random and judged blind",
    "cohort": "messages drawn at random before routing and judged blind: the only ground for estimates",
    "label": "a decision as evidence: violation or benign, for one text",
    "margin": "how far the model leans: log P(true) less log P(false) at its flag",
    "probability": "the calibrated chance that a reviewer would call the message a violation",
    "provisional": "shipped with the model, and fitted on none of your decisions yet",
    "refit": "fitting the calibrator anew on all decisions; it comes into force where it predicts better",
    "rubric": "the instructions by which the model judges",
    "verdict": "what the model said of one message, read through one calibrator and one policy",
}


@register.filter
def reason_term(case: Case) -> str:
    """Why a case came, with the definition where that is a term."""
    shown = case.get_reason_display().lower()
    return term(case.reason, shown) if case.reason in DEFINITIONS else shown


@register.simple_tag
def term(key: str, shown: str = "") -> SafeString:
    """A term as it is written here, with its definition for whoever points at it, tabs to it, or listens."""
    return format_html('<dfn class="term" tabindex="0" aria-description="{}">{}</dfn>', DEFINITIONS[key], shown or key)
