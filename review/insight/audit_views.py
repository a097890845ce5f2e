"""`/audit/`: who did what and when, for admins as far as their sources go."""

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from review.access import admins_only
from review.insight.audit_log import COLUMNS, PAGE, FilterForm, as_rows, exported, newest
from review.models import AuditEntry, Role, User
from review.spreadsheet_cells import safe_cell


class _Echo:
    """What csv writes to: the line itself is the answer."""

    def write(self, line: str) -> str:
        return line


@require_safe
@never_cache
@admins_only
def audit(request: HttpRequest, user: User) -> HttpResponse:
    """A page of the log, the newest first; a filter that makes no sense shows everything, and says so."""
    form = FilterForm(user, request.GET)
    cursor = request.GET.get("cursor", "")
    is_key = cursor.isascii() and cursor.isdecimal() and len(cursor) < 19
    after = AuditEntry.objects.visible_to(user, Role.ADMIN).filter(pk=int(cursor)).first() if is_key else None
    page = newest(user, form.cleaned_data if form.is_valid() else {}, PAGE + 1, after)
    context: dict[str, Any] = {
        "here": "audit",
        "form": form,
        "rows": as_rows(user, page[:PAGE]),
        "is_first": not cursor,
        "is_narrowed": bool(form.has_changed()),
        "query": _without_cursor(request.GET),
        "next_cursor": page[PAGE - 1].pk if len(page) > PAGE else None,
    }
    return render(request, "insight/audit.html", context)


@require_safe
@admins_only
def export(request: HttpRequest, user: User) -> HttpResponse:
    """The same as CSV, streamed, a line for each field that changed."""
    form = FilterForm(user, request.GET)
    if not form.is_valid():
        return HttpResponse("These filters make no sense.", status=400, content_type="text/plain")
    lines = _csv(exported(user, form.cleaned_data))
    disposition = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=disposition)  # type: ignore[return-value]


def _csv(rows: Iterator[list[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])


def _without_cursor(asked: QueryDict) -> str:
    kept = asked.copy()
    kept.pop("cursor", None)
    return kept.urlencode()
