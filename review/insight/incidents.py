"""What admins have to see to: found by beat, told once to webhooks and by mail, ended when it is over.

A promise that is not kept has its own webhook event, from the moment the watchdog raises its alarm, so here it is only
mailed. The worker that runs this cannot miss itself: `/readyz` does.
"""

import time
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext, override

from review import mail
from review.enforcement.alarms import WHAT_TO_DO, tell_incident
from review.models import Alarm, Case, Delivery, Heartbeat, Incident, Role, Source, User
from review.models.visibility import reach_of
from review.people.language import language_for
from review.sentences import in_sentence

Kind = Incident.Kind
Found = tuple[str, int | None, str]
LOCK = 0x696E636964656E74  # of this database, for whoever looks
DEAD_FOR = timedelta(days=1)
"""Dead letters ring for so long after the last one died; they themselves are kept for longer."""
SILENT_FOR = timedelta(minutes=3)
STARTING = 300
"""Seconds after the start of this process in which no worker is missed: a model may take minutes to load."""
WORKERS = ("inference", "deliveries")
_started = time.monotonic()


def look() -> None:
    """Begin what is found, end what is over, and mail what was not mailed yet."""
    _begin_and_end()
    for incident in Incident.objects.filter(mailed_at=None, ended_at=None).select_related("source").order_by("pk"):
        _mail(incident)


def open_incidents(user: User) -> QuerySet[Incident]:
    """What is open in the sources that `user` administers, and for who administers all of them in the whole instance.

    Promises are left out: alarms say more about them.
    """
    reach = reach_of(user, Role.ADMIN)
    found = Incident.objects.filter(ended_at=None).exclude(kind=Kind.PROMISE).select_related("source").order_by("pk")
    return found if reach is None else found.filter(source__in=reach)


@transaction.atomic
def _begin_and_end() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return
    known = {(each.kind, each.source_id, each.about): each for each in Incident.objects.filter(ended_at=None)}
    found = set(_found(known))
    for kind, source, about in sorted(found - known.keys(), key=str):
        incident = Incident.objects.create(kind=kind, source_id=source, about=about)
        if kind != Kind.PROMISE:
            tell_incident(incident)
    over = [each.pk for key, each in known.items() if key not in found]
    Incident.objects.filter(pk__in=over).update(ended_at=Now())


def _found(known: "dict[Found, Incident]") -> Iterator[Found]:
    for alarm, source in Alarm.objects.filter(answered_at=None).values_list("pk", "target__source"):
        yield Kind.PROMISE, source, str(alarm)
    for source, target in Source.objects.exclude(cases_target=None).values_list("pk", "cases_target"):
        assert target is not None  # noqa: S101 - as asked for
        if Case.objects.filter(source=source, state=Case.State.OPEN).order_by()[: target + 1].count() > target:
            yield Kind.BACKLOG, source, ""
    lately = Delivery.objects.filter(state=Delivery.State.DEAD, ended_at__gt=Now() - DEAD_FOR)
    for source in lately.order_by().values_list("endpoint__source", flat=True).distinct():
        yield Kind.DEAD_LETTERS, source, ""
    for kind in WORKERS:
        if _is_gone(kind, (Kind.WORKER, None, kind) in known):
            yield Kind.WORKER, None, kind
    for name in _processes_gone():
        if (Kind.WORKER, None, name) in known or time.monotonic() - _started > STARTING:
            yield Kind.WORKER, None, name


def _processes_gone() -> list[str]:
    """The workers of the model that fell silent while others of them go on, and in whose place none has come.

    One that ended because it was asked to has taken its row away. One that began after another fell silent stands for
    that one.
    """
    heard = Heartbeat.objects.filter(kind="inference").order_by("seen_at", "pk")
    silent = list(heard.filter(seen_at__lte=Now() - SILENT_FOR))
    alive = list(heard.filter(seen_at__gt=Now() - SILENT_FOR).values_list("began_at", flat=True))
    if not alive:
        return []  # the kind is missed, and not each of them
    newcomers, gone = sorted(alive), []
    for each in reversed(silent):
        if newcomers and newcomers[-1] > each.seen_at:
            newcomers.pop()
        else:
            gone.append(each.name)
    return gone


def _is_gone(kind: str, was_gone: bool) -> bool:
    """Whether workers of that kind were there and are silent; whoever was gone stays so until one is heard."""
    heard = Heartbeat.objects.filter(kind=kind)
    if heard.filter(seen_at__gt=Now() - SILENT_FOR).exists():
        return False
    return was_gone or (time.monotonic() - _started > STARTING and heard.exists())


def _mail(incident: Incident) -> None:
    """Mail it to each of its admins; where the server takes none, it is tried again with the next look."""
    claimed = Incident.objects.filter(pk=incident.pk, mailed_at=None).update(mailed_at=timezone.now())
    admins = _admins(incident) if claimed and mail.is_set() else {}
    taken = [mail.send(*_words(incident, language), address) for address, language in admins.items()]
    if admins and not any(taken):
        Incident.objects.filter(pk=incident.pk).update(mailed_at=None)


def _words(incident: Incident, language: str) -> tuple[str, str]:
    """Subject and body."""
    with override(language):
        kind, since = in_sentence(incident.get_kind_display()), f"{incident.began_at:%Y-%m-%d %H:%M}"
        subject = gettext("moddog: %(what)s in %(source)s") if incident.source else "moddog: %(what)s"
        since = gettext("Since %(moment)s UTC.") % {"moment": since}
        body = f"{WHAT_TO_DO[Kind(incident.kind)]}\n\n{since}\n{settings.BASE_URL}/operations/"
        where = incident.source.name if incident.source else ""
        return (subject % {"what": kind, "source": where}).replace("\n", " "), body


def _admins(incident: Incident) -> dict[str, str]:
    """The admins of the source, and instance admins: the language of each by their address."""
    admins = Q(is_superuser=True)
    if incident.source:
        here = Q(memberships__source=incident.source) | Q(memberships__source=None)
        admins |= here & Q(memberships__role=Role.ADMIN, memberships__isnull=False)
    people = User.objects.filter(admins, is_active=True).exclude(email="")
    return {person.email: language_for(person) for person in people.order_by("email")}
