"""The first hour: each step ticks itself once what it asks for is there."""

import json
import re

import pytest
from django.test import Client

from review.models import ApiToken, AuditEntry, Message, Policy, Source
from review.people import links
from review.registry.policy_versions import new_version, policy_of, replaced_by
from tests.rows import make_source

pytestmark = pytest.mark.django_db
PAGE = "/start/"


def ticked(client):
    html = client.get(PAGE).content.decode()
    return [found.strip() for found in re.findall(r"✓\s*</span>\s*([^<]+?)\s*<", html)]


def test_an_admin_is_led_from_the_link_to_a_first_message():
    client = Client()
    answer = client.post(
        f"/people/link/{links.setup_link()}/", {"username": "ada", "password": "violet anvil 77 parade"}
    )
    assert answer.headers["Location"] == PAGE
    assert ticked(client) == ["Make yourself an account"]
    client.post("/start/community/", {"name": "The Arcade", "slug": "arcade"})
    source = Source.objects.get()
    assert Policy.objects.get(source=source).version == 1
    html = client.post("/start/token/").content.decode()
    key = re.search(r'id="new-key">(md_[^<]+)<', html)[1]
    assert f"Bearer {key}" in html.replace("&#x27;", "'")
    assert "No message has come yet" in client.get("/start/arrived/").content.decode()
    body = json.dumps({"id": "hello-1", "text": "good game everyone", "author": "kestrel"})
    headers = {"Authorization": f"Bearer {key}"}
    sent = Client().post("/api/v1/messages", body, content_type="application/json", headers=headers)
    assert sent.status_code == 202 and Message.objects.get().source == source
    assert "hello-1" in client.get("/start/arrived/").content.decode()
    client.post("/people/invite/", {"name": "Hal", "role": "moderator", "source": "arcade"})
    assert len(ticked(client)) == 5
    assert [each.verb for each in AuditEntry.objects.order_by("pk")] == [
        "made setup link",
        "gave role",
        "created source",
        "created token",
        "invited",
    ]


def test_thresholds_tick_with_the_first_policy_of_ones_own(sign_in, root):
    source = make_source()
    client = sign_in(root)
    before = ticked(client)
    new_version(source, root, replaced_by(policy_of(source).ladders, 0.1))
    assert set(ticked(client)) - set(before) == {"Choose the thresholds"}


@pytest.mark.parametrize("slug", ["arcade", "not a slug", ""])
def test_a_name_that_is_taken_or_none_comes_back(sign_in, root, slug):
    make_source()
    answer = sign_in(root).post("/start/community/", {"name": "Another", "slug": slug})
    assert answer.status_code == 200 and 'role="alert"' in answer.content.decode()
    assert Source.objects.count() == 1


def test_without_a_community_there_is_no_token(sign_in, root):
    assert sign_in(root).post("/start/token/").status_code == 302
    assert not ApiToken.objects.exists()


def test_it_is_for_instance_admins(sign_in, dana):
    client = sign_in(dana)
    assert [client.get(PAGE).status_code, client.post("/start/token/").status_code] == [403, 403]
