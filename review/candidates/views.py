"""The pages of models: the registry, a candidate beside the model that judges, and what instance admins may do."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from inference.evaluation.cascade_chart import cascade_chart
from review.access import instance_admins_only
from review.candidates import cascade_page, comparison, page, promotion
from review.candidates.charts import charts as charts_of
from review.charts.response import chart_response
from review.models import ModelVersion, User
from review.numbers import number
from review.registry.model_versions import can_shadow, set_shadow
from review.registry.scoring_setup import ScoringSetup, active_setup


@instance_admins_only
@require_safe
def models(request: HttpRequest, user: User) -> HttpResponse:
    return render(request, "models/models.html", {"here": "models", **page.overview()})


@instance_admins_only
@require_safe
def side_by_side(request: HttpRequest, user: User) -> HttpResponse:
    """The fragment that looks again while a worker works figures out."""
    return render(request, "models/_comparisons.html", page.comparisons_of(active_setup()))


@instance_admins_only
@require_safe
def model(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    found, active = get_object_or_404(ModelVersion.objects.select_related("base"), pk=pk), active_setup()
    if active is None or found.is_active:
        return redirect("models")
    return render(request, "models/model.html", {"here": "models", **page.side_by_side(found, active)})


@instance_admins_only
@require_safe
def charts(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The figures of a candidate's page: both reliability diagrams, and the trade-off of a cascade."""
    found, active = get_object_or_404(ModelVersion, pk=pk), active_setup()
    if active is None or found.is_active:
        return chart_response(request, {})
    drawn = charts_of(comparison.compared(ScoringSetup(found, active.rubric), active))
    if parts := cascade_page.parts(found, active):
        drawn["cascade"] = cascade_chart(cascade_page.trade_off_of(parts, active))
    return chart_response(request, drawn)


@instance_admins_only
@require_POST
def shadow(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Run a candidate in shadow, in place of any other, or end that."""
    found, on = get_object_or_404(ModelVersion, pk=pk), request.POST.get("shadow") == "on"
    if on and not can_shadow():
        messages.error(
            request, gettext("The server that judges serves one model, so none can run in shadow beside it.")
        )
        return redirect("model", pk=pk)
    if not set_shadow(found, user, on=on):
        messages.error(request, gettext("%(model)s judges by now, so it cannot run in shadow.") % {"model": found.name})
        return redirect("models")
    if active := active_setup():
        comparison.forget(ScoringSetup(found, active.rubric), active)
    said = (
        gettext("%(model)s scores live traffic in shadow from now on, and gates nothing.")
        if on
        else gettext("%(model)s no longer runs in shadow.")
    )
    messages.success(request, said % {"model": found.name})
    return redirect("model", pk=pk)


@instance_admins_only
@require_POST
def promote(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Put a candidate in force with a calibrator fitted now, or with the one that came with it."""
    found, active = get_object_or_404(ModelVersion, pk=pk), active_setup()
    if active is None:
        return redirect("models")
    try:
        calibrator = promotion.promote(ScoringSetup(found, active.rubric), user)
    except promotion.CannotPromote as error:
        messages.error(request, str(error))
        return redirect("model", pk=pk)
    if found.earlier_messages:
        said = gettext("Calibrator %(version)s is in force for %(model)s. Policies switch that form on.")
        messages.success(request, said % {"version": calibrator.version, "model": found.name})
        return redirect("model", pk=pk)
    labels = calibrator.labels or calibrator.parameters["fitted_on"]["rows"]
    said = gettext(
        "%(model)s judges from now on, with calibrator %(version)s fitted on %(labels)s labels. %(before)s can be "
        "brought back below."
    )
    facts = {
        "model": found.name,
        "version": calibrator.version,
        "labels": number(labels),
        "before": active.model.name,
    }
    messages.success(request, said % facts)
    return redirect("models")


@instance_admins_only
@require_POST
def roll_back(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Have a model that judged before judge again."""
    found, active = get_object_or_404(ModelVersion, pk=pk), active_setup()
    if active is None:
        return redirect("models")
    try:
        promotion.roll_back(ScoringSetup(found, active.rubric), user)
    except promotion.CannotPromote as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, gettext("%(model)s judges again, with the calibrator that it had.") % {"model": found.name}
        )
    return redirect("models")
