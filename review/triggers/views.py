"""The page of triggers, for senior moderators: see, try, write, import, change, remove."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from review.access import is_signed_in, led_by, seniors_only, source_seniors_only
from review.models import Role, Source, Trigger, TriggerSet, User
from review.numbers import number
from review.one_source import chosen, sources_for
from review.triggers import changes, starter_sets
from review.triggers.changes import Changed, Overtaken, TooMany, change
from review.triggers.forms import TriggerForm, showing
from review.triggers.in_force import newest
from review.triggers.page import context_of, trial_of


@seniors_only
@require_safe
def show(request: HttpRequest, user: User) -> HttpResponse:
    return _page(request, chosen(request, sources_for(request, Role.SENIOR)))


@source_seniors_only
@require_POST
def trial(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """What the triggers in the form would have matched lately."""
    return render(request, "triggers/_tried.html", trial_of(source, TriggerForm(source, request.POST)))


@source_seniors_only
@require_POST
def add(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    form = TriggerForm(source, request.POST)
    if not form.is_valid():
        return _page(request, source, form)
    try:
        done = change(source, user, made_from=form.made_from, add=form.triggers(), note=form.cleaned_data["note"])
    except Overtaken as error:
        return _page(request, source, form, error.meanwhile)
    except TooMany as error:
        form.add_error("texts", str(error))
        return _page(request, source, form)
    messages.success(request, _words(done))
    return _back_to(source)


@source_seniors_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    """One trigger: another takes its place."""
    trigger = get_object_or_404(Trigger, source=source, pk=pk)
    if request.method != "POST":
        if trigger.removed_in_id:
            raise Http404
        return _one(request, source, trigger, showing(trigger, newest(source)))
    form = TriggerForm(source, request.POST)
    if form.is_valid() and len(form.cleaned_data["texts"]) > 1:
        form.add_error("texts", gettext("This is one trigger. More are added on the page before."))
    if form.errors:
        return _one(request, source, trigger, form)
    try:
        done = change(
            source, user, made_from=form.made_from, add=form.triggers(), remove=[pk], note=form.cleaned_data["note"]
        )
    except Overtaken as error:
        return _one(request, source, trigger, form, error.meanwhile)
    except TooMany as error:
        form.add_error("texts", str(error))
        return _one(request, source, trigger, form)
    messages.success(request, _words(done))
    return _back_to(source)


@source_seniors_only
@require_POST
def remove(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    try:
        done = change(source, user, made_from=_made_from(request), remove=[pk])
    except Overtaken as error:
        return _page(request, source, meanwhile=error.meanwhile)
    messages.success(request, _words(done))
    return _back_to(source)


@source_seniors_only
@require_POST
def start(request: HttpRequest, source: Source, user: User, name: str) -> HttpResponse:
    """Add a list that ships, as far as it is not there yet, and switch on what is there in shadow."""
    chosen, mode = starter_sets.named(name), request.POST.get("mode", "")
    if chosen is None or mode not in (Trigger.Mode.ON, Trigger.Mode.SHADOW):
        raise Http404
    with translation.override("en"):  # it is kept for all to read, in any language
        note = f"The starter set: {chosen.label}"
    old = starter_sets.in_shadow(source, chosen) if mode == Trigger.Mode.ON else []
    try:
        done = change(source, user, made_from=_made_from(request), add=chosen.triggers(mode), remove=old, note=note)
    except Overtaken as error:
        return _page(request, source, meanwhile=error.meanwhile)
    except TooMany as error:
        messages.error(request, str(error))
        return _back_to(source)
    messages.success(request, _words(done))
    return _back_to(source)


@source_seniors_only
@require_POST
def go_back(request: HttpRequest, source: Source, user: User, number: int) -> HttpResponse:
    """To what an earlier version said."""
    version = get_object_or_404(TriggerSet, source=source, version=number)
    try:
        done = changes.go_back(source, user, version, made_from=_made_from(request))
    except Overtaken as error:
        return _page(request, source, meanwhile=error.meanwhile)
    except TooMany as error:
        messages.error(request, str(error))
        return _back_to(source)
    messages.success(request, _words(done))
    return _back_to(source)


def _page(
    request: HttpRequest, source: Source, form: TriggerForm | None = None, meanwhile: Sequence[TriggerSet] | None = None
) -> HttpResponse:
    """The whole page, a form that was not saved as it was typed; 409 with the versions that came in between."""
    context = context_of(source, form, request.GET.get("q", ""), request.GET.get("before", ""))
    return _rendered(request, "triggers/triggers.html", context, meanwhile)


def _one(
    request: HttpRequest,
    source: Source,
    trigger: Trigger,
    form: TriggerForm,
    meanwhile: Sequence[TriggerSet] | None = None,
) -> HttpResponse:
    context = {"source": source, "trigger": trigger, "form": form, "version": newest(source)}
    return _rendered(request, "triggers/trigger.html", context, meanwhile)


def _rendered(
    request: HttpRequest, template: str, context: dict[str, object], meanwhile: Sequence[TriggerSet] | None
) -> HttpResponse:
    form = context["form"]
    # A form goes on naming the version that it was made from, until what came since has been shown.
    kept = isinstance(form, TriggerForm) and form.is_bound and meanwhile is None
    made_from = form.made_from if isinstance(form, TriggerForm) and kept else context["version"]
    sources = led_by(request.user) if is_signed_in(request.user) else []
    context |= {"here": "triggers", "sources": sources, "overtaken": meanwhile, "made_from": made_from}
    return render(request, template, context, status=200 if meanwhile is None else 409)


def _made_from(request: HttpRequest) -> int:
    """The version that the page showed; -1, which nothing was, where it names none."""
    seen = request.POST.get("version", "")
    return int(seen) if seen.isdecimal() and len(seen) < 10 else -1


def _words(done: Changed) -> str:
    if not (done.added or done.removed):
        return gettext("Nothing changed: all of it was there already.")
    if not done.removed:
        said = gettext("Triggers %(version)s are in force: %(added)s added. Cases that wait are following them.")
    elif not done.added:
        said = gettext("Triggers %(version)s are in force: %(removed)s removed. Cases that wait are following them.")
    else:
        said = gettext(
            "Triggers %(version)s are in force: %(added)s added, %(removed)s removed."
            " Cases that wait are following them."
        )
    return said % {"version": done.version, "added": number(done.added), "removed": number(done.removed)}


def _back_to(source: Source) -> HttpResponse:
    return redirect(f"{reverse('triggers')}?source={source.slug}")
