"""`/people/`: who may do what, for instance admins, and for a source's admins as far as their sources go."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from review import mail
from review.access import NOT_ALLOWED, admins_only, instance_admins_only
from review.models import Role, SignInRules, User
from review.people import accounts, links
from review.people.forms import InvitationForm, RoleForm, SignInRulesForm
from review.people.language import language_for
from review.people.page import invitations_seen_by, people_page, person_page
from review.people.reach import may_manage, people_seen_by, roles_seen_by
from review.records import audit


@require_safe
@never_cache
@admins_only
def people(request: HttpRequest, user: User) -> HttpResponse:
    return _list(request, user)


@never_cache
@require_POST
@admins_only
def invite(request: HttpRequest, user: User) -> HttpResponse:
    """The link is in this one answer, and in the mail where there is one."""
    form = InvitationForm(user, request.POST)
    if not form.is_valid():
        return _list(request, user, invitation_form=form)
    data = form.cleaned_data
    email = data.get("email", "")
    link, token = links.invite(user, data["source"], Role(data["role"]), name=data["name"], email=email)
    address = address_of(request, token)
    is_sent = bool(email) and mail.send(*_invitation(user, address), email)
    return _list(request, user, new_link=address, new_link_for=link, is_sent=is_sent)


@require_POST
@admins_only
def take_back(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    link = get_object_or_404(invitations_seen_by(user), pk=pk)
    if links.take_back(user, link):
        messages.success(request, gettext("The invitation is taken back: its link opens nothing."))
    return redirect("people")


@require_POST
@instance_admins_only
def set_rules(request: HttpRequest, user: User) -> HttpResponse:
    """What signing in asks of whom."""
    with transaction.atomic():
        rules = SignInRules.objects.select_for_update().get_or_create(pk=1)[0]
        before = rules.second_factor_from
        form = SignInRulesForm(request.POST, instance=rules)
        if not form.is_valid():
            return _list(request, user, rules_form=form)
        form.save()
        changes = {"second_factor_from": [before, rules.second_factor_from]}
        audit.record(user, "changed sign-in rules", rules, changes=changes)
    messages.success(request, gettext("Saved. Whom it asks for a second factor is led to setting one up."))
    return redirect("people")


@require_safe
@never_cache
@admins_only
def person(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    return render(request, "people/person.html", person_page(user, _whom(user, pk)))


@require_POST
@admins_only
def give_role(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Give a role in a source that the form names, or change it there."""
    whom, form = _whom(user, pk), RoleForm(user, request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Nothing was changed: choose a source and a role."))
        return redirect("person", pk)
    accounts.set_role(user, whom, form.cleaned_data["source"], Role(form.cleaned_data["role"]))
    messages.success(request, gettext("Saved. It holds from their next click on."))
    return redirect("person", pk)


@require_POST
@admins_only
def take_role(request: HttpRequest, user: User, pk: int, membership: int) -> HttpResponse:
    whom = _whom(user, pk)
    held = get_object_or_404(roles_seen_by(user), user=whom, pk=membership)
    accounts.set_role(user, whom, held.source, None)
    messages.success(request, gettext("The role is taken. It holds from their next click on."))
    seen = people_seen_by(user).filter(pk=pk).exists()
    return redirect("person", pk) if seen else redirect("people")


@require_POST
@admins_only
def set_active(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    whom, active = _whom(user, pk), request.POST.get("active") == "on"
    accounts.set_active(user, whom, active=active)
    done = gettext("They may sign in again.") if active else gettext("They are signed out, and cannot sign in.")
    messages.success(request, done)
    return redirect("person", pk)


@require_POST
@admins_only
def end_sessions(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """End the session that the form names, or all."""
    which = request.POST.get("session", "")
    ended = accounts.end_sessions(user, _whom(user, pk), int(which) if which.isdecimal() and len(which) < 19 else None)
    messages.success(
        request, ngettext("%(count)s session ended.", "%(count)s sessions ended.", ended) % {"count": ended}
    )
    return redirect("person", pk)


@require_POST
@admins_only
def forget_second_factor(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    accounts.forget_second_factor(user, _whom(user, pk))
    messages.success(
        request, gettext("Their second factor is gone: the password alone signs in until they set up a new one.")
    )
    return redirect("person", pk)


@never_cache
@require_POST
@admins_only
def password_link(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The link is in this one answer, and in a mail where the account has an address."""
    whom = _whom(user, pk)
    if not (may_manage(user, whom) and whom.is_active):
        raise PermissionDenied(NOT_ALLOWED)
    link, token = links.password_link(user, whom)
    address = address_of(request, token)
    is_sent = mail.is_set() and bool(whom.email) and mail.send(*_password(whom, address), whom.email)
    shown = person_page(user, whom, new_link=address, new_link_for=link, is_sent=is_sent)
    return render(request, "people/person.html", shown)


def address_of(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("one-time-link", args=[token]))


def _list(request: HttpRequest, user: User, **shown: Any) -> HttpResponse:
    after, asked = request.GET.get("cursor", "")[:150], request.GET.get("q", "").strip()[:150]
    return render(request, "people/people.html", people_page(user, after=after, asked=asked, **shown))


def _whom(user: User, pk: int) -> User:
    return get_object_or_404(people_seen_by(user), pk=pk)


def _invitation(by: User, address: str) -> tuple[str, str]:
    """Subject and body, in the language of whoever invites: of the other's nothing is known yet."""
    words = gettext(
        "%(name)s invites you to moderate with moddog.\n\n%(address)s\n\n"
        "The link works once, within seven days. If you expected none, ignore this mail."
    )
    return gettext("You are invited to moddog"), words % {"name": by.get_username(), "address": address}


def _password(person: User, address: str) -> tuple[str, str]:
    """Subject and body, in their language."""
    with override(language_for(person)):
        words = gettext("Choose a new password for moddog here:\n\n%(address)s\n\nThe link works once, within a day.")
        return gettext("A new password for moddog"), words % {"address": address}
