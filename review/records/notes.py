"""Notes that colleagues leave each other, on a case or on an author, and who is mentioned in them."""

import re

from django.db import transaction
from django.db.models import Q, QuerySet

from review.models import Case, Mention, Note, Source, User
from review.records import audit

SHOWN = 20
_AT = re.compile(r"(?<![\w@])@([\w.@+-]{1,150})")


@transaction.atomic
def add_note(by: User, text: str, source: Source, *, case: Case | None = None, author: str = "") -> Note:
    """Keep a note on a case of `source`, or on one of its authors, and tell those whom it mentions.

    Who may not see the source is mentioned in vain: nobody is told of what they may not see.
    """
    note = Note.objects.create(source=source, case=case, author="" if case else author, by=by, text=text)
    mentioned = colleagues(note.source, but=by).filter(_named_in(text))
    Mention.objects.bulk_create(Mention(note=note, user=each) for each in mentioned)
    audit.record(by, "noted", note, note.source, **({"case": case.pk} if case else {}))
    return note


def notes_about(case: Case, author: str) -> list[Note]:
    """The newest SHOWN notes on a case and on its author, the oldest of them first; erased ones are left out."""
    on_author = Q(source=case.source_id, author=author, case=None) if author else Q(pk__in=[])
    return _newest(Note.objects.filter(Q(case=case) | on_author))


def notes_on_author(source: Source, author: str) -> list[Note]:
    """The newest SHOWN notes on an author, the oldest of them first."""
    return _newest(Note.objects.filter(source=source, author=author, case=None)) if author else []


def mentions_of(user: User) -> list[Mention]:
    """What waits to be seen by `user`, newest first, at most SHOWN, in sources that they may see."""
    unseen = Mention.objects.filter(user=user, seen_at=None, note__in=Note.objects.visible_to(user))
    return list(unseen.exclude(note__text="").select_related("note__by", "note__source").order_by("-pk")[:SHOWN])


def colleagues(source: Source, *, but: User) -> QuerySet[User]:
    """Everybody else who has a role in `source`, by name."""
    here = Q(memberships__source=source) | Q(memberships__source=None, memberships__isnull=False)
    others = User.objects.filter(Q(is_superuser=True) | here, is_active=True).exclude(pk=but.pk)
    return others.order_by("username").distinct()


def _named_in(text: str) -> Q:
    """People whose name stands behind an @, in letters of any case; also where it ends a sentence."""
    found = set(_AT.findall(text))
    names = found | {name.rstrip(".-+@") for name in found}
    named = Q(pk__in=[])
    for name in names:
        named |= Q(username__iexact=name)
    return named


def _newest(notes: QuerySet[Note]) -> list[Note]:
    return list(reversed(notes.exclude(text="").select_related("by").order_by("-pk")[:SHOWN]))
