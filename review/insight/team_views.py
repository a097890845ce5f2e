"""The team: how far people agree and how often they find what is known; gold items; and each person's own figures."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from review.access import administered_by, moderators_only, seniors_only, source_admins_only, source_seniors_only
from review.insight.load_views import load_context
from review.insight.team_forms import CareForm, GoldForm, MixForm, RatesForm
from review.insight.team_page import adjudicated, context_of, gold_rows, labelled
from review.models import Care, Case, GoldItem, QualityFigures, QualityRates, Reason, Role, Source, User
from review.one_source import chosen, sources_for
from review.quality import care, gold
from review.records import audit


@require_safe
@never_cache
@seniors_only
def team(request: HttpRequest, user: User) -> HttpResponse:
    sources = sources_for(request, Role.SENIOR)
    source = chosen(request, sources)
    shown = {**context_of(source, user), **load_context(request, source)}
    context = {"here": "team", "sources": sources, "source": source, **shown}
    return render(request, "team/team.html", context)


@require_safe
@never_cache
@moderators_only
def mine(request: HttpRequest) -> HttpResponse:
    """A person's own figures, and what they set for themselves."""
    return _mine(request, CareForm(instance=Care.objects.filter(user=request.user.pk).first()))


@require_POST
@moderators_only
def save_care(request: HttpRequest) -> HttpResponse:
    user: Any = request.user  # signed in, as the guard has seen
    form = CareForm(request.POST, instance=Care.objects.filter(user=user).first() or Care(user=user))
    if not form.is_valid():
        return _mine(request, form)
    form.save()
    messages.success(request, gettext("That holds for you from the next case on."))
    return redirect("mine")


@require_POST
@moderators_only
def ask_for_milder(request: HttpRequest) -> HttpResponse:
    """Switch milder work on for a shift, or off."""
    user: Any = request.user  # signed in, as the guard has seen
    on = request.POST.get("on") == "on"
    care.ask_for_milder(user, on=on)
    messages.success(
        request,
        gettext("Nothing severe is given to you for now.") if on else gettext("Everything is given to you again."),
    )
    return redirect("mine")


def _mine(request: HttpRequest, form: CareForm) -> HttpResponse:
    own = QualityFigures.objects.visible_to(request.user).filter(person=request.user).select_related("source")
    rows = [(figures, labelled(figures.data)) for figures in own.order_by("source__name")]
    user: Any = request.user
    context = {"here": "mine", "rows": rows, "form": form, "care": care.care_of(user)}
    return render(request, "team/mine.html", context)


@require_POST
@source_admins_only
def save_rates(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """How much of the source's work is checked from now on."""
    form = RatesForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Nothing was changed: both rates are whole percentages from 0 to 100."))
        return redirect_to_rates(source)
    with transaction.atomic():
        newest = Case.objects.filter(source=source).order_by("-pk").values_list("pk", flat=True).first() or 0
        rates, _ = QualityRates.objects.get_or_create(source=source)
        if not rates.gold:  # what came in while it was off draws nothing afterwards
            QualityRates.objects.filter(pk=rates.pk).update(gold_up_to=newest)
        QualityRates.objects.filter(pk=rates.pk).update(**form.rates)
        audit.record(user, "set quality rates", rates, source, **form.rates)
    messages.success(request, gettext("The rates hold from the next decision on."))
    return redirect_to_rates(source)


def redirect_to_rates(source: Source) -> HttpResponse:
    response = redirect("policy")
    response["Location"] += f"?source={source.slug}#quality-head"
    return response


@require_POST
@source_admins_only
def save_mix(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """How often each class comes up among the source's gold items from now on."""
    form = MixForm({}, request.POST)
    if not form.is_valid():
        return _gold_page(request, source, user, GoldForm(), form)
    with transaction.atomic():
        rates = QualityRates.objects.select_for_update().get_or_create(source=source)[0]
        QualityRates.objects.filter(pk=rates.pk).update(gold_mix=form.mix)
        changes = audit.changed({"gold_mix": rates.gold_mix}, {"gold_mix": form.mix})
        audit.record(user, "set gold mix", rates, source, changes=changes)
    messages.success(request, gettext("The mix holds from the next gold item on."))
    return redirect("team-gold", source.slug)


@require_safe
@never_cache
@source_seniors_only
def gold_items(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    return _gold_page(request, source, user, GoldForm())


@require_POST
@source_seniors_only
def write_gold(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    form = GoldForm(request.POST)
    if not form.is_valid():
        return _gold_page(request, source, user, form)
    fields = form.cleaned_data
    with transaction.atomic():
        item = gold.write_item(
            source, fields["text"], fields["category"], user, author=fields["author"], channel=fields["channel"]
        )
        audit.record(user, "wrote gold item", item, source)
    messages.success(request, gettext("It will be slipped in. You will never be asked it, since you know the answer."))
    return redirect("team-gold", source.slug)


@require_POST
@source_seniors_only
def gold_from_case(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    case = get_object_or_404(
        Case, pk=pk, source=source, reason=Reason.ADJUDICATION, decisions__by=user, decisions__undone_at=None
    )
    with transaction.atomic():
        if item := gold.from_adjudication(case, user):
            audit.record(user, "made gold item", item, source, case=pk)
            messages.success(request, gettext("It will be slipped in, with the answer that holds."))
        else:
            messages.error(
                request, gettext("It is a gold item already, was erased, or its decision is not in effect yet.")
            )
    return redirect("team-gold", source.slug)


@require_POST
@source_seniors_only
def retire_gold(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    item = get_object_or_404(GoldItem, pk=pk, source=source)
    with transaction.atomic():
        if GoldItem.objects.filter(pk=pk, retired_at=None).update(retired_at=timezone.now()):
            audit.record(user, "retired gold item", item, source)
            messages.success(request, gettext("It is shown to nobody any more. What was answered still counts."))
    return redirect("team-gold", source.slug)


def _gold_page(
    request: HttpRequest, source: Source, user: User, form: GoldForm, mix_form: MixForm | None = None
) -> HttpResponse:
    is_admin = administered_by(user).filter(pk=source.pk).exists()
    rates = QualityRates.objects.filter(source=source).first()
    context = {
        "mix_form": (mix_form or MixForm(rates.gold_mix if rates else {})) if is_admin else None,
        "here": "team",
        "source": source,
        "form": form,
        "rows": gold_rows(source, user),
        "adjudicated": adjudicated(source, user),
    }
    return render(request, "team/gold.html", context)
