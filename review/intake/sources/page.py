"""What `/sources/` and the page of a source show."""

from datetime import timedelta
from typing import Any

from django.db.models import F, Max, OuterRef, Subquery, Sum
from django.http import HttpRequest
from django.utils import timezone

from review.intake.dropin.client_settings import settings_of
from review.intake.dropin.discovery import root_of
from review.intake.forms import BacklogForm, RetentionForm, TokenLimitsForm
from review.intake.sources.forms import ClientForm, CoralForm, TokenForm
from review.intake.sources.recipes import NO_KEY, recipes
from review.intake.sources.scale_preview import WEEK, scale_preview
from review.intake.stats import stats
from review.models import AnsweredCount, ApiToken, ClientError, ClientSettings, Message, Source, Suggestion
from review.models.visibility import SourceQuerySet

ERRORS = 12
DOORS = {"perspective": "Perspective", "openai": "OpenAI", "coral": "Coral"}
LATELY = timedelta(days=7)


def listed(sources: SourceQuerySet) -> list[dict[str, Any]]:
    """The sources with their keys in use and the last message of each."""
    newest = Message.objects.filter(source=OuterRef("pk")).order_by("-id").values("received_at")[:1]
    rows = sources.annotate(last_message=Subquery(newest), last_key_use=Max("tokens__last_used_at"))
    in_use = ApiToken.objects.filter(source__in=sources, revoked_at=None)
    keys: dict[int, int] = {}
    for source_id in in_use.values_list("source_id", flat=True):
        keys[source_id] = keys.get(source_id, 0) + 1
    scales = dict(ClientSettings.objects.filter(source__in=sources).values_list("source_id", "scale"))
    return [
        {"source": each, "keys": keys.get(each.pk, 0), "scale": scales.get(each.pk, ClientSettings.Scale.CALIBRATED)}
        for each in rows
    ]


def context_of(request: HttpRequest, source: Source, **shown: Any) -> dict[str, Any]:
    """Everything on the page; `shown` replaces forms that were not valid, and names a key that was just made."""
    settings = settings_of(source)
    address, key = root_of(request), shown.get("new_key") or NO_KEY
    tokens = ApiToken.objects.filter(source=source).order_by(F("revoked_at").desc(nulls_first=True), "-id")
    return {
        "here": "sources",
        "source": source,
        "tokens": [
            (token, TokenLimitsForm(instance=token, auto_id=f"id_{token.pk}_%s", label_suffix="")) for token in tokens
        ],
        "token_form": TokenForm(request.user),  # type: ignore[arg-type]
        "backlog_form": BacklogForm(instance=source, label_suffix=""),
        "retention_form": RetentionForm(instance=source, label_suffix="", auto_id="id_retention_%s"),
        "client_form": ClientForm(instance=settings),
        "coral_form": CoralForm(initial={"wait_ms": settings.coral_wait_ms}),
        "secrets": [f"{each[:4]}…{each[-2:]}" for each in settings.coral_secrets],
        "settings": settings,
        "preview": scale_preview(source, settings.anchors),
        "recipes": recipes(address, key),
        "address": address,
        **_lately(source),
        **shown,
    }


def _lately(source: Source) -> dict[str, Any]:
    """What came in, and what clients were told that went wrong."""
    since = timezone.now() - LATELY
    answered = AnsweredCount.objects.filter(source=source, day__gte=(timezone.now() - WEEK).date())
    by_door = dict(answered.values_list("door").annotate(Sum("count")).order_by("door"))
    return {
        "figures": stats(source),
        "last_message": Message.objects.filter(source=source)
        .order_by("-id")
        .values_list("received_at", flat=True)
        .first(),
        "answered": [(DOORS.get(door, door), count) for door, count in by_door.items()],
        "suggestions": Suggestion.objects.filter(source=source, created_at__gte=since).count(),
        "client_errors": _errors(source),
    }


def _errors(source: Source) -> list[dict[str, Any]]:
    newest = ClientError.objects.filter(source=source).order_by("-id")[:ERRORS]
    fields = ("status", "message", "times", "created_at", "door")
    return [{**each, "door_name": DOORS.get(each["door"], each["door"])} for each in newest.values(*fields)]
