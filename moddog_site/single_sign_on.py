"""What a provider of single sign-on, where one is named, means for the settings."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from csp.constants import SELF

from moddog_site.variables import OidcProvider


def providers(oidc: OidcProvider | None) -> dict[str, dict[str, Any]]:
    """allauth's SOCIALACCOUNT_PROVIDERS."""
    if oidc is None:
        return {}
    app = {
        "provider_id": "oidc",
        "name": oidc.name,
        "client_id": oidc.client_id,
        "secret": oidc.client_secret,
        "settings": {"server_url": oidc.server_url},
    }
    return {"openid_connect": {"APPS": [app]}}


def form_targets(oidc: OidcProvider | None) -> list[str]:
    """Where forms may lead, for the Content-Security-Policy.

    Signing in is a form that is answered by a redirect to the provider, and Chromium holds redirects to this as well.
    """
    return [SELF] if oidc is None else [SELF, "{0.scheme}://{0.netloc}".format(urlsplit(oidc.server_url))]
