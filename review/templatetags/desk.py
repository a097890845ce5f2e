"""The keys of the desk on its buttons, as the person who looks has them."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from review.desk.keys import Keys

register = template.Library()


@register.simple_tag(takes_context=True)
def key_attributes(context: template.Context, usual: str) -> SafeString:
    """What makes a button listen to its key; nothing where keys are switched off."""
    key = _keys(context).of(usual)
    return format_html('data-key="{0}" aria-keyshortcuts="{0}"', key) if key else SafeString("")


@register.simple_tag(takes_context=True)
def key_cap(context: template.Context, usual: str) -> SafeString:
    """The key as it stands on a button; nothing where keys are switched off."""
    key = _keys(context).of(usual)
    return format_html("<kbd>{}</kbd>", key) if key else SafeString("")


def _keys(context: template.Context) -> Keys:
    keys = context.get("keys")
    return keys if isinstance(keys, Keys) else Keys()
