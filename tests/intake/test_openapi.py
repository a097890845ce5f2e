"""The API against its own OpenAPI document: no 5xx, and every answer as it is documented."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

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
    ("GET", "/api/v1/stats"),
}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_documented(server, transactional_db, token, mode):
    document = schemathesis.openapi.from_url(f"{server}/api/v1/openapi.json")
    operations = [found.ok() for found in document.get_all_operations()]
    assert {(each.method.upper(), each.path) for each in operations} == PATHS
    for operation in operations:
        if mode == GenerationMode.POSITIVE or operation.path != "/api/v1/stats":  # nothing to get wrong there
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
            case.query["wait"] = 0.01  # nobody judges here
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    one()
