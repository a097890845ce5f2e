"""A NUL in an address is no server error, on no page and at no door."""

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

QUERIES = ("source", "cursor", "reason", "order", "state", "mine", "category", "days", "model", "next", "q", "p", "\0")


def routes(resolver=None, prefix=""):
    """Every address of the project, `x` and `1` standing for its parts."""
    for each in (resolver or get_resolver()).url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each, route)
        elif isinstance(each, URLPattern):
            yield route


def addresses():
    for route in routes():
        plain = re.sub(r"<int:\w+>", "1", re.sub(r"\(\?P<\w+>[^)]*\)", "x", route)).replace("^", "").replace("$", "")
        yield "/" + re.sub(r"<[^>]+>", "x", plain).replace("\\Z", "").replace("\\", "")


@pytest.mark.parametrize("person", [None, "root"])
def test_no_address_with_a_nul_breaks_the_server(request, client, person):
    if person:
        client.force_login(request.getfixturevalue(person))
    client.raise_request_exception = False
    broken = []
    for address in sorted(set(addresses())):
        tried = {f"{address}?source=%00x", address.replace("/x", "/%00x", 1), address.replace("x/", "x%00/", 1)}
        broken += [path for path in tried if "%00" in path and client.get(path).status_code in (500, 502)]
    assert broken == []


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("path", ["/", "/queue/", "/calibration/", "/calibration/live/", "/policy/", "/models/"])
def test_a_nul_in_a_query_is_not_found(client, root, path, name):
    client.force_login(root)
    assert client.get(path, {name: "a\0b"}).status_code == 404


def test_a_source_with_a_nul_in_its_name_is_not_found(client, root):
    client.force_login(root)
    assert client.get("/policy/?source=%00").status_code == 404


@pytest.mark.parametrize("path", ["/accounts/oidc/%00/login/", "/sources/%00/", "/%00", "/cases/1%00/"])
def test_a_nul_in_a_path_is_404_for_anybody(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/messages/%00", "/api/v1/%00"])
def test_the_api_says_so_in_its_own_shape(client, path):
    answer = client.get(path)
    assert answer.status_code in (401, 404)
    assert set(answer.json()) == {"error"}
