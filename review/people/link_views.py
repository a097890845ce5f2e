"""The page behind a one-time link. Whoever has the link may use it, so it tells nothing but what it offers."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from review.access import is_signed_in, to_sign_in
from review.models import OneTimeLink
from review.people import links
from review.people.forms import TAKEN, AccountForm, PasswordForm
from review.sentences import in_sentence

Purpose = OneTimeLink.Purpose


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def one_time_link(request: HttpRequest, token: str) -> HttpResponse:
    """A form for an account or a password; 410 for a link that opens nothing any more, or never did."""
    try:
        link = links.find(token)
        if link.purpose == Purpose.PASSWORD:
            return _password(request, link, token)
        return _account(request, link, token)
    except links.NoSuchLink:
        return _gone(request)


@require_POST
@never_cache
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Take an invitation for the account that is signed in."""
    if not is_signed_in(request.user):
        return to_sign_in(request)
    try:
        link = links.join(token, request.user)
    except links.NoSuchLink:
        return _gone(request)
    role, source = in_sentence(link.get_role_display()), link.source or gettext("all sources")
    messages.success(request, gettext("You are %(role)s of %(source)s now.") % {"role": role, "source": source})
    return redirect("/")


def _account(request: HttpRequest, link: OneTimeLink, token: str) -> HttpResponse:
    form = AccountForm(request.POST or None)
    if request.method != "POST" or is_signed_in(request.user) or not form.is_valid():
        return _page(request, link, token, form)
    try:
        person = links.make_account(token, form.cleaned_data["username"], form.cleaned_data["password"])
    except IntegrityError:  # in the same moment somebody took the name
        form.add_error("username", TAKEN)
        return _page(request, link, token, form)
    then = "/start/" if link.purpose == Purpose.SETUP else "/"
    answer: HttpResponse = perform_login(request, person, email_verification="none", redirect_url=then)
    return answer


def _password(request: HttpRequest, link: OneTimeLink, token: str) -> HttpResponse:
    form = PasswordForm(request.POST or None, person=link.user)
    if request.method != "POST" or not form.is_valid():
        return _page(request, link, token, form)
    links.set_password(token, form.cleaned_data["password"])
    messages.success(request, gettext("Your password is changed. Sign in with it."))
    return redirect(reverse("account_login"))


def _page(request: HttpRequest, link: OneTimeLink, token: str, form: PasswordForm) -> HttpResponse:
    return _private(render(request, "people/link.html", {"link": link, "form": form, "token": token}))


def _gone(request: HttpRequest) -> HttpResponse:
    return _private(render(request, "people/link_gone.html", status=410))


def _private(answer: HttpResponse) -> HttpResponse:
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
