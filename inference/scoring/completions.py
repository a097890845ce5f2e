"""A client of `/v1/completions`: one connection pool, patience, and log-probabilities by token.

Speaks to vLLM and to whatever answers like it. Prompts go as token ids, so that the server sees exactly what a local
model would, and its prefix cache finds the rubric.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2

log = logging.getLogger(__name__)

AT_ONCE = 8  # requests in flight
PROMPTS = 16  # in one request
TRIES = 5
FIRST_PAUSE = 0.25  # seconds, doubled each time
LONGEST_PAUSE = 10.0
TIMEOUT = httpx2.Timeout(120.0, connect=5.0)
TOP = 5
"""How many log-probabilities to ask for: what OpenAI's own API allows at most."""
BY_ID = {"return_tokens_as_token_ids": True}
"""Extensions of vLLM that name tokens by id, and name the very ones that are asked for. Left out where refused."""
AGAIN = (408, 425, 429, 500, 502, 503, 504)


class ServerFailed(Exception):
    """The server did not give a usable answer; the message says what it said."""


@dataclass(frozen=True)
class Completion:
    """What was written, and the log-probabilities at its first token: by "token_id:N" or by the token's text."""

    text: str
    log_probs: Mapping[str, float]


class Completions:
    """One server and one of its models. Safe for several threads."""

    def __init__(self, base_url: str, api_key: str = "", *, model: str = "", timeout: Any = TIMEOUT) -> None:
        """Find the model at the server: `model`, or the only one there. Raises ServerFailed."""
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        self._client = httpx2.Client(base_url=base_url, headers=headers, timeout=timeout, limits=limits)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="completions")
        self._extended = True
        try:
            found = self._find(model)
        except ServerFailed:
            self.close()
            raise
        self.model, self.context = str(found["id"]), found.get("max_model_len")
        self.root = str(found.get("root") or self.model)

    def close(self) -> None:
        """End its connections and threads."""
        self._pool.shutdown()
        self._client.close()

    def write(self, prompts: Sequence[Sequence[int]], *, tokens: int, named: Sequence[int] = ()) -> list[Completion]:
        """Greedy completions of up to so many tokens, in order; with log-probabilities, of `named` if it can."""
        chunks = [prompts[start : start + PROMPTS] for start in range(0, len(prompts), PROMPTS)]
        answers = self._pool.map(lambda chunk: self._write(chunk, tokens, named), chunks)
        return [one for answer in answers for one in answer]

    def _find(self, model: str) -> Any:
        served = {each["id"]: each for each in self._ask("GET", "/models")["data"]}
        if model not in served and len(served) != 1:
            listed = ", ".join(sorted(served)) or "nothing"
            raise ServerFailed(f"{self._client.base_url} serves {listed}, and not {model!r}")
        return served.get(model) or next(iter(served.values()))

    def _write(self, prompts: Sequence[Sequence[int]], tokens: int, named: Sequence[int]) -> list[Completion]:
        body: dict[str, Any] = {
            "model": self.model,
            "prompt": [list(prompt) for prompt in prompts],
            "max_tokens": tokens,
            "temperature": 0,
        }
        if named:
            body["logprobs"] = TOP
        try:
            extras = {**BY_ID, "logprob_token_ids": list(named)} if named and self._extended else {}
            answer = self._ask("POST", "/completions", {**body, **extras})
        except Refused as error:
            if not extras:
                raise
            log.info("the server takes no extensions (%s): going on without them", error)
            self._extended = False
            answer = self._ask("POST", "/completions", body)
        choices = sorted(answer["choices"], key=lambda choice: choice["index"])
        if len(choices) != len(prompts):
            raise ServerFailed(f"the server answered {len(choices)} of {len(prompts)} prompts")
        return [Completion(choice["text"], _first(choice.get("logprobs"))) for choice in choices]

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        """The parsed answer; tried again while the server is away or busy."""
        for tries in range(1, TRIES + 1):
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1))
            try:
                response = self._client.request(method, path, json=body)
            except httpx2.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
            else:
                if response.is_success:
                    return response.json()
                problem = f"{response.status_code}: {response.text[:300]}"
                if response.status_code not in AGAIN:
                    raise Refused(problem)
                pause = min(LONGEST_PAUSE, _seconds(response.headers.get("Retry-After"), pause))
            if tries < TRIES:
                log.warning("the model server failed, attempt %d of %d: %s", tries, TRIES, problem)
                time.sleep(pause)
        raise ServerFailed(f"{self._client.base_url} does not answer: {problem}")


class Refused(ServerFailed):
    """The server understood, and will not: asking again does not help."""


def _first(log_probs: Any) -> dict[str, float]:
    if not log_probs or not log_probs.get("top_logprobs"):
        return {}
    return dict(log_probs["top_logprobs"][0] or {})


def _seconds(retry_after: str | None, otherwise: float) -> float:
    return float(retry_after) if retry_after and retry_after.isdigit() else otherwise
