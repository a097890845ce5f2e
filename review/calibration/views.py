"""The calibration page: diagrams, figures and history for everybody with a role, each on the sources they see."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from review.access import moderators_only
from review.calibration import page
from review.calibration.charts import charts as charts_of
from review.calibration.forms import KindForm, PriorForm, ScopeForm
from review.charts.response import chart_response
from review.registry.in_context import setups_in_force
from review.registry.scoring_setup import active_setup


@moderators_only
@require_safe
def calibration(request: HttpRequest) -> HttpResponse:
    return render(request, "calibration/calibration.html", {"here": "calibration", **context_of(request)})


@moderators_only
@require_safe
@cache_control(private=True, no_cache=True)
def live(request: HttpRequest) -> HttpResponse:
    """The parts of the page that change; 304 while nothing did."""
    context = context_of(request)
    if context["shown"] is None:
        return HttpResponse(status=204)
    unchanged = get_conditional_response(request, etag=context["etag"])
    return unchanged or fragment(request, context)


@moderators_only
@require_safe
def charts(request: HttpRequest) -> HttpResponse:
    """The figures of the page's charts; none while there are no figures yet."""
    shown = context_of(request)["shown"]
    return chart_response(request, charts_of(shown.data) if shown and shown.data else {})


def fragment(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """What the live page replaces, under its tag."""
    response = render(request, "calibration/_live.html", {"oob": True, **context})
    response["ETag"] = context["etag"]
    return response


def context_of(request: HttpRequest, **more: Any) -> dict[str, Any]:
    """What the templates read: `shown` is None before any model judged."""
    form = ScopeForm(request.GET, user=request.user)  # type: ignore[arg-type]
    setup = form.setup
    if setup is None:
        return {"shown": None}
    in_force = setup == active_setup() or setup in setups_in_force()
    shown = page.build(setup, form.scope, form.sees, is_active=in_force)
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return {
        "shown": shown,
        "scope_form": form,
        "etag": f'"{shown.tag}-{request.user.pk}"',
        "live_url": reverse("calibration-live") + query,
        "charts_url": reverse("calibration-charts") + query,
        "query": query,
        "prior_form": PriorForm(initial={"percent": round(shown.setting.prior * 100, 2)}, label_suffix=""),
        "kind_form": KindForm(initial={"kind": shown.setting.kind}, label_suffix=""),
        **more,
    }
