"""The public page behind the signed link of an outcome: the reasons for it, a form to object, and the answer.

Whoever has the link may read it, so nothing of the message stands here. Who calls too often is told to wait.
"""

import math
import time

from allauth.core.internal.httpkit import get_client_ip
from django import forms
from django.core.cache import cache
from django.core.validators import ProhibitNullCharactersValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from review.enforcement import appeals
from review.enforcement.statements import appeal_until
from review.insight.appealed import about_author, about_message, found_by
from review.models import Outcome

CALLS_A_MINUTE = 60
MINUTE = 60
WITHOUT_NUL = ProhibitNullCharactersValidator(
    gettext_lazy("This holds a NUL character (U+0000), which cannot be stored.")
)


class AppealForm(forms.Form):
    """What an author objects with."""

    reason = forms.CharField(
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        label=gettext_lazy("Why you object"),
        validators=[WITHOUT_NUL],
        error_messages={"required": gettext_lazy("Say in a few words why you object.")},
    )
    contact = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("How you can be reached (optional)"),
        help_text=gettext_lazy("Only the moderators see it. The answer will stand on this page as well."),
        validators=[WITHOUT_NUL],
    )

    def clean_reason(self) -> str:
        return str(self.cleaned_data["reason"]).replace("\r\n", "\n")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def appeal(request: HttpRequest, token: str) -> HttpResponse:
    """The page of the outcome that `token` names; 404 where none does, 410 when the time to object is over."""
    if seconds := _seconds_to_wait(request):
        return _plain(request, 429, seconds=seconds)
    outcome = found_by(token)
    if outcome is None:
        return _plain(request, 404)
    about = about_message(outcome) if isinstance(outcome, Outcome) else about_author(outcome)
    why_not = about.why_not
    if not about.appeal and timezone.now() > appeal_until(outcome):
        return _plain(request, 410)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and not about.appeal and not why_not and form.is_valid():
        try:
            about.take(form.cleaned_data["reason"], form.cleaned_data["contact"])
        except appeals.NoAppeal as changed:
            why_not = str(changed)
        else:
            return redirect("appeal", token)
    return _unlisted(render(request, "appeals/public.html", {"about": about, "why_not": why_not, "form": form}))


def _plain(request: HttpRequest, status: int, seconds: int = 0) -> HttpResponse:
    response = render(request, "appeals/nothing.html", {"status": status, "seconds": seconds}, status=status)
    if seconds:
        response["Retry-After"] = str(seconds)
    return _unlisted(response)


def _unlisted(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _seconds_to_wait(request: HttpRequest) -> int:
    """0 while this address may call; without Redis nobody is turned away."""
    now = time.time()
    key = f"appeal-calls:{get_client_ip(request)}:{int(now // MINUTE)}"
    cache.add(key, 0, MINUTE)
    try:
        calls = cache.incr(key)
    except ValueError:  # the minute ended, or the cache is away
        return 0
    return math.ceil(MINUTE - now % MINUTE) if (calls or 0) > CALLS_A_MINUTE else 0
