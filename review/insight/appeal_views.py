"""The appeals that wait, what is late first, those that were answered, and answering one of an author's.

For senior moderators. What was done to a message is decided anew at the desk; what was done to an author, here.
"""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from review.access import seniors_only
from review.enforcement import author_appeals, author_outcomes
from review.enforcement.author_statements import author_statement, reasons_of
from review.insight.public_appeals import WITHOUT_NUL
from review.models import Appeal, Role, User

PAGE = 50
RELATED = ("source", "message", "outcome__by", "case", "author_outcome__by")


class AnswerForm(forms.Form):
    """What the author is told, and whether the step on them stands."""

    answer = forms.CharField(
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        label=gettext_lazy("Your answer to the author"),
        help_text=gettext_lazy("It will stand on the page that they have the link of."),
        validators=[WITHOUT_NUL],
        error_messages={"required": gettext_lazy("The author needs an answer in words.")},
    )
    stands = forms.TypedChoiceField(
        choices=[("yes", gettext_lazy("It stands")), ("no", gettext_lazy("Take it back"))],
        coerce=lambda said: said == "yes",
        label=gettext_lazy("Stands"),
    )

    def clean_answer(self) -> str:
        return str(self.cleaned_data["answer"]).replace("\r\n", "\n")


@require_safe
@never_cache
@seniors_only
def appeals(request: HttpRequest, user: User) -> HttpResponse:
    """A page of what is open, by when it is due; with `?answered=on` of what was answered, the newest first."""
    answered = request.GET.get("answered") == "on"
    visible = Appeal.objects.visible_to(user, Role.SENIOR).select_related(*RELATED)
    rows = list(_page(visible, request.GET.get("cursor", ""), answered=answered)[: PAGE + 1])
    context = {
        "here": "appeals",
        "appeals": rows[:PAGE],
        "answered": answered,
        "now": timezone.now(),
        "is_first": not request.GET.get("cursor"),
        "next_cursor": _cursor(rows[PAGE - 1], answered=answered) if len(rows) > PAGE else "",
    }
    return render(request, "appeals/appeals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@seniors_only
def of_author(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """An appeal against what was done to an author, with the form that answers it."""
    visible = Appeal.objects.visible_to(user, Role.SENIOR).filter(author_outcome__isnull=False)
    appeal = get_object_or_404(visible.select_related("source", "author_outcome__by", "author_outcome__policy"), pk=pk)
    form = AnswerForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        if author_appeals.answer(appeal, user, form.cleaned_data["answer"], overturned=not form.cleaned_data["stands"]):
            messages.success(request, gettext("The appeal is answered."))
            return redirect("appeals")
        form.add_error(
            None, gettext("Somebody else has answered it, or it is not yours to answer. Nothing was changed.")
        )
        appeal.refresh_from_db()
    step = appeal.author_outcome
    assert step  # noqa: S101 - as asked for above
    context = {
        "here": "appeals",
        "appeal": appeal,
        "step": step,
        "statement": author_statement(step, reasons_of([step])[step.pk]),
        "in_force": author_outcomes.in_force(appeal.source, step.author) if step.author else None,
        "may_answer": author_appeals.may_answer(user, appeal),
        "form": form,
    }
    return render(request, "appeals/of_author.html", context)


def _page(visible: QuerySet[Appeal], cursor: str, *, answered: bool) -> QuerySet[Appeal]:
    after = _read(cursor)
    if answered:
        done = visible.exclude(state=Appeal.State.OPEN).order_by("-resolved_at", "-pk")
        return done.filter(Q(resolved_at__lt=after[0]) | Q(resolved_at=after[0], pk__lt=after[1])) if after else done
    waiting = visible.filter(state=Appeal.State.OPEN).order_by("due", "pk")
    return waiting.filter(Q(due__gt=after[0]) | Q(due=after[0], pk__gt=after[1])) if after else waiting


def _cursor(last: Appeal, *, answered: bool) -> str:
    moment = last.resolved_at if answered else last.due
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}_{last.pk}"


def _read(cursor: str) -> tuple[datetime, int] | None:
    """Where the page before ended; None for a cursor that makes no sense."""
    moment, _, pk = cursor.partition("_")
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    return (at, int(pk)) if at and at.tzinfo and pk.isdecimal() and len(pk) < 19 else None
