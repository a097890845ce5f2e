"""GET /queue/: the further filters, and views that are kept under a name."""

from datetime import timedelta

import pytest
from django.utils import timezone

from review.desk.queue import Filters, page_of
from review.desk.queue_forms import QueueForm
from review.enforcement.reports import Said, take
from review.models import AuditEntry, Case, SavedView, Verdict
from tests.rows import make_case, make_message, make_rule, make_source

pytestmark = pytest.mark.django_db


def waiting(user, **filters):
    return {row.message.text for row in page_of(user, Filters(**filters)).rows}


@pytest.fixture
def mixed(judged):
    """A likely case, an unlikely one, and a likely one that is blind."""
    judged("likely", probability=0.9)
    judged("unlikely", probability=0.2, opened_at=timezone.now() - timedelta(hours=5))
    judged("blind", probability=0.9, blind=True)


@pytest.mark.parametrize(
    ("filters", "texts"),
    [
        ({"least": 0.5}, {"likely"}),
        ({"most": 0.5}, {"unlikely"}),
        ({"least": 0.1, "most": 0.95}, {"likely", "unlikely"}),
        ({"category": "toxicity"}, {"likely", "unlikely"}),
        ({"category": "violence"}, set()),
        ({"waited": 4}, {"unlikely"}),
    ],
)
def test_what_would_tell_of_the_model_leaves_blind_cases_out(alice, mixed, filters, texts):
    assert waiting(alice, **filters) == texts


def test_the_case_follows_its_verdict(judged):
    case = judged("likely", probability=0.9)
    case.refresh_from_db()
    assert (case.category, case.probability) == ("toxicity", 0.9)
    Case.objects.filter(pk=case.pk).update(verdict=None)
    case.refresh_from_db()
    assert (case.category, case.probability) == ("", None)
    blind = judged("blind", blind=True)
    blind.refresh_from_db()
    assert (blind.category, blind.probability) == ("", None)
    assert Verdict.objects.count() == 2


def test_by_author_and_channel_also_of_a_copy(alice):
    source = make_source()
    case = make_case(source, make_message(source, "raid", author="wren"), channel="ranked")
    case.members.create(message=make_message(source, "raid", author="finch"))
    make_case(source, make_message(source, "other"))
    assert (
        waiting(alice, author="finch") == waiting(alice, author="wren") == waiting(alice, channel="ranked") == {"raid"}
    )
    assert waiting(alice, author="nobody") == set()


def test_by_reports_and_the_rule_that_they_name(alice, judged):
    version = make_rule(make_source())
    case = judged("reported twice")
    judged("never reported")
    message = case.messages.get()
    take(message, Said("wren", rule=version.rule))
    take(message, Said("finch"))
    assert waiting(alice, reports=2) == waiting(alice, rule=version.rule_id) == {"reported twice"}
    assert waiting(alice, order="reports") == {"reported twice"}
    assert waiting(alice, reports=3) == set()


def test_decided_cases_go_by_what_people_ruled(alice, held, post, sign_in):
    sign_in(alice)
    post("decide", held, category="violence")
    assert len(waiting(alice, state="decided", category="violence")) == 1
    assert waiting(alice, state="decided", category="toxicity") == set()


def test_the_form_takes_per_cent_and_leaves_nonsense_out(alice):
    asked = {"least": "25", "most": "x", "reports": "-1", "rule": "7", "waited": "4", "language": "Klingon"}
    assert QueueForm(asked, user=alice).filters == Filters(least=0.25, waited=4)
    for language in ("de", " german"):
        assert QueueForm({"language": language}, user=alice).filters == Filters(language="de")


def test_a_view_is_kept_for_oneself_or_shared_with_a_source(alice, bob, sign_in, make_person):
    client = sign_in(alice)
    client.post("/queue/views/", {"name": "<b>mine", "query": "reason=blind&evil=1"})
    client.post("/queue/views/", {"name": "ours", "query": "category=spam", "share": make_source().slug})
    assert "&lt;b&gt;mine" in client.get("/queue/").content.decode()
    assert SavedView.objects.get(name="<b>mine").query == "reason=blind"
    page = sign_in(bob).get("/queue/").content.decode()
    assert "<bdi>ours</bdi>" in page and "&lt;b&gt;mine" not in page
    eve = make_person("eve", "moderator", make_source("forum"))
    assert "<bdi>ours</bdi>" not in sign_in(eve).get("/queue/").content.decode()
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["saved view", "saved view"]


def test_the_same_name_again_changes_the_view(alice, sign_in):
    client = sign_in(alice)
    for query in ("reason=blind", "order=oldest"):
        client.post("/queue/views/", {"name": "first thing", "query": query})
    assert SavedView.objects.get().query == "order=oldest"
    assert client.post("/queue/views/", {"name": ""}).status_code == 302
    assert SavedView.objects.count() == 1


def test_a_view_is_dropped_by_its_maker_or_a_senior(alice, bob, dana, sign_in):
    view = SavedView.objects.create(by=alice, source=make_source(), name="ours")
    own = SavedView.objects.create(by=alice, name="own")
    assert sign_in(bob).post(f"/queue/views/{view.pk}/drop/").status_code == 403
    assert sign_in(bob).post(f"/queue/views/{own.pk}/drop/").status_code == 404
    assert sign_in(dana).post(f"/queue/views/{view.pk}/drop/").status_code == 302
    assert sign_in(alice).post(f"/queue/views/{own.pk}/drop/").status_code == 302
    assert not SavedView.objects.exists()
