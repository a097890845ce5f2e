"""Django's settings. What an operator may change comes from `moddog_site.variables`."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

import dj_email_url
from csp.constants import NONE, SELF

from moddog_site.addresses import RedisAddress, database_at_socket, django_database, redis_at_socket
from moddog_site.cache import cache_options
from moddog_site.embedded.home import Home, UnusableHome, secret_key
from moddog_site.single_sign_on import form_targets, providers
from moddog_site.variables import PROJECT, BadVariable, read_variables

try:
    VARIABLES = read_variables(os.environ)
    HOME = Home(VARIABLES.home)
    SECRET_KEY = VARIABLES.secret_key or secret_key(HOME)
except (BadVariable, UnusableHome) as error:
    raise SystemExit(f"moddog: {error}") from None

DEBUG = False
BASE_URL = VARIABLES.base_url
METRICS_FROM = VARIABLES.metrics_from
MODDOG_UNDO_SECONDS = VARIABLES.undo_seconds
DATABASE_URL = VARIABLES.database_url or database_at_socket(HOME.sockets)
REDIS = RedisAddress(VARIABLES.redis_url) if VARIABLES.redis_url else redis_at_socket(HOME.redis_socket)

ROOT_URLCONF = "moddog_site.urls"
WSGI_APPLICATION = "moddog_site.wsgi.application"
AUTH_USER_MODEL = "review.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # each by its own name
LOCALE_PATHS = [PROJECT / "locale"]

INSTALLED_APPS = [
    "moddog_site",
    "review",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "ninja",
]
MIDDLEWARE = [
    "moddog_site.malformed_requests.refuse_unreadable",  # outermost: nothing else has to cope with them
    "review.intake.errors.json_errors",  # what fails further in must not answer API callers in HTML
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "review.insight.page_times.time_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "review.people.language.speak_language",  # after authentication: a person may have chosen one
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "review.people.presence.note_presence",
    "review.people.second_factor.require_second_factor",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # some of its templates are ours

# Most of the web's threads wait, and hold none; four task threads run in another process. Postgres takes 100.
DATABASES = {"default": django_database(DATABASE_URL, pool_size=36)}
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "moddog_site.cache.FailOpenCache",
        "LOCATION": REDIS.redis_py,
        "KEY_PREFIX": "moddog",
        "OPTIONS": cache_options(),
    }
}

STATIC_URL = "static/"
STATIC_ROOT = HOME.static
STATICFILES_DIRS = [PROJECT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Addresses, cookies, proxies
ALLOWED_HOSTS = [*VARIABLES.allowed_hosts, urlsplit(BASE_URL).hostname or "", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(BASE_URL))]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = VARIABLES.is_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if VARIABLES.is_https else 0
X_FRAME_OPTIONS = "DENY"
ALLAUTH_TRUSTED_PROXY_COUNT = VARIABLES.trusted_proxies
if VARIABLES.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# The hash of nothing: Plotly makes an empty style element, and adds its rules to that by script.
EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, EMPTY_STYLE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": form_targets(VARIABLES.oidc),
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

CSRF_FAILURE_VIEW = "review.access.stale_form"

# Signing in: by username, by invitation only; a single sign-on provider may bring new people, who get no role by it
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "moddog_site.accounts.AccountAdapter"
# A key is a pair of address and account: nobody is shut out by what somebody guesses elsewhere. What one address may
# is far above what an office mistypes, and slows down whoever tries one password on many names.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "200/m/ip,5/5m/key"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if VARIABLES.is_https else "http"
# A passkey signs in by itself, and a security key after the password. Browsers take http from this machine alone.
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not VARIABLES.is_https
SOCIALACCOUNT_ADAPTER = "moddog_site.accounts.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = providers(VARIABLES.oidc)

# Mail: to the log unless EMAIL_URL says where
try:
    globals().update(dj_email_url.parse(VARIABLES.email_url or "console:"))
except Exception as error:
    raise SystemExit(f"moddog: EMAIL_URL: not a mail address URL ({error})") from None
EMAIL_TIMEOUT = 10  # seconds: a server that hangs must not hold whoever waits for the page

DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024  # bytes: what one array may weigh

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "moddog_site.log_lines.Line",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
    },
}
