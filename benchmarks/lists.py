"""The lists that people look things up in: the queue under each of its filters, and the search of messages.

In the server, through the real middleware, as htmx and a browser ask for them. The figure is the p95 of the slowest
filter; the note names it. Each filter is tried where it finds much and where it finds next to nothing.
"""

import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import numpy as np

from benchmarks import stack
from benchmarks.report import Figure, figure, seconds

WAITING = {"tiny": (1_500, 150), "small": (100_000, 10_000), "full": (1_000_000, 100_000)}
"""Messages, and open cases among them."""
SEARCHED = {"tiny": 2_000, "small": 200_000, "full": 5_000_000}
SAMPLES = {"tiny": 3, "small": 40, "full": 100}
WARM_UP = 3
COMMON, RARE = "w0", "w19000"

# What a filter looks for is common, rare or nowhere; every tenth case is of a named queue.
_VARIETY = """
UPDATE review_case c SET
       category = CASE WHEN c.blind THEN '' WHEN id % 997 = 0 THEN 'violence' ELSE 'toxicity' END,
       reason = CASE WHEN NOT c.blind AND id % 991 = 0 THEN 'report' ELSE c.reason END,
       reports = CASE WHEN NOT c.blind AND id % 991 = 0 THEN 1 + id % 5 ELSE 0 END,
       channel = CASE WHEN id % 983 = 0 THEN 'rare' ELSE 'channel-' || id % 31 END,
       language = CASE WHEN id % 10 = 0 THEN 'es' WHEN id % 977 = 0 THEN 'de' ELSE 'en' END
"""
_MESSAGES = """
INSERT INTO review_message (source_id, external_id, author, channel, thread, text, text_digest, draw, sent_at,
                            received_at, context, metadata)
SELECT %(first)s + i %% %(sources)s, 's' || i, 'author-' || floor(power(random(), 3) * (20 + %(n)s / 40)),
       'channel-' || i %% 31, '',
       (SELECT string_agg('w' || floor(power(random(), 3) * 20000)::int, ' ') FROM generate_series(1, 11 + i * 0)),
       decode(md5('s' || i), 'hex'), random(), now() - (%(n)s - i) * interval '5 seconds',
       now() - (%(n)s - i) * interval '5 seconds', '[]', '{}'
  FROM generate_series(1::bigint, %(n)s) AS i
"""
_OUTCOMES = """
INSERT INTO review_outcome (message_id, seq, action, why, created_at, effective_at)
SELECT id, 1, CASE WHEN id %% 50 = 0 THEN 'hide' ELSE 'allow' END, 'rung', received_at, received_at
  FROM review_message WHERE external_id LIKE 's%%'
"""
_WORDS = """
INSERT INTO review_searchentry (message_id, source_id, words) SELECT id, source_id, to_tsvector('simple', text)
  FROM review_message ON CONFLICT DO NOTHING
"""


def run(size: str) -> list[Figure]:
    stack.start()
    return [_queue(size), _search(size)]


def _queue(size: str) -> Figure:
    from benchmarks.community import fill
    from review.models import Queue, Source

    messages, open_cases = WAITING[size]
    _say(f"filling {messages:,} messages, {open_cases:,} open cases ...")
    person = fill(messages, open_cases)
    source = Source.objects.order_by("pk")[0]
    queue = Queue.objects.create(source=source, name="Spanish", languages=["es"])
    _execute(_VARIETY)
    _execute("VACUUM ANALYZE review_case")
    asked = {
        "": {},
        "source": {"source": source.slug},
        "common reason": {"reason": "borderline"},
        "rare reason": {"reason": "report"},
        "no such reason": {"reason": "failure"},
        "blind": {"reason": "blind"},
        "common category": {"category": "toxicity"},
        "rare category": {"category": "violence"},
        "no such category": {"category": "self_harm"},
        "reports": {"reports": 5},
        "many reports": {"reports": 900},
        "order by reports": {"order": "reports"},
        "likely": {"least": 60},
        "surely": {"least": 99.9},
        "likely from and to": {"least": 60.0, "most": 60.1},
        "likeliest first": {"order": "likeliest"},
        "likeliest first, of a rare category": {"order": "likeliest", "category": "violence"},
        "oldest first": {"order": "oldest"},
        "waited": {"waited": 72},
        "channel": {"channel": "channel-3"},
        "rare channel": {"channel": "rare"},
        "no such channel": {"channel": "none"},
        "author of many": {"author": "author-0"},
        "author of few": {"author": "author-500"},
        "language": {"language": "es"},
        "rare language": {"language": "de"},
        "no such language": {"language": "fr"},
        "queue": {"queue": queue.pk},
        "mine": {"mine": "on"},
        "decided": {"state": "decided"},
    }
    note = f"{open_cases:,} open cases"
    return _slowest("queue with any filter, p95", size, "/queue/", asked, person, at_most=60, note=note)


def _search(size: str) -> Figure:
    from benchmarks.community import fill
    from review.models import Source

    _say(f"filling {SEARCHED[size]:,} messages ...")
    person = fill(*WAITING["tiny"])
    values = {"first": Source.objects.order_by("pk")[0].pk, "sources": Source.objects.count(), "n": SEARCHED[size]}
    for statement in (_MESSAGES, _OUTCOMES):
        _execute(statement, values)
    _execute(_WORDS)
    _execute("VACUUM ANALYZE")
    _execute("CHECKPOINT")
    asked = {
        "common word": {"words": COMMON},
        "rare word": {"words": RARE},
        "no such word": {"words": "nowhere"},
        "two common words": {"words": f"{COMMON} w1"},
        "common words of a rare author": {"words": COMMON, "author": "author-500"},
        "common word, rare outcome": {"words": COMMON, "outcome": "hide"},
        "author of many": {"author": "author-0"},
        "author of few": {"author": "author-500"},
        "channel": {"channel": "channel-3"},
        "no such channel": {"channel": "none"},
        "outcome": {"outcome": "hide"},
        "no such outcome": {"outcome": "remove"},
        "id": {"external_id": "s500"},
        "until": {"until": "2026-01-01"},
    }
    note = f"{SEARCHED[size]:,} messages"
    return _slowest("search, p95", size, "/messages/", asked, person, at_most=150, note=note)


def _slowest(
    name: str, size: str, path: str, asked: dict[str, dict[str, Any]], person: Any, *, at_most: float, note: str
) -> Figure:
    """The samples of the filter whose p95 is the greatest, in ms. What each one took goes to stderr."""
    get = _browser(person)
    took: dict[str, list[float]] = {each: [] for each in asked}
    for round_number in range(SAMPLES[size] + WARM_UP):
        for each, query in asked.items():
            spent = seconds(lambda query=query: get(f"{path}?{urlencode(query)}")) * 1000
            if round_number >= WARM_UP:
                took[each].append(spent)
    by_p95 = sorted(took, key=lambda each: _p95(took[each]), reverse=True)
    for each in by_p95:
        _say(f"{_p95(took[each]):7.1f} ms  {each or 'no filter'}")
    slowest = by_p95[0]
    return figure(
        "lists",
        name,
        size,
        "ms",
        took[slowest],
        at_most=at_most,
        centre=_p95,
        note=f"{note}; the slowest of {len(asked)} is {slowest or 'no filter'}",
    )


def _browser(person: Any) -> Callable[[str], None]:
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(person)

    def get(address: str) -> None:
        assert client.get(address, headers={"HX-Request": "true"}).status_code == 200

    return get


def _execute(statement: str, values: dict[str, Any] | None = None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _say(words: str) -> None:
    print(f"  {words}", file=sys.stderr, flush=True)


def _p95(samples: Any) -> float:
    return float(np.quantile(samples, 0.95))
