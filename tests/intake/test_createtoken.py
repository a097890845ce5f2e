"""`manage.py createtoken`: a key to the API, shown once."""

import pytest
from django.core.management import CommandError, call_command

from review.models import ApiToken, AuditEntry, Policy, Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def create(capsys):
    def run(**options):
        call_command("createtoken", **options)
        return capsys.readouterr().out.strip()

    return run


def test_it_makes_the_source_with_a_policy_and_a_token_that_works(create, client):
    token = create(source="book-club", scopes="ingest", name="bot")
    source = Source.objects.get(slug="book-club")
    assert source.name == "Book club"
    assert Policy.objects.get(source=source).version == 1
    stored = ApiToken.objects.get(source=source)
    assert (stored.name, stored.scopes) == ("bot", ["ingest"])
    headers = {"Authorization": f"Bearer {token}"}
    body = {"id": "1", "text": "hello"}
    assert client.post("/api/v1/messages", body, "application/json", headers=headers).status_code == 202
    assert client.get("/api/v1/stats", headers=headers).status_code == 403


def test_it_prints_the_token_and_nothing_else(create):
    token = create(source="book-club")
    assert token.startswith("md_")
    assert token.split() == [token]
    assert token not in repr(list(AuditEntry.objects.values()) + list(ApiToken.objects.values()))


def test_an_existing_source_is_used_as_it_is(create, source):
    create(source=source.slug)
    create(source=source.slug)
    assert Source.objects.count() == 1
    assert ApiToken.objects.filter(source=source, revoked_at=None).count() == 2


def test_it_is_on_record(create):
    create(source="book-club")
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == ["created source", "created token"]


@pytest.mark.parametrize("slug", ["no slug", "", "x" * 61])
def test_a_bad_slug_makes_nothing(create, slug):
    with pytest.raises(CommandError):
        create(source=slug)
    assert not Source.objects.exists()


@pytest.mark.parametrize("options", [{"scopes": "write"}, {"scopes": ""}, {"name": ""}, {"name": "n" * 81}])
def test_bad_input_makes_nothing(create, options):
    with pytest.raises(CommandError):
        create(source="book-club", **options)
    assert not Source.objects.exists()
    assert not ApiToken.objects.exists()
