"""The load of a source's people: how it stands, when the queue will be empty, and how it has been. For seniors."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from review.access import source_seniors_only
from review.charts.load import CHARTS
from review.charts.load import charts as charts_of
from review.charts.response import chart_response
from review.insight.load import SPANS, load_of, points
from review.insight.next_count import next_count
from review.models import Source, User


@never_cache
@source_seniors_only
@require_safe
def load(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """The part of the team's page that asks for itself anew."""
    return render(request, "team/_load.html", {"source": source, **load_context(request, source)})


@source_seniors_only
@require_safe
def charts(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """The figures of the charts, over `?span=`; 304 while nothing new was counted."""
    return chart_response(request, charts_of(points(source, span_of(request))))


def load_context(request: HttpRequest, source: Source) -> dict[str, Any]:
    load = load_of(source)
    return {
        "load": load,
        "next_count": None if load.row else next_count(),
        "span": span_of(request),
        "spans": list(SPANS),
        "charts": CHARTS,
    }


def span_of(request: HttpRequest) -> str:
    asked = request.GET.get("span", "")
    return asked if asked in SPANS else next(iter(SPANS))
