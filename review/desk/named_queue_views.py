"""Named queues of a source, for its senior moderators: how they stand, who works on them, and what they take."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from review.access import led_by, seniors_only, source_seniors_only
from review.desk import placing
from review.desk.named_queue_forms import NamedQueueForm
from review.desk.supervision import standings
from review.models import Queue, Source, User
from review.records import audit

MOST = 50  # in one source
NO_SOURCE = gettext_lazy("There is no community yet whose queues could be looked at.")


@require_safe
@never_cache
@seniors_only
def queues(request: HttpRequest, user: User) -> HttpResponse:
    sources = led_by(user)
    if not sources:
        raise PermissionDenied(NO_SOURCE)
    slug = request.GET.get("source", "")
    source = get_object_or_404(sources, slug=slug) if slug else sources[0]
    return _page(request, source, user, NamedQueueForm(source, user))


@require_safe
@never_cache
@source_seniors_only
def live(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """The part of the page that asks for itself anew."""
    return render(request, "queues/_standings.html", {"source": source, "standings": standings(source)})


@require_POST
@source_seniors_only
def make(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    form = NamedQueueForm(source, user, request.POST)
    if form.is_valid() and Queue.objects.filter(source=source, ended_at=None).count() >= MOST:
        too_many = gettext("There are %(most)s queues already. End one that nobody works on.")
        form.add_error(None, too_many % {"most": MOST})
    if not form.is_valid():
        return _page(request, source, user, form)
    with transaction.atomic():
        queue = form.save()
        audit.record(user, "made queue", queue, source, **_settings(queue))
        placing.ask(source)
    return _placed(
        request,
        source,
        gettext("%(queue)s is there. Its members get its cases first from now on.") % {"queue": queue.name},
    )


@never_cache
@source_seniors_only
def change(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    """Show what a queue takes, and change it."""
    with transaction.atomic():
        locked = Queue.objects.select_for_update(no_key=True)
        queue = get_object_or_404(locked, source=source, pk=pk, ended_at=None)
        form = NamedQueueForm(source, user, request.POST if request.method == "POST" else None, instance=queue)
        if not (form.is_bound and form.is_valid() and form.is_current()):
            status = 409 if form.is_overtaken else 200
            context = {"here": "queue", "source": source, "queue": queue, "form": form}
            return render(request, "queues/queue.html", context, status=status)
        form.save()
        audit.record(user, "changed queue", queue, source, **_settings(queue))
        placing.ask(source)
    return _placed(request, source, gettext("%(queue)s is changed.") % {"queue": queue.name})


@require_POST
@source_seniors_only
def end(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    """Have its cases go where they fit else; those that were decided keep its name."""
    queue = get_object_or_404(Queue, source=source, pk=pk)
    with transaction.atomic():
        if Queue.objects.filter(pk=pk, ended_at=None).update(ended_at=timezone.now()):
            audit.record(user, "ended queue", queue, source)
            placing.ask(source)
    return _placed(
        request,
        source,
        gettext("%(queue)s is ended. What waited in it stays, where it fits else.") % {"queue": queue.name},
    )


def _placed(request: HttpRequest, source: Source, words: str) -> HttpResponse:
    """Back to the page, once what waits has followed; a long queue goes on following behind."""
    placing.follow()
    messages.success(request, words)
    return redirect(f"{reverse('queues')}?source={source.slug}")


def _settings(queue: Queue) -> dict[str, object]:
    names = ("position", "categories", "reasons", "languages", "target_minutes", "second_opinion_percent")
    return {name: getattr(queue, name) for name in names} | {"members": queue.members.count()}


def _page(request: HttpRequest, source: Source, user: User, form: NamedQueueForm) -> HttpResponse:
    context = {
        "here": "queue",
        "sources": led_by(user),
        "source": source,
        "standings": standings(source),
        "form": form,
    }
    return render(request, "queues/queues.html", context)
