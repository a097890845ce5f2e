"""How many cases like one wait, and which: they are decided together as any selection is."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from review.access import moderators_only
from review.desk import bulk
from review.models import Case, User
from review.similar import finding


@require_safe
@never_cache
@moderators_only
def similar(request: HttpRequest, case_id: int) -> HttpResponse:
    """A line beside a case: how many like it wait, with the way to them, or why it cannot be compared."""
    user: Any = request.user
    visible = Case.objects.visible_to(user).select_related("verdict__score__model")
    case = get_object_or_404(visible, pk=case_id)
    context = {"case": case, "count": len(like(user, case)), "why_none": finding.why_none(case)}
    return render(request, "desk/_similar.html", context)


def like(user: User, case: Case) -> list[int]:
    """The cases like `case` that `user` may decide together with it, nearest first."""
    found = finding.like(case)
    open_to_user = set(bulk.decidable(user).filter(pk__in=found).values_list("pk", flat=True))
    return [pk for pk in found if pk in open_to_user]


def stack(user: User, case_id: int) -> list[int]:
    """A case and those like it. Of one that is not seen, or has nothing like it, itself alone."""
    case = Case.objects.visible_to(user).filter(pk=case_id).first()
    return [case_id, *(like(user, case) if case else [])]
