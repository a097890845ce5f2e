"""What commands that register a candidate have in common: its shadow."""

from django.core.management import CommandError

from review.models import ModelVersion
from review.registry.model_versions import can_shadow, set_shadow


def refuse_shadow_beside_a_server(*, asked: bool) -> None:
    """Raises CommandError where a shadow is asked for and cannot be had: before hours of work, not after."""
    if asked and not can_shadow():
        raise CommandError("the server that judges serves one model, so none can run in shadow beside it")


def begun(model: ModelVersion, *, asked: bool) -> str:
    """Begin a candidate's shadow where that is asked for. Returns how things stand, in words."""
    model.refresh_from_db()
    if not (asked or model.in_shadow):
        return f"It judges nothing yet: /models/{model.pk}/ shows it, and switches its shadow on."
    if not (model.in_shadow or set_shadow(model, None, on=True)):
        return "It judges by now, so it runs in no shadow."
    return f"It runs in shadow, and gates nothing: /models/{model.pk}/ shows what it would change."
