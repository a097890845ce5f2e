"""Who reports, how often they were right, and whose reports move nothing any more. For senior moderators."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from review.access import moderators_only
from review.enforcement import reporters as known
from review.models import Reporter, Role
from review.one_source import chosen, page_of, sources_for


@require_safe
@never_cache
@moderators_only
def reporters(request: HttpRequest) -> HttpResponse:
    """The reporters of one source, the newest first."""
    sources = sources_for(request, Role.SENIOR)
    source = chosen(request, sources)
    page = page_of(request, Reporter.objects.filter(source=source).exclude(name=""))
    page["rows"] = known.with_records(page["rows"])
    context = {"here": "authors", "sources": sources, "source": source, **page}
    return render(request, "authors/reporters.html", context)


@require_POST
@moderators_only
def mute(request: HttpRequest, pk: int) -> HttpResponse:
    """Mute a reporter, or hear them again. What they reported before stays as it is."""
    visible = Reporter.objects.visible_to(request.user, Role.SENIOR).select_related("source")
    reporter = get_object_or_404(visible, pk=pk)
    muted = request.POST.get("muted") == "on"
    if known.mute(reporter, request.user, muted=muted):  # type: ignore[arg-type] # signed in, as the guard has seen
        said = (
            gettext("Their reports are kept, and move nothing from now on.")
            if muted
            else gettext("Their reports bring messages to people again.")
        )
        messages.success(request, said)
    return redirect(f"{reverse('reporters')}?source={reporter.source.slug}")
