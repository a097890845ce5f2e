"""A text that must not be stored is nowhere afterwards: no table, no log, no broker. Nor is a key."""

import httpx
import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.db import connection

from review.intake.dropin.database_log import may_hold_values
from review.models import AnsweredCount, ApiToken, ClientError, ClientSettings, Message
from tests.dropin.conftest import ANALYZE
from tests.rows import make_source

MARK = "zxqvjkwpyf"
TEXT = f"you are awful {MARK}. And you know it! {MARK} 😀"
BROKEN = "{comment: {text: '" + MARK

CALLS = [
    (ANALYZE, {"comment": {"text": TEXT}, "requestedAttributes": {"TOXICITY": {}}, "doNotStore": True}),
    (ANALYZE, {"comment": {"text": TEXT}, "requestedAttributes": {"TOXICITY": {}}, "spanAnnotations": True}),
    (ANALYZE, {"comment": {"text": TEXT}, "requestedAttributes": {MARK: {}}}),
    (ANALYZE, {"comment": {"text": "hi"}, "requestedAttributes": {"TOXICITY": {}}, "languages": [MARK]}),
    (ANALYZE, {"comment": {"text": f"{MARK}\0"}, "requestedAttributes": {"TOXICITY": {}}}),
    (ANALYZE, {"comment": {"text": MARK * 3_000}, "requestedAttributes": {"TOXICITY": {}}}),
    (
        "/v1alpha1/comments:suggestscore",
        {"comment": {"text": TEXT}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}}},
    ),
    ("/v1/moderations", {"input": [TEXT, MARK]}),
    ("/v1/moderations", {"input": [{"type": MARK, "text": TEXT}]}),
]


def rows_with(word):
    """Every table that holds the word in any of its columns."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE %s", [f"%{word}%"])  # noqa: S608
            if cursor.fetchone()[0]:
                found.append(model._meta.db_table)
    return found


def logs_with(word):
    return [
        path.name
        for path in settings.HOME.logs.rglob("*")
        if path.is_file() and word in path.read_text(errors="replace")
    ]


def keys_with(word):
    """What Redis holds of it, in keys or values."""
    found = []
    with redis.Redis.from_url(settings.REDIS.redis_py) as client:
        for key in client.scan_iter():
            held = client.dump(key) or b""
            if word.encode() in key or word.encode() in held:
                found.append(key)
    return found


@pytest.mark.usefixtures("worker")
def test_neither_text_nor_key_is_anywhere(server, transactional_db):
    source = make_source()
    ClientSettings.objects.create(source=source, store=True)  # doNotStore is stronger than that
    key = ApiToken.issue(source, "tests", ["ingest", "read"])
    keys = [key]
    for number, (path, body) in enumerate(CALLS):
        # A source a call: of one, an error that is like the one a moment ago is counted and not written down.
        kept, breaks = (
            ApiToken.issue(make_source(f"{name}-{number}"), "tests", ["ingest"]) for name in ("quiet", "odd")
        )
        keys += [kept, breaks]
        owner = key if body.get("doNotStore") else kept
        answer = httpx.post(f"{server}{path}?key={owner}", json=body, timeout=30)
        while answer.status_code == 503:  # a busy machine: what was not judged in time is to leave no trace either
            answer = httpx.post(f"{server}{path}?key={owner}", json=body, timeout=30)
        assert answer.status_code < 500, answer.text
        broken = httpx.post(f"{server}{path}", content=BROKEN, headers={"Authorization": f"Bearer {breaks}"})
        assert broken.status_code == 400
    assert httpx.post(f"{server}/v1alpha1/nothing?key={key}").status_code == 404
    assert AnsweredCount.objects.exists()
    assert set(ClientError.objects.values_list("message", flat=True)) >= {
        "Unknown requested attribute",
        "Attribute TOXICITY does not support request languages",
        "Only parts of type 'text' can be judged here, and not this",
    }
    assert not Message.objects.exists()
    assert rows_with(MARK) == []
    assert logs_with(MARK) == keys_with(MARK) == []
    for secret in (*keys, "md_" + key[3:20]):
        assert rows_with(secret) == []
        assert logs_with(secret) == keys_with(secret) == []


def test_the_search_would_find_it(transactional_db):
    message = Message.objects.create(
        source=make_source(), external_id="a", text=MARK, text_digest=b"d", draw=0.5, sent_at="2026-01-01T00:00:00Z"
    )
    assert rows_with(MARK) == [message._meta.db_table]


@pytest.mark.parametrize(
    ("setting", "value"),
    [("log_min_duration_statement", "250ms"), ("log_statement", "mod"), ("auto_explain.log_min_duration", "250")],
)
def test_a_database_that_logs_values_is_told_of(db, setting, value):
    assert not may_hold_values()
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL log_parameter_max_length = -1; SET LOCAL {setting} = '{value}'")
        assert may_hold_values()
        cursor.execute("SET LOCAL log_parameter_max_length = 0; SET LOCAL auto_explain.log_min_duration = -1")
        assert not may_hold_values()


def test_the_scratch_table_is_in_no_log_of_the_database(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'review_scratchtext'")
        assert cursor.fetchone()[0] == "u"
