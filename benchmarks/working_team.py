"""A team that has decided what a busy community brought, with second opinions, gold items and an audit log."""

from typing import Any

from benchmarks.community import fill

DAYS = 90
SOURCES = 4
LEFT_OPEN = 50  # one case of so many still waits
COMPARED = 41  # of so many cases one is a second opinion and one a gold item; no multiple of SOURCES
ITEMS = 40  # gold items of a source

# Cases that lie SOURCES apart are of one source; the person of the one is never that of the other.
DECISIONS = """
INSERT INTO review_decision (case_id, by_id, category, action, note, note_to_author, created_at, effective_at)
SELECT id, (%(people)s::bigint[])[1 + id %% cardinality(%(people)s::bigint[])],
       (ARRAY['benign', 'benign', 'toxicity', 'harassment', 'violence'])[1 + floor(5 * random())::int], 'allow', '', '',
       opened_at + interval '10 minutes', opened_at + interval '10 minutes'
  FROM review_case WHERE id <= %(decided)s
"""
DECIDED = """
UPDATE review_case SET state = 'decided', decided_at = opened_at + interval '10 minutes',
       claimed_at = opened_at + interval '9 minutes', claimed_by_id = NULL WHERE id <= %(decided)s
"""
SECOND_OPINIONS = """
INSERT INTO review_secondopinion (first_id, case_id, settled_at, created_at)
SELECT d.id, d.case_id + %(sources)s, now(), d.created_at
  FROM review_decision d WHERE d.case_id %% %(compared)s = 0 AND d.case_id + %(sources)s <= %(last)s
"""
SECOND = """
UPDATE review_case SET reason = 'second_opinion', blind = true, not_for = (%(people)s::bigint[])[1:1]
 WHERE id %% %(compared)s = %(sources)s
"""
GOLD_SHOWINGS = """
INSERT INTO review_goldshowing (item_id, case_id)
SELECT i.id, c.id FROM review_case c JOIN (
       SELECT id, source_id, row_number() OVER (PARTITION BY source_id ORDER BY id) - 1 AS number FROM review_golditem
       ) i ON i.source_id = c.source_id AND i.number = c.id / %(compared)s %% %(items)s
 WHERE c.id %% %(compared)s = 2 * %(sources)s
"""
GOLD = """
UPDATE review_case SET reason = 'gold', blind = true, not_for = (%(people)s::bigint[])[2:2]
 WHERE id %% %(compared)s = 2 * %(sources)s
"""
AUDIT = """
INSERT INTO review_auditentry (source_id, actor_id, verb, target, target_id, details, created_at)
SELECT (%(source_ids)s::bigint[])[1 + n %% %(sources)s],
       (%(people)s::bigint[])[1 + n %% cardinality(%(people)s::bigint[])],
       (ARRAY['gave role', 'saved policy', 'created token', 'undid decision', 'ended sessions'])[1 + n %% 5], 'user',
       (%(people)s::bigint[])[1 + n %% 7], '{"changes": {"role": ["moderator", "senior"]}}',
       now() - (%(rows)s - n) * interval '90 days' / %(rows)s
  FROM generate_series(1, %(rows)s) n
"""
LOAD = """
INSERT INTO review_loadhour (source_id, hour, opened, decided, backlog, wait_median, wait_p90, work_median, counted_at)
SELECT s.id, date_trunc('hour', now()) - n * interval '1 hour', 100, 100, 400, 600, 1800, 12, now()
  FROM review_source s, generate_series(0, 24 * %(days)s) n
"""
MINUTES = """
INSERT INTO review_operationssample (at, judged, pending, oldest_seconds, open_cases, workers, newest_score)
SELECT date_trunc('minute', now()) - n * interval '1 minute', 40, 10, 2, 400, 2, 0
  FROM generate_series(1, 30 * 24 * 60) n
"""
PAGES = """
INSERT INTO review_pagehour (hour, page, requests, slow, total_ms, slowest_ms)
SELECT date_trunc('hour', now()) - h * interval '1 hour', 'GET /page-' || p, 1000, p %% 9, 9000, 400
  FROM generate_series(0, 24 * 7) h, generate_series(1, 120) p
"""


def fill_team(rows: int, people: int) -> Any:
    """Empty the tables and fill them: `rows` cases, nearly all decided by so many `people`, and as many audit entries.

    An instance admin, who sees all of it.
    """
    from django.db import connection
    from django.db.models import Max

    from review.models import Case, Category, Membership, QualityRates, Role, Source, User
    from review.quality.gold import write_item

    admin = fill(rows, rows, sources=SOURCES, gap=DAYS * 86_400 / rows)
    Membership.objects.update(role=Role.ADMIN)
    User.objects.update(is_superuser=True)
    admin.refresh_from_db()
    team = User.objects.bulk_create(User(username=f"person-{number}") for number in range(people))
    Membership.objects.bulk_create(Membership(user=each, source=None, role=Role.MODERATOR) for each in team)
    categories = list(Category)
    for source in Source.objects.all():
        QualityRates.objects.create(source=source, second_opinions=0.05, gold=0.05)
        for number in range(ITEMS):
            category = categories[number % len(categories)]
            write_item(source, f"known {number}", category, admin, author="wren", channel="")
    last = Case.objects.aggregate(last=Max("pk"))["last"]
    values = {
        "people": [each.pk for each in team],
        "sources": SOURCES,
        "source_ids": list(Source.objects.order_by("pk").values_list("pk", flat=True)),
        "compared": COMPARED,
        "items": ITEMS,
        "last": last,
        "decided": last - rows // LEFT_OPEN,
        "rows": rows,
        "days": DAYS,
    }
    with connection.cursor() as cursor:
        for statement in (DECISIONS, DECIDED, SECOND_OPINIONS, SECOND, GOLD_SHOWINGS, GOLD, LOAD, MINUTES, PAGES):
            cursor.execute(statement, values)
        # No page reads the seals, which beat writes; a million of them by trigger would take longer than all the rest.
        cursor.execute("ALTER TABLE review_auditentry DISABLE TRIGGER USER")
        cursor.execute(AUDIT, values)
        cursor.execute("ALTER TABLE review_auditentry ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    return admin
