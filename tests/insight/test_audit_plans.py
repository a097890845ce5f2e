"""A page of the audit log is a walk along an index: what it reads does not grow with the log. Plans, not times."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from review.insight.audit_log import PAGE, newest, verbs_for
from review.models import AuditEntry
from tests.rows import make_source

pytestmark = pytest.mark.django_db
ENTRIES = 30_000
FIRST = datetime(2026, 1, 1, tzinfo=UTC)

_FILL = """
INSERT INTO review_auditentry (source_id, actor_id, verb, target, details, created_at)
SELECT (%(sources)s::bigint[])[1 + (n %% 50 = 0)::int], %(actor)s, CASE WHEN n %% 100 = 0 THEN 'changed policy'
       ELSE 'gave role' END, 'source', '{}', %(first)s + n * interval '1 minute'
  FROM generate_series(1, %(entries)s) n
"""


@pytest.fixture
def sources(alice):
    """Two sources: of fifty entries one is the second one's, and of a hundred one changed a policy."""
    sources = [make_source(), make_source("library")]
    values = {"sources": [each.pk for each in sources], "actor": alice.pk, "first": FIRST, "entries": ENTRIES}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE review_auditentry DISABLE TRIGGER USER")
        cursor.execute(_FILL, values)
        cursor.execute("ALTER TABLE review_auditentry ENABLE TRIGGER USER")
        cursor.execute("ANALYZE review_auditentry")
    return sources


def read(user, asked, after=None) -> tuple[list[AuditEntry], list[dict[str, Any]]]:
    """A page, and the plans of the queries that made it, with what they really read."""
    with CaptureQueriesContext(
        connection,
    ) as asked_for:
        found = newest(user, asked, PAGE, after)
    plans = []
    for query in asked_for.captured_queries:
        if "review_auditentry" in query["sql"]:
            with connection.cursor() as cursor:
                # Where an index gives the order, nothing else is needed; of some hundred rows a sort may cost the same.
                cursor.execute("SET LOCAL enable_sort = off")
                cursor.execute("SET LOCAL enable_bitmapscan = off")
                cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query['sql']}")
                plans.append(cursor.fetchone()[0][0]["Plan"])
    assert plans
    return found, plans


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", []):
        yield from nodes(each)


def walks_an_index(plan: dict[str, Any]) -> bool:
    """Whether nothing is sorted, and each row of the log that is read is in the page.

    How the few rows of other tables are joined is the planner's choice.
    """
    log = [node for node in nodes(plan) if node.get("Relation Name") == "review_auditentry"]
    return (
        bool(log)
        and not any("Sort" in node["Node Type"] for node in nodes(plan))
        and all("Index" in node["Node Type"] and not node.get("Rows Removed by Filter") for node in log)
        and sum(node["Actual Rows"] * node["Actual Loops"] for node in log) <= PAGE + 1
    )


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"verb": "changed policy"},
        {"last": date(2026, 1, 3)},
        {"first": date(2026, 1, 2), "last": date(2026, 1, 4), "verb": "gave role"},
        {"source": "library"},
        {"source": "library", "verb": "changed policy"},
        {"source": "library", "verb": "changed policy", "last": date(2026, 1, 5)},
    ],
    ids=str,
)
def test_it_reads_no_more_than_the_page(root, sources, asked):
    asked = asked | ({"source": sources[1]} if "source" in asked else {})
    _, plans = read(root, asked)
    for plan in plans:
        assert walks_an_index(plan), plan


def test_the_admin_of_small_sources_does_not_read_everybodys(make_person, sources):
    erin = make_person("erin", "admin", sources[1])
    found, plans = read(erin, {})
    assert len(found) == PAGE
    assert {each.source_id for each in found} == {sources[1].pk}
    for plan in plans:
        assert walks_an_index(plan), plan


@pytest.mark.parametrize("admin", ["of all", "of one source"])
def test_what_the_filter_offers_takes_a_look_each(root, make_person, sources, admin):
    user = root if admin == "of all" else make_person("erin", "admin", sources[0])
    with CaptureQueriesContext(connection) as asked:
        found = verbs_for(user)
    assert found == (["changed policy", "gave role"] if admin == "of all" else ["gave role"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {asked.captured_queries[-1]['sql']}")
        plan = cursor.fetchone()[0][0]["Plan"]
    log = [node for node in nodes(plan) if node.get("Relation Name") == "review_auditentry"]
    assert all("Index" in node["Node Type"] for node in log)
    assert round(sum(node["Actual Rows"] * node["Actual Loops"] for node in log)) <= len(found)


def test_pages_follow_one_another_also_where_many_entries_have_one_moment(make_person, sources):
    both = make_person("gus", "admin", sources[0])
    both.memberships.create(source=sources[1], role="admin")
    moment = FIRST.replace(year=2027)
    made = [
        AuditEntry.objects.create(source=sources[n % 2], verb="did", target="x", created_at=moment) for n in range(9)
    ]
    seen: list[int] = []
    after = None
    while page := newest(both, {"verb": "did"}, 4, after):
        seen += [each.pk for each in page]
        after = page[-1]
    assert seen == [each.pk for each in reversed(made)]
