"""The environment variables that moddog reads, typed. Everything that is wrong with one is said in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
PROJECT = Path(__file__).resolve().parent.parent
DTYPES = ("float32", "float16", "bfloat16", "int8", "int4")
BACKENDS = ("local", "openai")

NAMES = frozenset(
    f"MODDOG_{name}"
    for name in (
        *("HOME", "SECRET_KEY", "ALLOWED_HOSTS", "BASE_URL", "TRUSTED_PROXIES"),
        *("MODEL", "ADAPTER", "DEVICE", "DTYPE", "BACKEND", "OPENAI_BASE_URL", "OPENAI_API_KEY"),
        *("UNDO_SECONDS", "DEMO_PASSWORD", "METRICS_FROM"),
        *("OIDC_NAME", "OIDC_SERVER_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"),
        *("OIDC_GROUPS_CLAIM", "OIDC_ROLES"),
    )
)


GROUP_ROLES, INSTANCE_ADMIN = ("moderator", "senior", "admin"), "instance-admin"
ROLES = ", ".join((*GROUP_ROLES, INSTANCE_ADMIN))


class BadVariable(ValueError):
    """A variable is unknown, malformed or missing; the message is one line that names it."""


@dataclass(frozen=True)
class GroupRole:
    """What a group of the provider may do here, in the source of that slug; in all sources where it is empty."""

    group: str
    role: str
    source: str = ""


@dataclass(frozen=True)
class OidcProvider:
    """The OpenID Connect provider that people may sign in with."""

    name: str
    server_url: str
    client_id: str
    client_secret: str
    groups_claim: str = "groups"
    roles: tuple[GroupRole, ...] = ()


@dataclass(frozen=True)
class Variables:
    """What the environment says. Empty strings mean that a variable is not set."""

    home: Path
    database_url: str
    redis_url: str
    secret_key: str
    base_url: str
    allowed_hosts: tuple[str, ...]
    trusted_proxies: int
    model: str
    adapter: str
    device: str
    dtype: str
    backend: str
    openai_base_url: str
    openai_api_key: str
    undo_seconds: int
    email_url: str
    oidc: OidcProvider | None
    demo_password: str
    metrics_from: tuple[Network, ...]

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")


def read_variables(environ: Mapping[str, str]) -> Variables:
    """The typed variables in `environ`. Raises `BadVariable`."""
    _refuse_unknown(environ)
    database_url = _url(environ, "DATABASE_URL", ("postgres", "postgresql"))
    base_url = _url(environ, "MODDOG_BASE_URL", ("http", "https")) or "http://localhost:8000"
    openai_base_url = _url(environ, "MODDOG_OPENAI_BASE_URL", ("http", "https")).rstrip("/")
    _refuse_contradictions(environ)
    secret_key = environ.get("MODDOG_SECRET_KEY", "")
    if database_url and not secret_key:
        raise BadVariable("MODDOG_SECRET_KEY: required when DATABASE_URL is set")
    if secret_key and len(secret_key) < 32:
        raise BadVariable("MODDOG_SECRET_KEY: must have at least 32 characters")
    return Variables(
        home=Path(environ.get("MODDOG_HOME") or PROJECT / ".moddog").expanduser().absolute(),
        database_url=database_url,
        redis_url=_url(environ, "REDIS_URL", ("redis", "rediss", "unix")),
        secret_key=secret_key,
        base_url=base_url.rstrip("/"),
        allowed_hosts=_words(environ, "MODDOG_ALLOWED_HOSTS"),
        trusted_proxies=_whole(environ, "MODDOG_TRUSTED_PROXIES", default=0, highest=10),
        model=environ.get("MODDOG_MODEL", ""),
        adapter=environ.get("MODDOG_ADAPTER", ""),
        device=environ.get("MODDOG_DEVICE", ""),
        dtype=_choice(environ, "MODDOG_DTYPE", DTYPES, default=""),
        backend=_choice(environ, "MODDOG_BACKEND", BACKENDS, default="local"),
        openai_base_url=openai_base_url,
        openai_api_key=environ.get("MODDOG_OPENAI_API_KEY", ""),
        undo_seconds=_whole(environ, "MODDOG_UNDO_SECONDS", default=20, highest=3600),
        email_url=environ.get("EMAIL_URL", ""),
        oidc=_oidc(environ),
        demo_password=environ.get("MODDOG_DEMO_PASSWORD", ""),
        metrics_from=_networks(environ, "MODDOG_METRICS_FROM"),
    )


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    unknown = sorted(name for name in environ if name.startswith("MODDOG_") and name not in NAMES)
    if unknown:
        raise BadVariable(f"{unknown[0]}: no such variable; moddog knows {', '.join(sorted(NAMES))}")


def _refuse_contradictions(environ: Mapping[str, str]) -> None:
    """What would be ignored stops the start: a model that judges without its adapter is another model."""
    if environ.get("MODDOG_BACKEND") == "openai":
        if not environ.get("MODDOG_OPENAI_BASE_URL"):
            raise BadVariable("MODDOG_OPENAI_BASE_URL: required with MODDOG_BACKEND=openai")
        for name in ("ADAPTER", "DEVICE", "DTYPE"):
            if environ.get(f"MODDOG_{name}"):
                raise BadVariable(f"MODDOG_{name}: has no meaning with MODDOG_BACKEND=openai: set it on that server")
        return
    for name in ("MODDOG_OPENAI_BASE_URL", "MODDOG_OPENAI_API_KEY"):
        if environ.get(name):
            raise BadVariable(f"{name}: needs MODDOG_BACKEND=openai")


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    value = environ.get(name, "")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise BadVariable(f"{name}: not a URL ({error})") from None
    if parts.scheme not in schemes:
        raise BadVariable(f"{name}: must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if not parts.netloc and not parts.path.strip("/"):
        raise BadVariable(f"{name}: names no host")
    return value


def _whole(environ: Mapping[str, str], name: str, *, default: int, highest: int) -> int:
    value = environ.get(name, "")
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or int(value) > highest:
        raise BadVariable(f"{name}: {value!r} is not a whole number from 0 to {highest}")
    return int(value)


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...], *, default: str) -> str:
    value = environ.get(name, "") or default
    if value and value not in choices:
        raise BadVariable(f"{name}: {value!r} is none of {', '.join(choices)}")
    return value


def _words(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in environ.get(name, "").split(",") if word.strip())


def _networks(environ: Mapping[str, str], name: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(word) for word in _words(environ, name))
    except ValueError as error:
        raise BadVariable(f"{name}: {error}") from None


def _oidc(environ: Mapping[str, str]) -> OidcProvider | None:
    server_url = _url(environ, "MODDOG_OIDC_SERVER_URL", ("http", "https"))
    client_id = environ.get("MODDOG_OIDC_CLIENT_ID", "")
    client_secret = environ.get("MODDOG_OIDC_CLIENT_SECRET", "")
    if not (server_url or client_id or client_secret):
        return None
    if not (server_url and client_id and client_secret):
        raise BadVariable("MODDOG_OIDC_SERVER_URL, _CLIENT_ID, _CLIENT_SECRET: set all three or none")
    return OidcProvider(
        environ.get("MODDOG_OIDC_NAME") or "Single sign-on",
        server_url,
        client_id,
        client_secret,
        environ.get("MODDOG_OIDC_GROUPS_CLAIM") or "groups",
        tuple(_group_role(word) for word in _words(environ, "MODDOG_OIDC_ROLES")),
    )


def _group_role(word: str) -> GroupRole:
    """`group=role@source`, or `group=role` for all sources. An admin of all is written out as INSTANCE_ADMIN."""
    group, _, given = word.rpartition("=")
    role, at, source = given.partition("@")
    if group.strip() and given == INSTANCE_ADMIN:
        return GroupRole(group.strip(), "admin")
    if given == "admin":
        raise BadVariable(f"MODDOG_OIDC_ROLES: {word!r} names no source; who may do everything is {INSTANCE_ADMIN!r}")
    if not group.strip() or role not in GROUP_ROLES or (at and not source):
        raise BadVariable(
            f"MODDOG_OIDC_ROLES: {word!r} is none of group=role@source, group=role, with a role of {ROLES}"
        )
    return GroupRole(group.strip(), role, source)
