"""Asking on the page of a source to have everything erased that names one author."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from review.access import source_admins_only
from review.foreign_text import isolated
from review.intake.sources.forms import ErasureForm
from review.intake.sources.page import context_of
from review.models import ErasureRequest, Message, Source, User
from review.records import audit


@source_admins_only
@require_POST
def erase_author(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """Have a worker do it. The log says that it was asked for, and never of whom."""
    form = ErasureForm(request.POST)
    if not form.is_valid():
        return render(request, "sources/source.html", context_of(request, source, erasure_form=form))
    author = form.cleaned_data["author"]
    with transaction.atomic():
        asked, is_new = ErasureRequest.objects.get_or_create(source=source, author=author, defaults={"by": user})
        if is_new:
            audit.record(user, "asked for an erasure", asked, source)
    if Message.objects.filter(source=source, author=author).exists():
        said = gettext("Everything of %(author)s is erased within minutes. The audit log will say so.")
    else:
        said = gettext("There is no message by %(author)s. What else names them is erased within minutes.")
    messages.success(request, said % {"author": isolated(author)})
    return redirect("source", source.slug)
