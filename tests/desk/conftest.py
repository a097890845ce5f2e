"""Cases as the pages meet them."""

from collections.abc import Callable

import pytest

from review.desk import claims
from review.models import Case, Explanation, Reason
from tests.rows import make_case, make_message, make_source, make_verdict


@pytest.fixture
def judged(db: None) -> Callable[..., Case]:
    """`judged(probability=0.58)`: an open case with a verdict, a reason and an emitted confidence."""

    def make(text: str = "uninstall, do us all a favour", probability: float = 0.58, **fields: object) -> Case:
        source = fields.pop("source", None) or make_source()
        message = make_message(source, text, channel="ranked")
        verdict = make_verdict(message, probability)
        Explanation.objects.create(
            score=verdict.score, raw='{"flag": true}', reason="Mocks a team-mate.", emitted_confidence=0.95
        )
        margin = None if fields.get("blind") else verdict.score.margin
        return make_case(source, message, verdict=verdict, margin=margin, **fields)

    return make


@pytest.fixture
def blind(judged: Callable[..., Case]) -> Case:
    """An open cohort case whose message was acted on by itself."""
    return judged(blind=True, reason=Reason.AUDIT)


@pytest.fixture
def held(judged: Callable[..., Case], alice: object) -> Case:
    """A case that alice holds."""
    judged()
    return claims.take_next(alice)


@pytest.fixture
def post(client: object) -> Callable[..., object]:
    """`post("skip", case)` or `post("decide", case, by=alice, category="spam")`, with the case's own token."""

    def send(verb: str, case: Case, *, htmx: bool = False, by: object = None, **fields: object) -> object:
        if by:
            client.force_login(by)
        headers = {"HX-Request": "true"} if htmx else {}
        fields = {"token": case.claim_token, **fields}
        return client.post(f"/cases/{case.pk}/{verb}/", fields, headers=headers)

    return send
