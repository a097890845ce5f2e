"""docs/operate.md names what is there. Its backup, restore and token commands are run by the tests of those."""

import re

import pytest
from django.core.management import get_commands
from django.test import Client
from django.urls import resolve

from moddog_site.variables import NAMES, PROJECT
from review.models import ApiToken
from review.records.heartbeats import beat
from review.records.sweeps import FAILURES
from tests.rows import make_source

PAGE = (PROJECT / "docs" / "operate.md").read_text(encoding="utf-8")


def named(pattern: str) -> list[str]:
    return sorted(set(re.findall(pattern, PAGE)))


@pytest.mark.parametrize("command", named(r"manage\.py ([a-z]+)"))
def test_its_commands_are_there(command: str) -> None:
    assert command in get_commands()


@pytest.mark.parametrize("name", named(r"\bMODDOG_[A-Z_]+"))
def test_its_variables_are_there(name: str) -> None:
    assert name in NAMES


@pytest.mark.parametrize("path", named(r"`(/[a-z/]+)`"))
def test_its_addresses_are_there(path: str) -> None:
    assert resolve(path)


@pytest.mark.django_db
def test_its_metrics_are_those_that_are_served(client: Client) -> None:
    beat("inference", messages_scored=1)
    FAILURES.labels(sweep="tests")  # what was never counted is not served
    token = ApiToken.issue(make_source(), "test", ["metrics"])
    served = client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).content.decode()
    ours = set(re.findall(r"^(moddog_\w+)", served, re.MULTILINE))
    assert set(named(r"`(moddog_\w+)`")) == {name for name in ours if not name.endswith("_created")}
