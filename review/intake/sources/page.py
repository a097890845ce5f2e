"""What `/sources/` and the page of a source show."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import F, Max, OuterRef, Subquery, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language_info

from inference.scoring.language import ENGLISH
from inference.scoring.verdict_format import MANY
from review.intake.dropin import database_log
from review.intake.dropin.client_settings import settings_of
from review.intake.dropin.discovery import root_of
from review.intake.dropin.scale import ANCHORED
from review.intake.forms import (
    BacklogForm,
    LanguageForm,
    RetentionForm,
    SearchLanguageForm,
    TokenLimitsForm,
    TranslatorForm,
)
from review.intake.sources.forms import LABELS, ClientForm, CoralForm, ErasureForm, TokenForm
from review.intake.sources.recipes import NO_KEY, recipes
from review.intake.sources.scale_preview import WEEK, scale_preview
from review.intake.stats import stats
from review.models import (
    AnchorVersion,
    AnsweredCount,
    ApiToken,
    ClientError,
    ClientSettings,
    ErasureRequest,
    Message,
    Source,
    Suggestion,
    Verdict,
)
from review.models.sources import SourceQuerySet
from review.numbers import number
from review.registry.model_versions import languages_of
from review.registry.scoring_setup import active_model
from review.sentences import in_sentence

ERRORS = 12
ANCHOR_VERSIONS = 20
NEWEST = 1_000  # messages of which it is said what the model could not read
DOORS = {"rest": "REST", "perspective": "Perspective", "openai": "OpenAI", "coral": "Coral"}
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
        "languages_form": LanguageForm(instance=source, label_suffix=""),
        "sent_to_people": _sent_to_people(source),
        "model_languages": _model_languages(),
        "retention_form": RetentionForm(instance=source, label_suffix="", auto_id="id_retention_%s"),
        "erasure_form": ErasureForm(),
        "erasures": ErasureRequest.objects.filter(source=source).order_by("pk")[:ERRORS],
        "language_form": SearchLanguageForm(instance=source, label_suffix="", auto_id="id_language_%s"),
        "translator_form": TranslatorForm(instance=source, label_suffix="", auto_id="id_translator_%s"),
        "client_form": ClientForm(instance=settings),
        "coral_form": CoralForm(initial={"wait_ms": settings.coral_wait_ms}),
        "secrets": [f"{each[:4]}…{each[-2:]}" for each in settings.coral_secrets],
        "settings": settings,
        "database_logs_values": database_log.may_hold_values(),
        "anchor_versions": _anchor_versions(source),
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


def _anchor_versions(source: Source) -> list[tuple[AnchorVersion, str]]:
    """The newest first, each with its thresholds in words."""
    newest = AnchorVersion.objects.filter(source=source).order_by("-version")[:ANCHOR_VERSIONS]
    return [(each, _in_words(each.thresholds)) for each in newest]


def _in_words(thresholds: Mapping[str, float]) -> str:
    told = [
        f"{in_sentence(LABELS[action])} {number(thresholds[action], 'g')}"
        for action in ANCHORED
        if action in thresholds
    ]
    return ", ".join(told)


def _model_languages() -> list[str]:
    """The names of the languages that the model which judges was trained on; none where they are too many to name."""
    active = active_model()
    codes = languages_of(active) if active else {ENGLISH}
    return [] if MANY in codes else sorted(get_language_info(code)["name_translated"] for code in codes)


def _sent_to_people(source: Source) -> dict[str, float]:
    """Of the newest messages: how many were judged, and how many of them the model could not read."""
    newest = Message.objects.filter(source=source).order_by("-id").values("id")[:NEWEST]
    whys = Counter(
        Verdict.objects.filter(message__in=newest)
        .order_by("message", "-id")
        .distinct("message")
        .values_list("why", flat=True)
    )
    judged, language, disguised = whys.total(), whys[Verdict.Why.LANGUAGE], whys[Verdict.Why.DISGUISED]
    return {
        "judged": judged,
        "language": language,
        "language_share": language / max(judged, 1),
        "disguised": disguised,
        "disguised_share": disguised / max(judged, 1),
    }


def _errors(source: Source) -> list[dict[str, Any]]:
    newest = ClientError.objects.filter(source=source).order_by("-id")[:ERRORS]
    fields = ("status", "message", "times", "created_at", "door")
    return [{**each, "door_name": DOORS.get(each["door"], each["door"])} for each in newest.values(*fields)]
