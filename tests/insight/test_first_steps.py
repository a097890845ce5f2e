"""The first hour: each step ticks itself once what it asks for is there."""

import json
import re

import pytest
from django.test import Client
from django.utils import timezone

from review.models import ApiToken, AuditEntry, Message, Policy, Source
from review.people import links
from review.registry.policy_versions import new_version, policy_of, replaced_by
from tests.rows import make_case, make_pending, make_source

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


@pytest.mark.parametrize("page", ["policy", "triggers", "sources", "intake", "team", "transparency"])
def test_a_page_about_a_community_leads_to_the_first_one(sign_in, root, page):
    client = sign_in(root)
    html = client.get(f"/{page}/").content.decode()
    assert "No community is here yet" in html and f'href="{PAGE}"' in html
    make_source()
    assert client.get(f"/{page}/").status_code == 200


def test_no_link_to_a_page_is_broken_before_the_first_community(sign_in, root):
    client = sign_in(root)
    pages = set(re.findall(r'href="(/[a-z]*/?)"', client.get(PAGE).content.decode()))
    assert {"/", "/policy/", "/operations/", "/people/"} <= pages
    assert {page for page in pages if client.get(page).status_code not in (200, 403)} == set()


def test_an_empty_desk_leads_to_the_first_steps_until_something_was_decided(sign_in, root, alice):
    lead = "How a first one comes in"
    assert lead in sign_in(root).get("/").content.decode()
    assert lead not in sign_in(alice).get("/").content.decode()
    make_case(make_source(), state="decided", decided_at=timezone.now())
    assert lead not in sign_in(root).get("/").content.decode()


def test_the_first_message_says_how_far_it_is(sign_in, root):
    client = sign_in(root)
    message = make_pending(make_source())
    arrived = client.get("/start/arrived/").content.decode()
    assert "It waits to be judged." in arrived and "hx-trigger" in arrived and "Go on" in arrived
    message.pending.delete()
    arrived = client.get("/start/arrived/").content.decode()
    assert f'href="/messages/{message.pk}/"' in arrived and "hx-trigger" not in arrived
    page = client.get(PAGE).content.decode()
    assert f'href="/messages/{message.pk}/"' in page and "Go on" not in page
