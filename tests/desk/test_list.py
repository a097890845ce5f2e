"""GET /queue/: filters, orders, and pages by key."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from review.desk import claims
from review.desk.queue import Filters, page_of
from review.models import Case, Membership, User
from review.templatetags.moddog import many
from review.verdicts import priority
from tests.rows import make_case, make_source

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def walk(user, filters, size):
    """All ids, page after page."""
    seen, cursor = [], ""
    while True:
        page = page_of(user, filters, cursor, size)
        assert len(page.rows) <= size
        seen += [row.case.pk for row in page.rows]
        if not (cursor := page.next_cursor):
            return seen


@pytest.fixture
def cases():
    """Ties in every column, so that only the id tells the order there."""
    source = make_source()
    return [
        make_case(
            source,
            priority=float(number % 3),
            margin=float(number % 4),
            opened_at=NOW - timedelta(minutes=number % 5),
        )
        for number in range(23)
    ]


@pytest.mark.parametrize("size", [1, 4, 23, 50])
@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("priority", lambda case: (-case.priority, case.pk)),
        ("oldest", lambda case: (case.opened_at, case.pk)),
        ("likeliest", lambda case: (-case.margin, case.pk)),
    ],
)
def test_pages_never_skip_or_repeat(alice, cases, order, key, size):
    assert walk(alice, Filters(order=order), size) == [case.pk for case in sorted(cases, key=key)]


def test_decided_cases_come_latest_first(alice, cases):
    for number, case in enumerate(cases):
        Case.objects.filter(pk=case.pk).update(state="decided", decided_at=NOW - timedelta(minutes=number % 5))
    decided = Case.objects.order_by("-decided_at", "pk").values_list("pk", flat=True)
    assert walk(alice, Filters(state="decided"), 4) == list(decided)


def test_a_case_that_leaves_between_two_pages_disturbs_nothing(alice, cases):
    first = page_of(alice, Filters(), size=5)
    Case.objects.filter(pk=first.rows[0].case.pk).update(state="decided", decided_at=NOW)
    second = page_of(alice, Filters(), first.next_cursor, size=50)
    assert len({row.case.pk for row in [*first.rows, *second.rows]}) == 23


@pytest.mark.parametrize(
    "cursor", ["%%%", "bm90anNvbg==", "W10=", "WyJtYXJnaW4iLCAxLjAsIDFd", "WyJwcmlvcml0eSIsICJ4IiwgMV0="]
)
def test_a_cursor_that_makes_no_sense_starts_from_the_top(alice, cases, cursor):
    assert page_of(alice, Filters(), cursor).rows[0].case == page_of(alice, Filters()).rows[0].case


def test_it_filters_by_community_reason_and_holder(alice, sign_in, judged):
    judged("in the arcade")
    judged("in the forum", source=make_source("forum"))
    make_case(make_source("wiki"), reason="failure")
    claims.open_case(alice, Case.objects.get(source__slug="forum").pk)
    client = sign_in(alice)

    def shown(**query):
        page = client.get("/queue/", query).content.decode()
        return {slug for slug in ("arcade", "forum", "wiki") if f">{slug.title()}<" in page[page.find("<tbody>") :]}

    assert shown() == {"arcade", "forum", "wiki"}
    assert shown(source="forum") == {"forum"}
    assert shown(reason="failure") == {"wiki"}
    assert shown(mine="on") == {"forum"}
    assert "No case passes these filters" in client.get("/queue/", {"reason": "appeal"}).content.decode()


def test_filters_that_make_no_sense_are_left_out(alice, sign_in, judged):
    judged()
    response = sign_in(alice).get("/queue/", {"state": "x", "source": "nowhere", "order": "random"})
    assert "uninstall" in response.content.decode()


def test_mine_and_decided_are_the_cases_that_one_ruled_on(alice, bob, sign_in, held, post):
    sign_in(alice)
    post("decide", held, category="benign")
    rows = page_of(alice, Filters(state="decided", mine=True)).rows
    assert [row.decision.category for row in rows] == ["benign"]
    assert page_of(bob, Filters(state="decided", mine=True)).rows == []


def test_it_shows_only_what_one_may_see(sign_in, judged):
    judged()
    eve = User.objects.create_user("eve")
    Membership.objects.create(user=eve, source=make_source("forum"), role="moderator")
    page = sign_in(eve).get("/queue/").content.decode()
    assert "uninstall" not in page
    assert "Nothing is waiting" in page
    assert "Arcade" not in page


def test_it_asks_the_database_no_more_for_more_rows(alice, cases, django_assert_num_queries):
    page_of(alice, Filters())
    with CaptureQueriesContext(connection) as few:
        page_of(alice, Filters(), size=2)
    with django_assert_num_queries(len(few)):
        page_of(alice, Filters(), size=22)


def test_it_says_who_holds_a_case(alice, bob, sign_in, judged):
    judged()
    claims.take_next(bob)
    assert "with <bdi>bob</bdi>" in sign_in(alice).get("/queue/").content.decode()


def test_htmx_gets_the_list_alone(alice, sign_in, judged):
    judged()
    page = sign_in(alice).get("/queue/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page and "uninstall" in page


def test_it_rejects_post(alice, sign_in):
    assert sign_in(alice).post("/queue/").status_code == 405


def test_it_sends_anonymous_people_to_sign_in(client):
    assert client.get("/queue/").status_code == 302


def test_it_refuses_people_without_a_role(charlie, sign_in):
    assert sign_in(charlie).get("/queue/").status_code == 403


def test_it_says_why_a_case_stands_where_it_does(alice, sign_in):
    opened = timezone.now() - timedelta(hours=3)
    make_case(make_source(), priority=priority.priority(0.52, opened), opened_at=opened)
    page = sign_in(alice).get("/queue/").content.decode()
    assert "Urgency 0.82: 0.52 for how likely and how bad it is, as the policy weighs it, 0.30 for the wait" in page


@pytest.mark.parametrize(("counted", "said"), [(9, "9+"), (1_000, "10")])
def test_a_count_stops_where_it_would_slow_the_page(alice, counted, said):
    source = make_source()
    Membership.objects.create(user=alice, source=source)
    for _ in range(10):
        make_case(source)
    page = page_of(alice, Filters(), size=2, counted=counted)
    assert many(page.found, page.counted) == said
