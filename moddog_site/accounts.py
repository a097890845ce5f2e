"""Who may open an account: nobody by themselves, people of the single sign-on provider where there is one."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made with `manage.py createmoderator` or by an admin."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """The provider says who exists; a role is still given by an admin."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:
        return True
