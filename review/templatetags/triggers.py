"""Matches of triggers, as they stand in the original text."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from review.templatetags.moddog import said
from review.triggers.forms import EFFECTS, MODES
from review.triggers.highlight import pieces

register = template.Library()


@register.filter
def highlighted(text: str, spans: Iterable[tuple[int, int]]) -> SafeString:
    """What somebody wrote, with what triggers matched in it marked."""
    return shown_pieces(pieces(text, spans))


@register.filter
def shown_pieces(found: Iterable[tuple[str, bool]]) -> SafeString:
    """Pieces of a text, of which some are matches."""
    return format_html_join("", "{}", ((_match(piece) if is_match else said(piece),) for piece, is_match in found))


@register.filter
def effect_words(effect: str) -> str:
    return str(EFFECTS[effect])


@register.filter
def mode_words(mode: str) -> str:
    return str(MODES[mode])


def _match(piece: str) -> SafeString:
    return format_html('<mark class="match">{}</mark>', said(piece))
