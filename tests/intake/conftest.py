"""A source, its tokens, and a caller of the API."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import Client

from moddog_site.embedded.programs import python_module
from review.models import ApiToken, Source
from tests.rows import make_source
from tests.stack import free_port, process_of, wait_until


@pytest.fixture
def source(db: None) -> Source:
    return make_source()


@pytest.fixture
def token(source: Source) -> str:
    """May do everything for `source`."""
    return ApiToken.issue(source, "tests", ["ingest", "read"])


@pytest.fixture
def call(token: str) -> Callable[..., Any]:
    """`call("post", "/messages", body, token=...)`: the response of the API; `body` is sent as JSON unless bytes."""
    client = Client(raise_request_exception=False)

    def send(method: str, path: str, body: Any = None, *, token: str = token, **headers: str) -> Any:
        data = {} if body is None else {"data": body, "content_type": "application/json"}
        headers.setdefault("Authorization", f"Bearer {token}")
        return getattr(client, method)(f"/api/v1{path}", headers=headers, **data)

    return send


@pytest.fixture(scope="package")
def server(django_db_setup: None) -> Iterator[str]:
    """The address of a web server on the tests' database."""
    with web_server(threads=4) as address:
        yield address


@contextmanager
def web_server(threads: int, application: str = "moddog_site.wsgi:application") -> Iterator[str]:
    """The address of a web process on the tests' database, while the block lasts."""
    port = free_port()
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"]
    command = python_module("granian", *options, "--blocking-threads", str(threads), application)
    with process_of(command, settings.HOME, "granian"):
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(address), 60)
        yield address


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def assert_error(response: Any, status: int, code: str) -> dict[str, Any]:
    """The one shape of every error; returns what is in it."""
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    assert list(response.json()) == ["error"]
    error: dict[str, Any] = response.json()["error"]
    assert error["code"] == code
    assert error["message"]
    assert set(error) <= {"code", "message", "details"}
    return error
