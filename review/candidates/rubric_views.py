"""The pages of rubrics: versions, how they differ, and for each the way into force. For instance admins."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from review.access import instance_admins_only
from review.candidates import comparison, rubric_page
from review.candidates.charts import charts as charts_of
from review.candidates.promotion import CannotPromote
from review.candidates.rubric_forms import RubricForm
from review.candidates.rubric_promotion import put_in_force as promote
from review.charts.response import chart_response
from review.models import Rubric, User
from review.registry import rubrics as registry
from review.registry.scoring_setup import ScoringSetup, active_setup


@instance_admins_only
@require_safe
@never_cache
def rubrics(request: HttpRequest, user: User) -> HttpResponse:
    active = active_setup()
    form = RubricForm(initial={"text": active.rubric.text}) if active else None
    return render(request, "rubrics/rubrics.html", {"here": "models", "form": form, **rubric_page.overview()})


@instance_admins_only
@require_POST
def write(request: HttpRequest, user: User) -> HttpResponse:
    """Keep a text as the next version, and have it tried."""
    if active_setup() is None:
        return redirect("rubrics")
    form = RubricForm(request.POST)
    if not form.is_valid():
        context = {"here": "models", "form": form, **rubric_page.overview()}
        return render(request, "rubrics/rubrics.html", context, status=422)
    rubric = registry.write(form.cleaned_data["text"], form.cleaned_data["note"], user)
    registry.ask_trial(rubric, user)
    messages.success(
        request,
        gettext("Rubric %(version)s is kept, and is being tried. It judges nothing yet.") % {"version": rubric.version},
    )
    return redirect("rubric", rubric.pk)


@instance_admins_only
@require_safe
@never_cache
def rubric(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """A version, its words beside those of `?against=`: without that, of what it was written from."""
    found, active = get_object_or_404(Rubric.objects.select_related("created_by", "based_on"), pk=pk), active_setup()
    if active is None:
        return redirect("rubrics")
    asked = request.GET.get("against", "")
    other = Rubric.objects.filter(version=int(asked)).first() if asked.isdecimal() and len(asked) < 9 else None
    context = rubric_page.page(found, active, other or found.based_on)
    return render(request, "rubrics/rubric.html", {"here": "models", **context})


@instance_admins_only
@require_safe
def charts(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The figures of a version's page: both reliability diagrams."""
    found, active = get_object_or_404(Rubric, pk=pk), active_setup()
    if active is None or found.is_active:
        return chart_response(request, {})
    return chart_response(request, charts_of(comparison.compared(ScoringSetup(active.model, found), active)))


@never_cache
@instance_admins_only
@require_http_methods(["GET", "HEAD", "POST"])
def try_out(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Have a version tried; by GET how far that is, for the page's script."""
    found = get_object_or_404(Rubric, pk=pk)
    if request.method == "POST":
        if registry.ask_trial(found, user) is None:
            messages.error(request, gettext("It is in force, or being tried already."))
        return redirect("rubric", pk)
    entry = rubric_page.entry_of(found)
    response = render(request, "rubrics/_trial.html", {"entry": entry})
    if not (entry.trial and entry.trial.is_open):
        response["HX-Refresh"] = "true"  # what came of it shows all over the page
    return response


@instance_admins_only
@require_POST
def shadow(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Run a version in shadow, in place of any other and of a model, or end that."""
    found, active, on = get_object_or_404(Rubric, pk=pk), active_setup(), request.POST.get("shadow") == "on"
    if active is None or (on and not registry.has_read(ScoringSetup(active.model, found))):
        messages.error(
            request, gettext("Try it first: until then nobody knows whether it fits into the model's window.")
        )
    elif not registry.set_shadow(found, user, on=on):
        messages.error(
            request, gettext("Rubric %(version)s is in force, so it cannot run in shadow.") % {"version": found.version}
        )
    else:
        comparison.forget(ScoringSetup(active.model, found), active)
        said = (
            gettext("Rubric %(version)s runs in shadow from now on, and gates nothing.")
            if on
            else gettext("Rubric %(version)s no longer runs in shadow.")
        )
        messages.success(request, said % {"version": found.version})
    return redirect("rubric", pk)


@instance_admins_only
@require_POST
def put_in_force(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Have messages judged under a version from now on."""
    found, active = get_object_or_404(Rubric, pk=pk), active_setup()
    if active is None:
        return redirect("rubrics")
    try:
        calibrator = promote(
            ScoringSetup(active.model, found), user, uncalibrated=request.POST.get("uncalibrated") == "on"
        )
    except CannotPromote as error:
        messages.error(request, str(error))
        return redirect("rubric", pk)
    if calibrator:
        said = gettext(
            "Rubric %(version)s is in force, with calibrator %(calibrator)s. The one before can be put back."
        ) % {"version": found.version, "calibrator": calibrator.version}
    else:
        said = gettext(
            "Rubric %(version)s is in force, and everything goes to people for now. The one before can be put back."
        ) % {"version": found.version}
    messages.success(request, said)
    return redirect("rubrics")
