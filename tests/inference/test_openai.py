"""The same scores from a server as from the model in this process, and honest where the server tells less."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import torch
from transformers import AutoModelForCausalLM

from inference.scoring import completions
from inference.scoring.completions import Completions, ServerFailed
from inference.scoring.fingerprint import as_asked_now
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.openai_scorer import OpenAiScorer, open_server
from inference.scoring.text_score import InContext
from inference.shipped_model import NANO
from tests.inference.completions_server import KEY, NAME, CompletionsServer, running

TEXTS = ["good morning everyone", "you are a worthless idiot, shut up", "who wants pizza 🍕", "send nudes now"]


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    return AutoModelForCausalLM.from_pretrained(NANO, dtype=torch.float32).eval()


@pytest.fixture
def server(model: torch.nn.Module, nano: LocalScorer) -> Iterator[CompletionsServer]:
    with running(CompletionsServer(model, nano.prompt.tokenizer)) as found:
        yield found


@pytest.fixture
def scorer(server: CompletionsServer) -> Iterator[OpenAiScorer]:
    with closing(open_server(None, base_url=server.address, api_key=KEY)) as found:
        yield found


def test_it_says_what_the_local_model_says(scorer: OpenAiScorer, nano: LocalScorer) -> None:
    texts = [*TEXTS, "you are an idiot. " * 120]
    assert scorer.room == nano.room
    for here, there in zip(nano.score(texts), scorer.score(texts), strict=True):
        assert there.margin == pytest.approx(here.margin, abs=1e-4)
        assert there.category_log_probs == pytest.approx(here.category_log_probs, abs=1e-4)
        assert (there.windows, there.worst_window, there.tokens) == (here.windows, here.worst_window, here.tokens)
        assert not there.bounded


def test_in_context_too_it_says_what_the_local_model_says(scorer: OpenAiScorer, nano: LocalScorer) -> None:
    asked = [InContext("yes, please", ("shall we go?", "you are an idiot")), "yes, please", InContext("yes, please")]
    ours, theirs = nano.score(asked), scorer.score(asked)
    assert [each.margin for each in theirs] == pytest.approx([each.margin for each in ours], abs=1e-4)


def test_it_explains_what_the_local_model_explains(scorer: OpenAiScorer, nano: LocalScorer) -> None:
    scores = nano.score(TEXTS[:2])
    assert scorer.explain(TEXTS[:2], scores) == nano.explain(TEXTS[:2], scores)


def test_others_are_served_while_a_server_writes(
    server: CompletionsServer, scorer: OpenAiScorer, nano: LocalScorer
) -> None:
    """The server writes no explanation until somebody else has been judged in the meantime, twice."""
    scores, seen = nano.score(TEXTS[:2]), []
    asked, may_answer = server.hold()

    def judge_who_waits() -> None:
        if asked.is_set() and len(seen) < 2:
            seen.append(scorer.score(["who wants pizza"])[0].margin)
        if len(seen) == 2:
            may_answer.set()

    assert scorer.explain(TEXTS[:2], scores, judge_who_waits) == nano.explain(TEXTS[:2], scores)
    assert len(seen) == 2


def test_what_goes_wrong_in_between_or_at_the_server_is_passed_on(
    server: CompletionsServer, scorer: OpenAiScorer, nano: LocalScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completions.time, "sleep", lambda seconds: None)
    scores = nano.score(TEXTS[:1])
    with pytest.raises(ZeroDivisionError):
        scorer.explain(TEXTS[:1], scores, lambda: 1 // 0)
    server.busy = 1_000
    with pytest.raises(ServerFailed, match="503"):
        scorer.explain(TEXTS[:1], scores, lambda: None)


def test_it_is_named_for_the_servers_model_and_its_hash_for_the_server(scorer: OpenAiScorer) -> None:
    assert NAME in scorer.name
    assert len(scorer.model_hash) == 64


def test_another_model_that_is_served_under_the_same_name_is_told_apart(
    server: CompletionsServer, scorer: OpenAiScorer
) -> None:
    before = as_asked_now(scorer.model_hash, scorer.served)
    server.root = "weights/other"
    with closing(open_server(None, base_url=server.address, api_key=KEY)) as after:
        assert after.model_hash == scorer.model_hash, "so that what an earlier version stored is found again"
        assert as_asked_now(after.model_hash, after.served).fingerprint != before.fingerprint


@pytest.mark.parametrize(("cap", "some_bounded"), [(1, True), (2, False)])
def test_a_server_without_extensions_tells_bounds_that_are_marked(
    server: CompletionsServer, scorer: OpenAiScorer, nano: LocalScorer, cap: int, *, some_bounded: bool
) -> None:
    server.extended, server.cap = False, cap
    texts = [f"{text} {number}" for number, text in enumerate(TEXTS * 4)]
    bounds = exact = 0
    for here, there in zip(nano.score(texts), _readable(scorer, texts), strict=True):
        if there is None:
            continue
        if there.bounded:
            bounds += 1
            assert abs(there.margin) <= abs(here.margin) + 1e-4
            assert there.margin * here.margin >= 0
        else:
            exact += 1
            assert there.margin == pytest.approx(here.margin, abs=1e-4)
    assert bounds if some_bounded else exact


def _readable(scorer: OpenAiScorer, texts: list[str]) -> Iterator[object]:
    for text in texts:
        try:
            yield scorer.score([text])[0]
        except ServerFailed as error:
            assert "neither answer" in str(error)
            yield None


def test_a_server_that_names_neither_answer_gives_no_score(server: CompletionsServer, scorer: OpenAiScorer) -> None:
    server.extended = False
    server.hidden = {scorer.prompt.answers.true, scorer.prompt.answers.false}
    with pytest.raises(ServerFailed, match="neither answer"):
        scorer.score(["hello"])


def test_a_busy_server_is_asked_again(
    server: CompletionsServer, scorer: OpenAiScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(completions.time, "sleep", pauses.append)
    server.busy = 2
    assert scorer.score(["hello"])
    assert pauses == [0, 0]


def test_a_server_that_stays_busy_fails_with_what_it_said(
    server: CompletionsServer, scorer: OpenAiScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completions.time, "sleep", lambda seconds: None)
    server.busy = 1_000
    with pytest.raises(ServerFailed, match="503"):
        scorer.score(["hello"])


def test_many_texts_share_requests_and_connections(server: CompletionsServer, scorer: OpenAiScorer) -> None:
    scorer.score([f"message {number}" for number in range(48)])
    assert server.requests["all"] == 2 * 48 / completions.PROMPTS
    assert len(server.connections) <= completions.AT_ONCE


def test_a_wrong_key_is_said_and_not_tried_again(server: CompletionsServer) -> None:
    with (
        closing(open_server(None, base_url=server.address, api_key="wrong")) as scorer,
        pytest.raises(ServerFailed, match="no such key"),
    ):
        scorer.score(["hello"])
    assert not server.requests


def test_a_server_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions.time, "sleep", lambda seconds: None)
    with pytest.raises(ServerFailed, match="does not answer"):
        Completions("http://127.0.0.1:9/v1")
