"""The pages of sources, for their admins: keys are made and revoked here, and clients of other APIs looked after."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from review.access import admins_only, source_admins_only
from review.intake.dropin.client_settings import settings_of
from review.intake.forms import (
    BacklogForm,
    LanguageForm,
    RetentionForm,
    SearchLanguageForm,
    TokenLimitsForm,
    TranslatorForm,
)
from review.intake.sources.forms import ClientForm, CoralForm, TokenForm
from review.intake.sources.page import context_of, listed
from review.intake.sources.scale_preview import scale_preview
from review.models import ApiToken, ClientSettings, Role, Source, User, digest_of_token
from review.one_source import sources_for
from review.records import audit
from review.versioned_form import OVERTAKEN, VersionedForm

MOST_SECRETS = 5


@admins_only
@require_safe
def index(request: HttpRequest, user: User) -> HttpResponse:
    return render(
        request, "sources/sources.html", {"here": "sources", "rows": listed(sources_for(request, Role.ADMIN))}
    )


@source_admins_only
@require_safe
def show(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    return _page(request, source)


@never_cache
@source_admins_only
@require_POST
def make_token(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """The key is in this one answer and nowhere else: no redirect, so that it need not be kept until the next page."""
    form = TokenForm(user, request.POST)
    if not form.is_valid():
        return _page(request, source, token_form=form)
    with transaction.atomic():
        key = ApiToken.issue(source, form.cleaned_data["name"], form.cleaned_data["scopes"])
        token = ApiToken.objects.get(digest=digest_of_token(key))
        audit.record(user, "created token", token, source, scopes=token.scopes)
    return _page(request, source, new_key=key, new_token=token)


@source_admins_only
@require_POST
def revoke_token(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, source=source, pk=pk)
    with transaction.atomic():
        if ApiToken.objects.filter(pk=pk, revoked_at=None).update(revoked_at=timezone.now()):
            audit.record(user, "revoked token", token, source)
            messages.success(
                request, gettext("%(name)s is revoked: whoever uses it is refused from now on.") % {"name": token.name}
            )
    return redirect("source", source.slug)


@source_admins_only
@require_POST
@transaction.atomic
def limit_token(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    """How much a token may send a minute; empty is any number."""
    token = get_object_or_404(ApiToken.objects.select_for_update(), source=source, pk=pk, revoked_at=None)
    form = TokenLimitsForm(request.POST, instance=token)
    if not (form.is_valid() and form.is_current()):
        why = OVERTAKEN if form.is_overtaken else gettext("a limit is a whole number above 0.")
        said = gettext("The limits of %(name)s stay as they were: %(why)s")
        messages.error(request, said % {"name": token.name, "why": why})
        return redirect("source", source.slug)
    form.save()
    audit.record(user, "changed limits", token, source, changes=changes_in(form))
    messages.success(request, gettext("%(name)s may send that much from now on.") % {"name": token.name})
    return redirect("source", source.slug)


@source_admins_only
@require_POST
@transaction.atomic
def limit_backlog(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """How many messages of the source may wait to be judged before further ones are turned away."""
    locked = Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    form = BacklogForm(request.POST, instance=locked)
    if not (form.is_valid() and form.is_current()):
        return _page(request, source, refused=form, backlog_form=form)
    form.save()
    audit.record(user, "changed backlog limit", source, source, changes=changes_in(form))
    messages.success(request, gettext("The limits of the backlog hold from now on."))
    return redirect("source", source.slug)


@source_admins_only
@require_POST
@transaction.atomic
def judge_languages(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """Whether texts of the source are judged in whatever language they are. It holds for what is judged from now on."""
    locked = Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    form = LanguageForm(request.POST, instance=locked, label_suffix="")
    if not (form.is_valid() and form.is_current()):
        return _page(request, source, refused=form, languages_form=form)
    form.save()
    judges = form.cleaned_data["judges_other_languages"]
    audit.record(user, "changed languages", source, source, judges_other_languages=judges)
    messages.success(
        request,
        gettext("Every language is judged from now on.") if judges else gettext("Others go to people from now on."),
    )
    return redirect("source", source.slug)


@source_admins_only
@require_POST
@transaction.atomic
def keep_for(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """How many days texts and authors of the source are kept; empty is for ever."""
    locked = Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    form = RetentionForm(request.POST, instance=locked, label_suffix="", auto_id="id_retention_%s")
    if not (form.is_valid() and form.is_current()):
        return _page(request, source, refused=form, retention_form=form)
    form.save()
    days = form.cleaned_data["retention_days"]
    audit.record(user, "changed retention", source, source, changes=changes_in(form))
    messages.success(
        request,
        gettext("What is older than %(days)s days is erased from now on.") % {"days": days}
        if days
        else gettext("Texts are kept."),
    )
    return redirect("source", source.slug)


@source_admins_only
@require_POST
@transaction.atomic
def speak(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """Whose dictionary the search uses; the words of what is there already follow in the background."""
    locked = Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    form = SearchLanguageForm(request.POST, instance=locked, label_suffix="", auto_id="id_language_%s")
    if not (form.is_valid() and form.is_current()):
        return _page(request, source, refused=form, language_form=form)
    if "search_language" in form.changed_data:
        form.instance.words_redone_to = 0
        form.instance.save(update_fields=["search_language", "words_redone_to"])
        audit.record(user, "changed search language", source, source, changes=changes_in(form))
    messages.success(request, gettext("The search uses that dictionary. What is there already follows within minutes."))
    return redirect("source", source.slug)


@source_admins_only
@require_POST
@transaction.atomic
def translate(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """Where moderators may have a text translated; empty offers it nowhere."""
    locked = Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    form = TranslatorForm(request.POST, instance=locked, label_suffix="", auto_id="id_translator_%s")
    if not (form.is_valid() and form.is_current()):
        return _page(request, source, refused=form, translator_form=form)
    form.save()
    audit.record(user, "changed translator", source, source, changes=changes_in(form))
    is_set = form.cleaned_data["translator"]
    messages.success(
        request, gettext("The desk offers that translator.") if is_set else gettext("The desk offers no translator.")
    )
    return redirect("source", source.slug)


@source_admins_only
@require_POST
@transaction.atomic
def save_clients(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    locked = ClientSettings.objects.select_for_update().filter(source=source).first()
    form = ClientForm(request.POST, instance=locked or ClientSettings(source=source))
    if not (form.is_valid() and form.is_current()):
        return _page(request, source, refused=form, client_form=form)
    settings = form.save()
    audit.record(user, "changed client settings", settings, source, fields=sorted({*form.changed_data} - {"version"}))
    messages.success(request, gettext("Saved. Clients are answered so from now on."))
    return redirect("source", source.slug)


@source_admins_only
@require_POST
def preview(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """What the thresholds in the form would have done last week; errors come back in the fragment."""
    form = ClientForm(request.POST, instance=settings_of(source))
    found = scale_preview(source, form.cleaned_data["anchors"]) if form.is_valid() else None
    return render(request, "sources/_scale_preview.html", {"client_form": form, "preview": found})


@source_admins_only
@require_POST
def save_coral(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    form = CoralForm(request.POST)
    if form.is_valid() and len(settings_of(source).coral_secrets) >= MOST_SECRETS and form.cleaned_data["secret"]:
        form.add_error(
            "secret",
            gettext("There are %(most)s already: remove one that Coral no longer uses.") % {"most": MOST_SECRETS},
        )
    if not form.is_valid():
        return _page(request, source, coral_form=form)
    _change_coral(source, user, form.cleaned_data["wait_ms"], added=form.cleaned_data["secret"].strip())
    messages.success(request, gettext("Saved. Comments that Coral signs so are taken in."))
    return redirect("source", source.slug)


@source_admins_only
@require_POST
def remove_secret(request: HttpRequest, source: Source, user: User, position: int) -> HttpResponse:
    settings = settings_of(source)
    if position < len(settings.coral_secrets):
        _change_coral(source, user, settings.coral_wait_ms, removed=settings.coral_secrets[position])
        messages.success(request, gettext("Removed. What is signed with it is refused from now on."))
    return redirect("source", source.slug)


@transaction.atomic
def _change_coral(source: Source, user: User, wait_ms: int, *, added: str = "", removed: str = "") -> None:
    settings, _ = ClientSettings.objects.select_for_update().get_or_create(source=source)
    kept = [each for each in settings.coral_secrets if each != removed]
    settings.coral_secrets = list(dict.fromkeys([*kept, *([added] if added else [])]))
    settings.coral_wait_ms = wait_ms
    settings.save(update_fields=["coral_secrets", "coral_wait_ms"])
    audit.record(user, "changed Coral's secrets", settings, source, secrets=len(settings.coral_secrets))


def changes_in(form: VersionedForm) -> dict[str, Any]:
    """The fields of the row that the form changed, before and after."""
    fields = form._meta.fields or ()
    return audit.changed(form.initial, {name: form.cleaned_data[name] for name in fields})


def _page(request: HttpRequest, source: Source, *, refused: VersionedForm | None = None, **shown: Any) -> HttpResponse:
    """The whole page; 409 where a form was `refused` because somebody else was first."""
    status = 409 if refused and refused.is_overtaken else 200
    return render(request, "sources/source.html", context_of(request, source, **shown), status=status)
