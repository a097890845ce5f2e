"""A real HTTP server that completes prompts with a transformers model and answers in OpenAI's shape."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import torch

NAME = "moddog-nano"
PLAIN = {"model", "prompt", "max_tokens", "temperature", "logprobs"}
KEY = "secret"


class CompletionsServer:
    """Serves one model. `extended`: takes vLLM's further fields. `busy` answers of 503 come first."""

    def __init__(self, model: Any, tokenizer: Any, *, extended: bool = True) -> None:
        self.model, self.tokenizer, self.extended = model, tokenizer, extended
        self.busy, self.cap, self.hidden = 0, 5, set()
        self.connections: set[Any] = set()
        self.requests: Counter[str] = Counter()
        self.lock = Lock()
        self.address, self.root = "", "weights/nano"
        self.asked, self.may_answer = Event(), Event()
        self.may_answer.set()

    def hold(self) -> tuple[Event, Event]:
        """Keep long answers back: set once one is asked for, and to be set before it is written."""
        self.may_answer.clear()
        return self.asked, self.may_answer

    def answer(self, body: dict[str, Any]) -> tuple[int, Any]:
        if not self.extended and (unknown := set(body) - PLAIN):
            return 400, {"error": {"message": f"unknown fields {sorted(unknown)}"}}
        if body["max_tokens"] > 1:
            self.asked.set()
            if not self.may_answer.wait(10):
                return 400, {"error": {"message": "held for too long"}}
        choices = [self._choice(index, ids, body) for index, ids in enumerate(body["prompt"])]
        return 200, {"object": "text_completion", "model": NAME, "choices": choices[::-1]}

    @torch.inference_mode()
    def _choice(self, index: int, ids: list[int], body: dict[str, Any]) -> dict[str, Any]:
        prompt = torch.tensor([ids])
        with self.lock:
            log_probs = self.model(input_ids=prompt).logits[0, -1].log_softmax(-1)
            options = {"max_new_tokens": body["max_tokens"], "do_sample": False, "pad_token_id": 0}
            written = self.model.generate(prompt, attention_mask=torch.ones_like(prompt), **options)[0, len(ids) :]
        text = self.tokenizer.decode(written, skip_special_tokens=True)
        found = None
        if body.get("logprobs"):
            log_probs[list(self.hidden)] = -99.0
            named = body.get("logprob_token_ids") or log_probs.topk(min(self.cap, body["logprobs"])).indices.tolist()
            found = {"top_logprobs": [{self._name(token, body): float(log_probs[token]) for token in named}]}
        return {"index": index, "text": text, "logprobs": found, "finish_reason": "length"}

    def _name(self, token: int, body: dict[str, Any]) -> str:
        return f"token_id:{token}" if body.get("return_tokens_as_token_ids") else self.tokenizer.decode([token])


@contextmanager
def running(server: CompletionsServer) -> Iterator[CompletionsServer]:
    """Listen on a free port until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(200, {"data": [{"id": NAME, "root": server.root, "max_model_len": 448}]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers["Authorization"] != f"Bearer {KEY}":
                return self._send(401, {"error": {"message": "no such key"}})
            with server.lock:
                server.requests["all"] += 1
                server.connections.add(self.client_address)
                server.busy -= 1
                turned_away = server.busy >= 0
            if turned_away:
                return self._send(503, {"error": {"message": "busy"}}, {"Retry-After": "0"})
            return self._send(*server.answer(body))

        def _send(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        server.address = f"http://127.0.0.1:{listener.server_address[1]}/v1"
        thread = Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        listener.shutdown()
        thread.join()
