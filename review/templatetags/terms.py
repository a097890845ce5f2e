"""The terms of the field, each with its one-line definition where it first stands on a page."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from review.models import Case
from review.sentences import in_sentence

register = template.Library()

DEFINITIONS = {
    "audit": gettext_lazy("acted on automatically and also drawn at random, so that people check what is done alone"),
    "blind": gettext_lazy(
        "judged without sight of what the model said, and of why it is here, so that the decision is your own"
    ),
    "borderline": gettext_lazy("the probability lies between the thresholds from which the policy acts by itself"),
    "calibrator": gettext_lazy("turns the model's margin into a probability; fitted on what reviewers decided"),
    "certified": gettext_lazy("shown to keep a risk target on messages that were drawn at random and judged blind"),
    "cohort": gettext_lazy("messages drawn at random before routing and judged blind: the only ground for estimates"),
    "label": gettext_lazy("a decision as evidence: violation or benign, for one text"),
    "margin": gettext_lazy("how far the model leans: log P(true) less log P(false) at its flag"),
    "probability": gettext_lazy("the calibrated chance that a reviewer would call the message a violation"),
    "provisional": gettext_lazy("shipped with the model, and fitted on none of your decisions yet"),
    "refit": gettext_lazy("fitting the calibrator anew on all decisions; it comes into force where it predicts better"),
    "rubric": gettext_lazy("the instructions by which the model judges"),
    "verdict": gettext_lazy("what the model said of one message, read through one calibrator and one policy"),
}
TERMS = {
    "audit": gettext_lazy("audit"),
    "blind": gettext_lazy("blind"),
    "borderline": gettext_lazy("borderline"),
    "calibrator": gettext_lazy("calibrator"),
    "certified": gettext_lazy("certified"),
    "cohort": gettext_lazy("cohort"),
    "label": gettext_lazy("label"),
    "margin": gettext_lazy("margin"),
    "probability": gettext_lazy("probability"),
    "provisional": gettext_lazy("provisional"),
    "refit": gettext_lazy("refit"),
    "rubric": gettext_lazy("rubric"),
    "verdict": gettext_lazy("verdict"),
}
"""The same by the key, as they stand in a sentence."""


@register.filter
def reason_term(case: Case) -> str:
    """Why a case came, with the definition where that is a term."""
    shown = in_sentence(case.get_reason_display())
    return term(case.reason, shown) if case.reason in DEFINITIONS else shown


@register.simple_tag
def term(key: str, shown: str = "") -> SafeString:
    """A term as it is written here, with its definition for whoever points at it, tabs to it, or listens."""
    return format_html(
        '<dfn class="term" tabindex="0" aria-description="{}">{}</dfn>', DEFINITIONS[key], shown or TERMS[key]
    )
