"""What of a source's messages the model could not read stands on its page, and its admins choose about languages."""

import pytest
from django.test import Client

from review.models import AuditEntry, Membership, ModelVersion, Role, Source
from tests.forms import save
from tests.rows import make_judge, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db
PAGE = "/sources/arcade/"
ACTION = PAGE + "languages/"


@pytest.fixture
def source() -> Source:
    return make_source()


@pytest.fixture
def admin(source, django_user_model) -> Client:
    user = django_user_model.objects.create_user("ada")
    Membership.objects.create(user=user, source=source, role=Role.ADMIN)
    client = Client()
    client.force_login(user)
    return client


def test_the_page_says_how_much_could_not_be_read(source, admin):
    for why in ("rung", "rung", "language", "disguised"):
        make_verdict(make_message(source), why=why)
    page = admin.get(PAGE)
    assert page.context["sent_to_people"]["language_share"] == 0.25
    assert page.context["sent_to_people"]["disguised"] == 1
    assert "4 judged" in page.content.decode()


def test_a_source_without_verdicts_says_so(source, admin):
    assert "Nothing was judged yet." in admin.get(PAGE).content.decode()


def test_it_names_the_languages_of_the_model_that_judges(source, admin):
    model, _ = make_judge()
    assert "trained on English. Texts" in admin.get(PAGE).content.decode()
    ModelVersion.objects.filter(pk=model.pk).update(format="llama-guard-3")
    assert (
        "trained on English, French, German, Hindi, Italian, Portuguese, Spanish, Thai."
        in admin.get(PAGE).content.decode()
    )


def test_an_admin_has_other_languages_judged_and_takes_it_back(source, admin):
    for data, judges in (({"judges_other_languages": "on"}, True), ({}, False)):
        assert save(admin, PAGE, ACTION, data).status_code == 302
        source.refresh_from_db()
        assert source.judges_other_languages is judges
        assert AuditEntry.objects.latest("pk").details == {"judges_other_languages": judges}


def test_nobody_but_an_admin_of_the_source_may(source, django_user_model):
    user = django_user_model.objects.create_user("mo")
    Membership.objects.create(user=user, source=source, role=Role.MODERATOR)
    client = Client()
    client.force_login(user)
    assert client.post(ACTION, {"judges_other_languages": "on"}).status_code in (403, 404)
    source.refresh_from_db()
    assert not source.judges_other_languages
