"""The pages of files: drop one, say what its columns hold, see how it will be read, start it, watch it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import condition, require_http_methods, require_POST, require_safe

from review.access import admins_only
from review.intake import held_files, long_import
from review.intake.columns import find_columns, guess
from review.intake.encodings import PIECE, Unreadable
from review.intake.files import kind_of
from review.intake.forms import ColumnsForm, FileForm
from review.intake.preview import Preview, preview
from review.models import IntakeFile, Role, User
from review.one_source import sources_for
from review.records import audit

SHOWN = 20
State = IntakeFile.State


def _file(user: User, pk: int) -> IntakeFile:
    found: IntakeFile = get_object_or_404(
        IntakeFile.objects.visible_to(user, Role.ADMIN).select_related("source", "by"), pk=pk
    )
    return found


@admins_only
@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: HttpRequest, user: User) -> HttpResponse:
    sources = sources_for(request, Role.ADMIN)
    form = FileForm(sources, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        kept = held_files.keep(form.cleaned_data["source"], user, sent.name, sent.chunks(PIECE))
        return redirect("intake-file", pk=kept.pk)
    files = IntakeFile.objects.filter(source__in=sources).exclude(state=State.ARRIVING)
    shown = files.select_related("source", "by").order_by("-pk")[:SHOWN]
    return render(request, "intake/intake.html", {"here": "intake", "form": form, "files": shown})


def _how_far(request: HttpRequest, user: User, pk: int) -> str | None:
    """Changes when a running file comes further, so that a page that polls is told only news."""
    if request.method != "GET" or not request.htmx:  # type: ignore[attr-defined]
        return None
    found = IntakeFile.objects.visible_to(user, Role.ADMIN).filter(pk=pk).exclude(state=State.READY)
    row = found.values_list("state", "rows_done", "bytes_done").first()
    return f'"{pk}.{".".join(map(str, row))}"' if row else None


@admins_only
@require_safe
@condition(etag_func=_how_far)
def file(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Of a file that waits: its columns and how it will be read. Else how far it came."""
    found = _file(user, pk)
    context: dict[str, Any] = {"here": "intake", "file": found}
    if found.state == State.READY:
        context |= _to_be_read(found, request.GET)
    fragment = "intake/_columns.html" if found.state == State.READY else "intake/_progress.html"
    return render(request, fragment if request.htmx else "intake/file.html", context)  # type: ignore[attr-defined]


@admins_only
@require_POST
def start(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Start it as its form says now; a form with errors comes back with them."""
    found = _file(user, pk)
    if found.state != State.READY:
        messages.info(request, gettext("This file was started already."))
        return redirect("intake-file", pk=pk)
    context = _to_be_read(found, request.POST)
    form, seen = context["form"], context["preview"]
    if "look" in request.POST or not form.is_valid() or seen is None or not seen.rows:
        return render(request, "intake/file.html", {"here": "intake", "file": found, **context})
    data = form.cleaned_data
    found.fields, found.label_column = form.columns, data["label"]
    found.drawn, found.relabel = data["drawn"], data["relabel"]
    if long_import.start(found, user):
        labels = {"labels": bool(found.label_column), "drawn": found.drawn, "relabel": found.relabel}
        audit.record(user, "started file", found, found.source, **labels)
    return redirect("intake-file", pk=pk)


def _to_be_read(found: IntakeFile, sent: Any) -> dict[str, Any]:
    """The form, filled by guessing until somebody fills it, and what the file reads as with it."""
    kind = kind_of(found.name)
    try:
        columns = find_columns(held_files.chunks_of(found), kind)
    except Unreadable as error:
        return {"form": ColumnsForm([]), "preview": Preview(problem=str(error))}
    form = ColumnsForm(columns, sent if "text" in sent else guess(columns), label_suffix="")
    if not form.is_valid():
        return {"form": form, "preview": None}
    label_column = form.cleaned_data["label"] or None
    return {"form": form, "preview": preview(held_files.chunks_of(found), kind, form.columns, label_column)}


@admins_only
@require_POST
def discard(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Forget a file that was not started."""
    found = _file(user, pk)
    if IntakeFile.objects.filter(pk=found.pk, state=State.READY).delete()[0]:
        messages.success(request, gettext("%(name)s was discarded; nothing of it was stored.") % {"name": found.name})
        return redirect("intake")
    return redirect("intake-file", pk=pk)


@admins_only  # type: ignore[arg-type]  # it streams
@require_safe
def rejected(request: HttpRequest, user: User, pk: int) -> StreamingHttpResponse:
    """What was rejected so far, with the reasons, as CSV."""
    found = _file(user, pk)
    headers = {"Content-Disposition": f'attachment; filename="rejected-{found.pk}.csv"'}
    return StreamingHttpResponse(
        held_files.rejections_as_csv(found), content_type="text/csv; charset=utf-8", headers=headers
    )
