"""`/sources/{slug}/webhooks/`: endpoints, their secrets, test events and dead letters, for admins of the source."""

from typing import Any

from django.contrib import messages
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from review.access import source_admins_only
from review.enforcement.webhooks.dead_letters import dead_letters, redeliver
from review.enforcement.webhooks.trial import try_out
from review.intake.sources.webhook_forms import EndpointForm
from review.intake.sources.webhook_page import MOST_ENDPOINTS, context_of
from review.models import Endpoint, Source, User
from review.records import audit
from review.versioned_form import VersionedForm


@source_admins_only
@require_safe
def show(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    return _page(request, source, user)


@never_cache
@source_admins_only
@require_POST
def make(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """The secret is in this one answer and nowhere else, so there is no redirect."""
    form = EndpointForm(user, request.POST, instance=Endpoint(source=source), prefix="new")
    if form.is_valid() and source.endpoints.count() >= MOST_ENDPOINTS:
        form.add_error(
            "url", gettext("There are %(most)s already: change one that is no longer used.") % {"most": MOST_ENDPOINTS}
        )
    if not form.is_valid():
        return _page(request, source, user, new_form=form)
    with transaction.atomic():
        endpoint = form.save()
        audit.record(user, "created webhook", endpoint, source, events=endpoint.events)
    return _page(request, source, user, shown_secret=endpoint)


@source_admins_only
@require_POST
@transaction.atomic
def change(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    endpoint = _locked(source, pk)
    form = EndpointForm(user, request.POST, instance=endpoint, prefix=str(pk))
    if not (form.is_valid() and form.is_current()):
        return _page(request, source, user, refused=form, changed=(pk, form))
    fields = sorted({*form.changed_data} - {"version"})
    endpoint = form.save(commit=False)
    endpoint.failures, endpoint.open_until = 0, None  # what failed may have been what was changed
    endpoint.save()
    audit.record(user, "changed webhook", endpoint, source, fields=fields)
    messages.success(request, gettext("Saved. What happens from now on is told so."))
    return redirect("source-webhooks", source.slug)


@never_cache
@source_admins_only
@require_POST
def rotate(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    """A new secret, in this one answer; the old one signs beside it for a day."""
    with transaction.atomic():
        endpoint = _locked(source, pk)
        endpoint.rotate()
        audit.record(user, "rotated webhook secret", endpoint, source)
    return _page(request, source, user, shown_secret=endpoint)


@source_admins_only
@require_POST
def pause(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    """Hold deliveries back, or let them go on; going on also tries a receiver at once whose circuit is open."""
    on = request.POST.get("on") == "on"
    with transaction.atomic():
        endpoint = _locked(source, pk)
        endpoint.paused_at = timezone.now() if on else None
        endpoint.open_until = None
        endpoint.save(update_fields=["paused_at", "open_until"])
        audit.record(user, "paused webhook" if on else "resumed webhook", endpoint, source)
    return redirect("source-webhooks", source.slug)


@never_cache
@source_admins_only
@require_POST
def test(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, source=source, pk=pk)
    audit.record(user, "tested webhook", endpoint, source)
    if not connection.in_atomic_block:
        connection.close()  # the receiver may take seconds
    return _page(request, source, user, tried=(pk, try_out(endpoint)))


@source_admins_only
@require_POST
def send_again(request: HttpRequest, source: Source, user: User, pk: int, delivery_pk: int) -> HttpResponse:
    """Asks first where the event was superseded: the receiver would be told what no longer holds."""
    endpoint = get_object_or_404(Endpoint, source=source, pk=pk)
    letter = get_object_or_404(dead_letters(endpoint), pk=delivery_pk)
    if letter.is_superseded and request.POST.get("understood") != "on":  # type: ignore[attr-defined] # annotated
        return _page(request, source, user, asked=letter)
    with transaction.atomic():
        if redeliver(letter):
            audit.record(user, "redelivered", letter, source, event=letter.event)
            messages.success(request, gettext("It is tried again, for another 24 hours."))
    return redirect("source-webhooks", source.slug)


def _locked(source: Source, pk: int) -> Endpoint:
    endpoint: Endpoint = get_object_or_404(Endpoint.objects.select_for_update(no_key=True), source=source, pk=pk)
    return endpoint


def _page(
    request: HttpRequest, source: Source, user: User, *, refused: VersionedForm | None = None, **shown: Any
) -> HttpResponse:
    """The whole page; 409 where a form was `refused` because somebody else was first."""
    status = 409 if refused and refused.is_overtaken else 200
    return render(request, "sources/webhooks.html", context_of(source, user, **shown), status=status)
