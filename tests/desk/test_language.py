"""The language of a message, named at the desk, and the community's translator."""

import pytest

from review.models import AuditEntry, Source
from tests.rows import make_source

pytestmark = pytest.mark.django_db

ADDRESS = "https://translate.example.org/?to=en&text={text}"


def at_the_desk(client, case):
    return client.get(f"/cases/{case.pk}/preview/", headers={"HX-Request": "true"}).content.decode()


def test_the_language_is_named_where_it_is_not_english(alice, sign_in, judged):
    client = sign_in(alice)
    assert "<span>German</span>" in at_the_desk(client, judged(language="de"))
    for language in ("en", "und", ""):
        assert "<span>English" not in at_the_desk(client, judged(f"text {language}", language=language))


def test_a_translator_is_a_link_that_tells_nobody_where_it_stood(alice, sign_in, judged):
    client = sign_in(alice)
    text = 'a&b <"ü">'
    case = judged(text)
    assert "translator" not in at_the_desk(client, case)
    Source.objects.update(translator=ADDRESS)
    page = at_the_desk(client, case)
    assert "https://translate.example.org/?to=en&amp;text=a%26b%20%3C%22%C3%BC%22%3E" in page
    assert 'rel="noopener noreferrer"' in page


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        (ADDRESS, True),
        ("https://t.example/en/{text}", True),
        ("https://t.example/#{text}", True),
        ("", True),
        ("http://t.example/?q={text}", False),
        ("javascript:alert('{text}')", False),
        ("https://{text}.example/", False),
        ("https://me:secret@t.example/?q={text}", False),
        ("https://t.example/?q=", False),
        ("https://[t.example/?q={text}", False),
    ],
)
def test_an_admin_gives_an_address_with_a_place_for_the_text(dana, sign_in, address, fits):
    source = make_source()
    client = sign_in(dana)
    form = client.get(f"/sources/{source.slug}/").context["translator_form"]
    fields = {"translator": address, "version": form.initial["version"]}
    answer = client.post(f"/sources/{source.slug}/translator/", fields)
    source.refresh_from_db()
    assert (answer.status_code == 302) is fits
    assert source.translator == (address if fits else "")
    assert AuditEntry.objects.filter(verb="changed translator").exists() is fits
