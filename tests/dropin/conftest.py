"""A source with its keys, callers of its doors, and a model that judges whatever somebody waits for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from review.intake import client_errors, waiting
from review.intake.dropin import scratch
from review.judging.drain import drain
from review.models import ApiToken, ClientSettings, Pending, ScratchText, Source
from review.registry.scoring_setup import ScoringSetup
from tests.intake.conftest import server
from tests.judging.conftest import KeywordScorer
from tests.rows import make_calibrator, make_judge, make_source

__all__ = ["server"]

ANALYZE = "/v1alpha1/comments:analyze"
AWFUL = 0.9525741  # the probability of the keyword scorer's margin of +3 on the map of make_calibrator


@pytest.fixture
def source(db: None) -> Source:
    return make_source()


@pytest.fixture
def key(source: Source) -> str:
    """May do everything for `source`."""
    return ApiToken.issue(source, "tests", ["ingest", "read", "score"])


@pytest.fixture(autouse=True)
def _no_errors_yet() -> None:
    client_errors._last.clear()


@pytest.fixture
def settings_of(source: Source) -> Callable[..., ClientSettings]:
    """`settings_of(store=True)`: the source's settings, changed."""

    def change(**fields: Any) -> ClientSettings:
        settings, _ = ClientSettings.objects.update_or_create(source=source, defaults=fields)
        source.refresh_from_db()
        return settings

    return change


@pytest.fixture
def scorer() -> KeywordScorer:
    return KeywordScorer(broken=lambda text: "poison" in text)


@pytest.fixture
def judging(monkeypatch: pytest.MonkeyPatch, source: Source, scorer: KeywordScorer) -> KeywordScorer:
    """Whoever waits has everything judged meanwhile, in the caller's own thread."""
    make_calibrator()

    def judged() -> None:
        list(drain(scorer, ScoringSetup(*make_judge())))

    def until_judged(messages: list[int], seconds: float) -> bool:
        judged()
        return not Pending.objects.filter(message__in=messages).exists()

    def wait_for(request: Any, seconds: float) -> bool:
        judged()
        return not ScratchText.objects.filter(request=request, verdict__isnull=True).exists()

    monkeypatch.setattr(waiting.waiting, "until_judged", until_judged)
    monkeypatch.setattr(scratch, "wait_for", wait_for)
    return scorer


@pytest.fixture
def post(key: str) -> Callable[..., Any]:
    """`post(path, body, **headers)`: the response; a body that is no bytes is sent as JSON, the key as a bearer's."""
    client = Client(raise_request_exception=False)

    def send(path: str, body: Any, **headers: str) -> Any:
        headers.setdefault("Authorization", f"Bearer {key}")
        if isinstance(body, bytes):
            return client.generic("POST", path, body, content_type="", headers=headers)
        return client.post(path, body, content_type="application/json", headers=headers)

    return send


@pytest.fixture
def analyze(post: Callable[..., Any]) -> Callable[..., Any]:
    """`analyze("text", TOXICITY={}, languages=["en"])`: the response."""

    def ask(text: Any, *names: str, headers: dict[str, str] | None = None, **fields: Any) -> Any:
        attributes = {name: {} for name in names or ("TOXICITY",)}
        body = {"comment": {"text": text}, "requestedAttributes": attributes, **fields}
        return post(ANALYZE, body, **(headers or {}))

    return ask


def error_of(response: Any, status: int) -> dict[str, Any]:
    """What is in an error, which has to be JSON."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    found: dict[str, Any] = response.json()["error"]
    return found


def type_of(response: Any) -> str:
    """Perspective's own type of a 400."""
    error = error_of(response, 400)
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    [detail] = error["details"]
    assert detail["@type"] == "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
    return str(detail["errorType"])
