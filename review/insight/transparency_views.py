"""`/transparency/`: one source and one period, as a page and as CSV. For its senior moderators."""

import csv
import io
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from review.access import moderators_only
from review.insight.transparency import Period, as_rows, transparency
from review.models import Role
from review.one_source import chosen, sources_for
from review.spreadsheet_cells import safe_cell

USUAL = timedelta(days=89)
LONGEST = timedelta(days=3 * 366)


class PeriodForm(forms.Form):
    """From one day to another, both included."""

    first = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(label=gettext_lazy("to"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and not timedelta() <= last - first <= LONGEST:
            raise forms.ValidationError(gettext("A period ends after it begins, and is three years long at most."))
        return data

    @property
    def period(self) -> Period:
        return Period(self.cleaned_data["first"], self.cleaned_data["last"])


@require_safe
@never_cache
@moderators_only
def show(request: HttpRequest) -> HttpResponse:
    """The page; a period that makes no sense is said beside its form."""
    sources = sources_for(request, Role.SENIOR)
    source, form = chosen(request, sources), _form(request)
    context: dict[str, Any] = {"here": "transparency", "sources": sources, "source": source, "form": form}
    if form.is_valid():
        context |= {"found": transparency(source, form.period), "period": form.period}
    return render(request, "transparency/transparency.html", context, status=200 if form.is_valid() else 400)


@require_safe
@never_cache
@moderators_only
def as_csv(request: HttpRequest) -> HttpResponse:
    """The same figures, a row each."""
    source, form = chosen(request, sources_for(request, Role.SENIOR)), _form(request)
    if not form.is_valid():
        return HttpResponse("The period makes no sense.", status=400, content_type="text/plain")
    text = io.StringIO()
    with override("en"):  # programs read it
        rows = as_rows(transparency(source, form.period))
        csv.writer(text).writerows([safe_cell(cell) for cell in row] for row in rows)
    name = f"transparency-{source.slug}-{form.period.first}-{form.period.last}.csv"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8", headers=disposition)


def _form(request: HttpRequest) -> PeriodForm:
    today = timezone.now().date()
    usual: dict[str, date] = {"first": today - USUAL, "last": today}
    return PeriodForm({name: request.GET.get(name) or day for name, day in usual.items()}, label_suffix="")
