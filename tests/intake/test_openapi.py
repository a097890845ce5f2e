"""The API against its own OpenAPI document: no 5xx, and every answer as it is documented."""

from threading import Event, Thread

import pytest
import schemathesis
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from review.judging.drain import drain
from review.models import ApiToken
from review.registry.scoring_setup import ScoringSetup
from tests.judging.conftest import KeywordScorer
from tests.rows import make_calibrator, make_judge

pytestmark = pytest.mark.django_db(transaction=True)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATHS = {
    ("POST", "/api/v1/messages"),
    ("POST", "/api/v1/messages/upload"),
    ("GET", "/api/v1/messages/{external_id}"),
    ("GET", "/api/v1/outcomes"),
    ("GET", "/api/v1/verdicts"),
    ("POST", "/api/v1/reports"),
    ("POST", "/api/v1/appeals"),
    ("GET", "/api/v1/rules"),
    ("GET", "/api/v1/stats"),
    ("POST", "/api/v1/coral"),
    ("POST", "/batch"),
    ("POST", "/v1/moderations"),
    ("POST", "/v1alpha1/comments:analyze"),
    ("POST", "/v1alpha1/comments:suggestscore"),
    ("GET", "/$discovery/rest"),
}


@pytest.fixture
def judged_meanwhile(transactional_db, source):
    """Whatever the doors are asked is judged in a thread, as a worker would."""
    make_calibrator()
    setup = ScoringSetup(*make_judge())
    ended = Event()

    def judge() -> None:
        while not ended.wait(0.01):
            list(drain(KeywordScorer(), setup))
        connection.close()

    worker = Thread(target=judge)
    worker.start()
    yield
    ended.set()
    worker.join()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_documented(server, judged_meanwhile, source, mode):
    token = ApiToken.issue(source, "tests", ["ingest", "read", "score"])
    document = schemathesis.openapi.from_url(f"{server}/api/v1/openapi.json")
    operations = [found.ok() for found in document.get_all_operations()]
    assert {(each.method.upper(), each.path) for each in operations} == PATHS
    for operation in operations:
        if mode == GenerationMode.POSITIVE or operation.path not in (
            "/api/v1/stats",
            "/api/v1/rules",
        ):  # nothing to get wrong there
            try_out(operation, mode, {"Authorization": f"Bearer {token}"})


def try_out(operation, mode, headers):
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    def one(case):
        wait = (case.query or {}).get("wait")
        if isinstance(wait, int | float) and 0 < wait <= 30:
            case.query["wait"] = 0.01  # so that both answers come, with verdicts and without
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    one()
