"""The audit log as people read it: narrowed, by key, with the names of who did what."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from django import forms
from django.apps import apps
from django.db import connection
from django.utils.translation import gettext, gettext_lazy, override

from review.access import administered_by
from review.models import AuditEntry, Role, Source, User
from review.models.visibility import BySourceQuerySet, reach_of
from review.people.reach import people_seen_by

PAGE = 50
EXPORTED = 2_000
"""Rows of one query of an export."""
NOBODY = "moddog"
COLUMNS = ("id", "at", "who", "what", "target", "target id", "source", "field", "before", "after", "details")
_SKIP_SCAN = """
WITH RECURSIVE verbs AS (
    (SELECT verb FROM review_auditentry ORDER BY verb LIMIT 1)
    UNION ALL
    SELECT (SELECT e.verb FROM review_auditentry e WHERE e.verb > v.verb ORDER BY e.verb LIMIT 1)
      FROM verbs v WHERE v.verb IS NOT NULL
)
SELECT verb FROM verbs WHERE verb IS NOT NULL
"""
_SKIP_SCAN_OF = """
WITH RECURSIVE verbs AS (
    SELECT s.id, (SELECT e.verb FROM review_auditentry e WHERE e.source_id = s.id ORDER BY e.verb LIMIT 1) AS verb
      FROM unnest(%(sources)s::bigint[]) AS s (id)
    UNION ALL
    SELECT v.id, (SELECT e.verb FROM review_auditentry e
                   WHERE e.source_id = v.id AND e.verb > v.verb ORDER BY e.verb LIMIT 1)
      FROM verbs v WHERE v.verb IS NOT NULL
)
SELECT DISTINCT verb FROM verbs WHERE verb IS NOT NULL ORDER BY verb
"""


class FilterForm(forms.Form):
    """What narrows the log. Everything may be empty."""

    source = forms.ModelChoiceField(
        Source.objects.none(),
        required=False,
        label=gettext_lazy("Source"),
        empty_label=gettext_lazy("Every source"),
        to_field_name="slug",
    )
    actor = forms.CharField(max_length=150, required=False, label=gettext_lazy("Who"))
    verb = forms.ChoiceField(required=False, label=gettext_lazy("What"))
    first = forms.DateField(
        required=False, label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        required=False, label=gettext_lazy("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        field, verb = self.fields["source"], self.fields["verb"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - as declared above
        assert isinstance(verb, forms.ChoiceField)  # noqa: S101 - as declared above
        field.queryset = administered_by(user)
        verb.choices = [("", gettext("Everything")), *((each, each) for each in verbs_for(user))]
        self.fields["actor"].widget.attrs["placeholder"] = gettext("Anybody")


def verbs_for(user: User) -> list[str]:
    """What was ever done in what `user` may read, by name: one look into an index for each, however long the log is."""
    reach = reach_of(user, Role.ADMIN)
    with connection.cursor() as cursor:
        cursor.execute(_SKIP_SCAN if reach is None else _SKIP_SCAN_OF, {"sources": reach})
        return [verb for (verb,) in cursor.fetchall()]


def newest(user: User, asked: dict[str, Any], limit: int, after: AuditEntry | None = None) -> list[AuditEntry]:
    """Up to `limit` of the entries that `user` may read of what was asked for, the newest first, after another one.

    Admins read of their sources. Of several sources each is walked along its own index, and the walks are merged: in
    one query the planner would look through everybody's entries for the few of theirs.
    """
    found, reach = _asked_for(asked), reach_of(user, Role.ADMIN)
    if after:
        found = found.filter(created_at__lte=after.created_at)
        found = found.exclude(created_at=after.created_at, pk__gte=after.pk)
    if reach is None or asked.get("source"):
        return list(found.visible_to(user, Role.ADMIN)[:limit])
    by_source = [list(found.filter(source=source)[:limit]) for source in reach]
    return list(islice(merge(*by_source, key=_place, reverse=True), limit))


def _place(entry: AuditEntry) -> tuple[datetime, int]:
    return entry.created_at, entry.pk


def _asked_for(asked: dict[str, Any]) -> BySourceQuerySet:
    """In the order of time, in which every index of the log is kept: a page is a walk, however long the log is."""
    found: BySourceQuerySet = AuditEntry.objects.select_related("actor", "source").order_by("-created_at", "-pk")
    if asked.get("source"):
        found = found.filter(source=asked["source"])
    if name := asked.get("actor"):
        person = User.objects.filter(username__iexact=name).values_list("pk", flat=True).first()
        found = found.filter(actor=None) if name.lower() == NOBODY and not person else found.filter(actor=person or 0)
    if asked.get("verb"):
        found = found.filter(verb=asked["verb"])
    if asked.get("first"):
        found = found.filter(created_at__gte=datetime.combine(asked["first"], time.min, UTC))
    if asked.get("last"):
        found = found.filter(created_at__lt=datetime.combine(asked["last"] + timedelta(days=1), time.min, UTC))
    return found


def as_rows(user: User, found: list[AuditEntry]) -> list[dict[str, Any]]:
    """Each entry with what changed, its other details, and the name of whom it is about where `user` sees them."""
    about = {each.target_id or 0 for each in found if each.target == "user"}
    names = dict(people_seen_by(user).filter(pk__in=about).values_list("pk", "username")) if about else {}
    return [
        {
            "entry": each,
            "actor": name_of(each),
            "target": noun(each.target),
            "target_name": names.get(each.target_id or 0, "") if each.target == "user" else "",
            "changes": [(field, *values) for field, values in each.details.get("changes", {}).items()],
            "details": [(name, value) for name, value in each.details.items() if name != "changes"],
        }
        for each in found
    ]


def noun(target: str) -> str:
    """What the thing is called that an entry is about: "model version" for "modelversion"."""
    try:
        return str(apps.get_model("review", target)._meta.verbose_name)
    except LookupError:  # of a table that a newer version has no more
        return target


def name_of(entry: AuditEntry) -> str:
    """Who did it, also after their account is gone; moddog itself where nobody did."""
    if entry.actor_id is None:
        return NOBODY
    return entry.actor.username if entry.actor else gettext("account %(number)s, deleted") % {"number": entry.actor_id}


def exported(user: User, asked: dict[str, Any]) -> Iterator[list[object]]:
    """A line for each field that changed, or one for an entry that names none; in pages by key, the newest first."""
    page = newest(user, asked, EXPORTED)
    while page:
        for each in page:
            yield from _lines(each)
        page = newest(user, asked, EXPORTED, page[-1])


def _lines(entry: AuditEntry) -> Iterator[list[object]]:
    source = entry.source.slug if entry.source else ""
    with override("en"):  # programs read it
        who = name_of(entry)
    head = [entry.pk, entry.created_at.isoformat(), who, entry.verb, entry.target, entry.target_id, source]
    others = "; ".join(f"{name}: {value}" for name, value in entry.details.items() if name != "changes")
    for field, (before, after) in entry.details.get("changes", {}).items() or [("", (None, None))]:
        yield [*head, field, before, after, others]
