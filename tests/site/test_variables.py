"""The environment: typed, and loud about what it does not understand."""

from pathlib import Path

import pytest

from moddog_site.variables import NAMES, PROJECT, BadVariable, read_variables

KEY = "k" * 32


def test_it_needs_nothing() -> None:
    found = read_variables({"PATH": "/bin"})
    assert found.home == PROJECT / ".moddog"
    assert (found.database_url, found.redis_url, found.undo_seconds) == ("", "", 20)
    assert found.oidc is None


def test_it_reads_what_is_set() -> None:
    found = read_variables(
        {
            "MODDOG_HOME": "/srv/moddog",
            "MODDOG_BASE_URL": "https://mod.example.org/",
            "MODDOG_ALLOWED_HOSTS": "a.example, b.example",
            "MODDOG_UNDO_SECONDS": "0",
            "MODDOG_TRUSTED_PROXIES": "2",
        }
    )
    assert found.home == Path("/srv/moddog")
    assert found.base_url == "https://mod.example.org"
    assert found.is_https
    assert found.allowed_hosts == ("a.example", "b.example")
    assert (found.undo_seconds, found.trusted_proxies) == (0, 2)


def test_an_empty_variable_is_an_unset_one() -> None:
    assert read_variables(dict.fromkeys([*NAMES, "DATABASE_URL", "REDIS_URL"], "")) == read_variables({})


def test_a_server_is_named_by_its_address_and_key() -> None:
    server = {"MODDOG_OPENAI_BASE_URL": "http://models:8000/v1/", "MODDOG_OPENAI_API_KEY": "key"}
    found = read_variables({"MODDOG_BACKEND": "openai", **server})
    assert (found.backend, found.openai_base_url, found.openai_api_key) == ("openai", "http://models:8000/v1", "key")
    with pytest.raises(BadVariable, match="MODDOG_DTYPE: has no meaning"):
        read_variables({"MODDOG_BACKEND": "openai", "MODDOG_DTYPE": "bfloat16", **server})


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("MODDOG_MODLE", "nano", "no such variable"),
        ("MODDOG_OIDC_SECRET", "x", "no such variable"),
        ("MODDOG_UNDO_SECONDS", "soon", "not a whole number"),
        ("MODDOG_UNDO_SECONDS", "-1", "not a whole number"),
        ("MODDOG_UNDO_SECONDS", "3601", "not a whole number"),
        ("MODDOG_BACKEND", "openai", "MODDOG_OPENAI_BASE_URL: required"),
        ("MODDOG_BACKEND", "vllm", "none of local, openai"),
        ("MODDOG_OPENAI_API_KEY", "key", "needs MODDOG_BACKEND=openai"),
        ("MODDOG_OPENAI_BASE_URL", "models.example.org", "must begin with http://"),
        ("MODDOG_DTYPE", "int2", "none of float32"),
        ("MODDOG_BASE_URL", "mod.example.org", "must begin with http://"),
        ("MODDOG_BASE_URL", "http://a:port", "not a URL"),
        ("MODDOG_SECRET_KEY", "short", "at least 32"),
        ("MODDOG_METRICS_FROM", "10.0.0.0/8,monitor", "'monitor' does not appear to be an IPv4 or IPv6 network"),
        ("MODDOG_METRICS_FROM", "10.0.0.1/8", "has host bits set"),
        ("DATABASE_URL", "mysql://a/b", "must begin with postgres://"),
        ("REDIS_URL", "localhost:6379", "must begin with redis://"),
        ("REDIS_URL", "redis://", "names no host"),
        ("MODDOG_OIDC_CLIENT_ID", "desk", "set all three or none"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_that_names_it(name: str, value: str, why: str) -> None:
    with pytest.raises(BadVariable) as caught:
        read_variables({"MODDOG_SECRET_KEY": KEY, name: value})
    said = str(caught.value)
    assert why in said
    assert name.removesuffix("_CLIENT_ID") in said
    assert "\n" not in said


def test_an_external_database_needs_a_key_of_its_own() -> None:
    with pytest.raises(BadVariable, match="MODDOG_SECRET_KEY: required"):
        read_variables({"DATABASE_URL": "postgresql://db/moddog"})
    assert read_variables({"DATABASE_URL": "postgresql://db/moddog", "MODDOG_SECRET_KEY": KEY}).secret_key == KEY


def test_a_secret_is_never_repeated_in_what_is_said() -> None:
    with pytest.raises(BadVariable) as caught:
        read_variables({"MODDOG_SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(caught.value)
