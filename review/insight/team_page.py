"""What the team's page shows of one source: figures that beat worked out, and its gold items."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext

from review.models import Case, Category, GoldItem, QualityFigures, Reason, Role, Source, User
from review.quality.people import NAMED_FROM

SHOWN = 50


@dataclass(frozen=True)
class GoldRow:
    """A gold item; `may_read` is False for whoever may still be asked it."""

    item: GoldItem
    may_read: bool


def context_of(source: Source, user: User) -> dict[str, Any]:
    """The team's figures, and by name only for admins, of those who were compared often enough."""
    team = QualityFigures.objects.filter(source=source, person=None).first()
    is_admin = Source.objects.visible_to(user, Role.ADMIN).filter(pk=source.pk).exists()
    return {
        "figures": team,
        "data": labelled(team.data) if team else None,
        "people": named_people(source) if is_admin else [],
        "is_admin": is_admin,
        "named_from": NAMED_FROM,
    }


def named_people(source: Source) -> list[QualityFigures]:
    """In the order of their names: this is no ranking."""
    found = QualityFigures.objects.filter(source=source, person__isnull=False, data__n__gte=NAMED_FROM)
    return list(found.select_related("person").order_by("person__username"))


def labelled(data: Mapping[str, Any]) -> dict[str, Any]:
    """The stored figures with categories as people call them."""
    return {
        **data,
        "scopes": [{**each, "name": _scope(each["name"])} for each in data.get("scopes", [])],
        "gold_by_category": [
            (Category(name).label, figure) for name, figure in data.get("gold_by_category", {}).items()
        ],
        "confusions": [
            {**each, "between": [Category(name).label for name in each["between"]]}
            for each in data.get("confusions", [])
        ],
        "missed": [
            {**each, "known": Category(each["known"]).label, "given": Category(each["given"]).label}
            for each in data.get("missed", [])
        ],
    }


def _scope(name: str) -> str:
    """What the figures keep in English, in the reader's language; a rule by the name that its community gave it."""
    rule = name.removeprefix("Rule: ")
    return gettext(name) if rule == name else gettext("Rule: %(name)s") % {"name": rule}


def gold_rows(source: Source, user: User) -> list[GoldRow]:
    """The newest items, those in use first."""
    items = GoldItem.objects.filter(source=source).select_related("message", "by").annotate(shown=Count("showings"))
    ordered = items.order_by("retired_at", "-pk")[:SHOWN]
    return [GoldRow(item, user.pk in item.known_to or item.retired_at is not None) for item in ordered]


def adjudicated(source: Source, user: User) -> list[Case]:
    """Decided adjudications that `user` decided and that are no gold items yet: nobody else may read the answer."""
    mine = Case.objects.filter(
        source=source,
        reason=Reason.ADJUDICATION,
        state=Case.State.DECIDED,
        decisions__by=user,
        decisions__undone_at=None,
        made_gold=None,
    )
    return list(mine.prefetch_related("messages", "decisions").order_by("-decided_at", "id")[:SHOWN])
