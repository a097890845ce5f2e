"""`/start/`: leads an instance admin through the first hour. Each step ticks itself."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from review.access import instance_admins_only
from review.insight.first_steps import NO_KEY, curl, steps
from review.models import ApiToken, Message, Pending, Scope, Source, User, digest_of_token
from review.records import audit
from review.registry.new_source import begin


class CommunityForm(forms.ModelForm):  # type: ignore[type-arg] # not generic while running
    """A new source."""

    class Meta:
        model = Source
        fields = ("name", "slug")
        labels = {"name": gettext_lazy("Name"), "slug": gettext_lazy("Short name, for addresses")}  # noqa: RUF012
        help_texts = {"slug": gettext_lazy("Letters, digits and hyphens. It cannot be changed later.")}  # noqa: RUF012


@require_safe
@never_cache
@instance_admins_only
def start(request: HttpRequest, user: User) -> HttpResponse:
    return _page(request)


@require_POST
@instance_admins_only
def name_community(request: HttpRequest, user: User) -> HttpResponse:
    """Also adds further communities later."""
    form = CommunityForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, form=form)
    begin(form.save(commit=False), user)
    return redirect("start")


@require_POST
@never_cache
@instance_admins_only
def make_token(request: HttpRequest, user: User) -> HttpResponse:
    """A token of the newest community that may send and read. The key is in this one answer and nowhere else."""
    source = Source.objects.order_by("-pk").first()
    if source is None:
        return redirect("start")
    with transaction.atomic():
        key = ApiToken.issue(source, "first steps", [Scope.INGEST, Scope.READ])
        token = ApiToken.objects.get(digest=digest_of_token(key))
        audit.record(user, "created token", token, source, scopes=token.scopes)
    return _page(request, key=key)


@require_safe
@never_cache
@instance_admins_only
def arrived(request: HttpRequest, user: User) -> HttpResponse:
    """Whether a first message is there: what the page asks every three seconds until it is."""
    return render(request, "insight/_arrived.html", _first_message())


def _first_message() -> dict[str, Any]:
    """The first message that is there, and whether it still waits to be judged."""
    message = Message.objects.select_related("source").order_by("pk").first()
    return {"message": message, "is_pending": message is not None and Pending.objects.filter(message=message).exists()}


def _page(request: HttpRequest, form: CommunityForm | None = None, key: str = "") -> HttpResponse:
    found = steps()
    address = f"{request.scheme}://{request.get_host()}"
    context: dict[str, Any] = {
        "here": "start",
        "steps": found,
        "next": next((step.name for step in found if not step.is_done), ""),
        "done": sum(step.is_done for step in found),
        "form": form or CommunityForm(label_suffix=""),
        "key": key,
        "curl": curl(address, key or NO_KEY),
        "source": Source.objects.order_by("-pk").first(),
        **_first_message(),
    }
    return render(request, "insight/start.html", context)
