"""Similar cases: what vectors add to judging, how soon and how completely like ones are found, in what memory.

Cases lie in clusters, as raids do: some thousand centres, and noise around each. What the index gives is compared with
what looking at every vector gives.
"""

import json
from pathlib import Path
from time import process_time

import numpy as np

from benchmarks import stack
from benchmarks.report import Figure, figure, seconds

DEMO = Path(__file__).parent.parent / "review" / "demo" / "community.jsonl"
CASES = {"tiny": 600, "small": 30_000, "full": 1_000_000}
TAIL = {"tiny": 300, "small": 10_000, "full": 10_000}
ASKED = {"tiny": 20, "small": 200, "full": 1_000}
ROUNDS = {"tiny": 1, "small": 5, "full": 11}
TEXTS = {"tiny": 32, "small": 512, "full": 512}
EACH = 10_000  # vectors made at a time
NEAREST = 10
_CASES = """
INSERT INTO review_case (source_id, reason, state, blind, text_digest, priority)
SELECT %s, 'borderline', 'open', false, decode(md5(n::text), 'hex'), 0 FROM generate_series(1, %s) AS n RETURNING id
"""
_NEAREST = """
SELECT case_id FROM review_casevector
 WHERE is_indexed AND source_id = %(source)s AND model_id = %(model)s
 ORDER BY vector <=> (SELECT vector FROM review_casevector WHERE case_id = %(case)s) LIMIT %(most)s
"""


def run(size: str) -> list[Figure]:
    stack.start()
    from review.models import Case
    from review.similar import finding, vectors

    ids, source, model = _filled(size)
    indexing = seconds(lambda: _indexed(vectors, TAIL[size]))
    asked = [ids[place] for place in np.random.default_rng(3).choice(len(ids), ASKED[size])]
    cases = Case.objects.in_bulk(asked)
    took = [seconds(lambda one=one: finding.like(cases[one])) * 1000 for one in asked]
    note = f"{len(ids):,} cases wait, {TAIL[size]:,} of them in no index"
    recalled = [_recall(case, source, model) for case in asked]
    return [
        figure("similar", "search, p95", size, "ms", took, at_most=40, centre=_p95, note=note),
        figure("similar", f"recall at {NEAREST}", size, "share", recalled, at_least=0.95, centre=np.mean, note="mean"),
        figure("similar", "indexing", size, "cases/s", [(len(ids) - TAIL[size]) / indexing], note=note),
        figure("similar", "index", size, "MB", [_megabytes()], note=f"of {len(ids) - TAIL[size]:,} cases"),
        _added_to_scoring(size),
    ]


def _filled(size: str) -> tuple[list[int], int, int]:
    """Waiting cases with vectors in clusters: their ids, source and model."""
    from django.db import connection

    from review.models import ModelVersion, Source
    from review.models.vectors import DIMENSIONS
    from review.similar.vectors import as_text

    source = Source.objects.create(slug="similar", name="Similar")
    model = ModelVersion.objects.create(name="similar", location="-", weights_hash="a" * 64, fingerprint="a" * 64)
    numbers = np.random.default_rng(7)
    centres = numbers.normal(size=(max(20, CASES[size] // 100), DIMENSIONS))
    with connection.cursor() as cursor:
        cursor.execute(_CASES, [source.pk, CASES[size]])
        ids = [pk for (pk,) in cursor.fetchall()]
        for start in range(0, len(ids), EACH):
            part = ids[start : start + EACH]
            around = centres[numbers.integers(len(centres), size=len(part))]
            made = around + numbers.normal(scale=0.3, size=around.shape)
            made = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype("<f2")
            with cursor.copy("COPY review_casevector (case_id, source_id, model_id, vector) FROM STDIN") as copy:
                for pk, vector in zip(part, made, strict=True):
                    copy.write_row((pk, source.pk, model.pk, as_text(vector.tobytes())))
        cursor.execute("ANALYZE review_casevector")
        cursor.execute("ANALYZE review_case")
    return ids, source.pk, model.pk


def _indexed(vectors: object, tail: int) -> None:
    while vectors.index(tail):  # type: ignore[attr-defined]
        pass


def _recall(case: int, source: int, model: int) -> float:
    """The share of the nearest that the index finds, too."""
    from django.db import connection, transaction

    from review.similar.finding import SETTINGS

    values = {"case": case, "source": source, "model": model, "most": NEAREST}
    found = []
    for exact in (False, True):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_indexscan = off" if exact else SETTINGS)
            cursor.execute(_NEAREST, values)
            found.append({pk for (pk,) in cursor.fetchall()})
    by_index, true = found
    return len(by_index & true) / len(true)


def _megabytes() -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('vector_nearest') / 1e6")
        return float(cursor.fetchone()[0])


def _p95(samples: list[float]) -> float:
    return float(np.quantile(samples, 0.95))


def _added_to_scoring(size: str) -> Figure:
    """How much longer this process works on texts with vectors than without, turn by turn in one run."""
    from inference.scoring.scorer import load_scorer

    scorer = load_scorer(device="cpu")
    texts = [json.loads(line)["text"] for line in DEMO.read_text().splitlines()[: TEXTS[size]]]
    own = scorer._vectors

    class Without:
        def of(self, flags: object, ids: list[object]) -> list[bytes]:
            return [b""] * len(ids)

    def worked(vectors: object) -> float:
        scorer._vectors = vectors
        start = process_time()
        scorer.score(texts)
        return process_time() - start

    worked(own)
    added = [(worked(own) / worked(Without()) - 1) * 100 for _ in range(ROUNDS[size])]
    return figure("similar", "added to scoring", size, "%", added, at_most=3, note=f"{TEXTS[size]} texts, process time")
