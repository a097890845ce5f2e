"""Messages a second of the one-pass scorer, beside its yardsticks, with the same model and messages in one process.

    python -m benchmarks.scoring [--size small|full] [--shape nano|tiny|6.5m|25m|qwen2.5-3b] [--device cpu|cuda]

(a) transformers' `generate`, one message at a time, up to 96 new tokens; (b) the same in padded batches of 16; (c) vLLM
serving the same checkpoint, once writing the answer and once one token with log-probabilities (where the variable
BENCH_VLLM_PYTHON names the Python of an environment with vLLM); (d) the least that the model must compute for the
messages' tokens, at the highest rate of matrix products that this process reaches.
"""

import argparse
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks import report, served, yardsticks
from benchmarks.model_shapes import NAMES, build, chat, scorer_of
from benchmarks.report import Figure, figure, seconds
from inference.scoring.answer_tree import answer_tree
from inference.scoring.completions import Completions
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.prompt import Prompt

ROUNDS = {"tiny": 1, "small": 5, "full": 5}
SIZES = {
    "tiny": (64, 1, 2),
    "small": (2_000, 8, 16),
    "full": (20_000, 24, 96),
}  # messages for the scorer, for (a), for (b) and (c)
LINEAR = {"tiny": (32, 64), "small": (1_000, 10_000), "full": (1_000, 100_000)}
TIMES_ALONE = {"cpu": 100, "cuda": 500}
COLD = "from inference.scoring.scorer import load_scorer; load_scorer().score(['hello'])"
CHUNK = 2_000  # messages in one call
PEAK_SHARE = {"cpu": 0.65, "cuda": 0.5}


def run(size: str, shape: str = "nano", device: str = "cpu") -> list[Figure]:
    """Rounds of all ways in turn; ratios are taken within each round."""
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    model, prompt = build(shape, device, dtype)
    rounds = Rounds(model, scorer_of(model, prompt, shape), size, device)
    rounds.scorer.warm_up()
    with served.served(model, prompt, str(dtype).removeprefix("torch.")) as server:
        for turn in range(ROUNDS[size]):
            print(f"round {turn + 1} of {ROUNDS[size]}", file=sys.stderr, flush=True)
            rounds.take_round(server)
    figures = rounds.figures()
    if device == "cpu" and shape == "nano":
        cold = [_cold() for _ in range(min(3, ROUNDS[size]))]
        figures.append(figure("scoring", "cold start to first score", size, "s", cold, at_most=5))
        figures += rounds.linear()
    if size != "tiny":
        rounds.write_profile()
    return figures


class Rounds:
    """One model, and the samples of every way to use it."""

    def __init__(self, model: Any, scorer: LocalScorer, size: str, device: str) -> None:
        self.model, self.scorer, self.prompt = model, scorer, scorer.prompt
        self.size, self.device = size, device
        self.name = "scoring" if (scorer.name, device) == ("nano", "cpu") else f"scoring-{scorer.name}-{device}"
        self.many, self.few, self.some = SIZES[size]
        if scorer.name == "qwen2.5-3b" and device == "cpu":
            self.many, self.few, self.some = 64, 1, 16
        self.texts = chat(self.many)
        tree = answer_tree(self.prompt.suffix, self.prompt.answers)
        lengths = [len(self.prompt.encode_message(text)) + len(tree.ids) for text in self.texts]
        self.tokens = sum(lengths) / self.many
        self.work = yardsticks.flops(model.config, len(self.prompt.prefix), lengths) / self.many
        self.samples: dict[str, list[float]] = {}

    def take_round(self, server: Completions | None) -> None:
        few, some, more = self.texts[: self.few], self.texts[: self.some], self.texts[: 4 * self.some]
        alone = self._note("(a) generate, one at a time", self._speed(few, yardsticks.generate_alone))
        self._note("(b) generate, batches of 16", self._speed(some, yardsticks.generate_together))
        ours = self._note("one pass", self.many / seconds(lambda: self.scorer.score(self.texts)))
        self._note("one pass: tokens", ours * self.tokens)
        self._note("one pass over (a)", ours / alone)
        limit = yardsticks.gemm_rate(self.device, self.scorer.dtype)
        self._note("(d) limit by matrix products", limit / self.work)
        self._note("one pass of (d)", ours * self.work / limit)
        plain = yardsticks.plain_gemm_rate(self.device, self.scorer.dtype)
        self._note("one pass of the limit by PyTorch's plain products", ours * self.work / plain)
        if server is not None:
            writing = len(some) / seconds(lambda: served.generate(server, self.prompt, some))
            reading = len(more) / seconds(lambda: served.read_flags(server, self.prompt, more))
            self._note("(c) vLLM, writing the answer", writing)
            self._note("(c) vLLM, one token with log-probabilities", reading)
            self._note("one pass over the better (c)", ours / max(writing, reading))

    def figures(self) -> list[Figure]:
        targets = {
            "one pass over (a)": TIMES_ALONE[self.device],
            "one pass over the better (c)": 3,
            "one pass of (d)": PEAK_SHARE[self.device],
        }
        place = torch.cuda.get_device_name() if self.device == "cuda" else "CPU"
        note = (
            f"{self.scorer.name} on {place} in {str(self.scorer.dtype).removeprefix('torch.')}, "
            f"{self.tokens:.0f} further tokens a message, {len(self.prompt.prefix)} of rubric"
        )
        return [
            figure(self.name, name, self.size, _unit(name), samples, at_least=targets.get(name), note=note)
            for name, samples in self.samples.items()
        ]

    def linear(self) -> list[Figure]:
        """Speed at few and at many messages, in turn, and what memory grows by from one to the other."""
        few, many = (chat(count) for count in LINEAR[self.size])
        self.scorer.score(many[:CHUNK])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ratios = []
        for _ in range(3):
            at_few = len(few) * 10 / seconds(lambda: [self.scorer.score(few) for _ in range(10)])
            took = seconds(lambda: [self.scorer.score(many[at : at + CHUNK]) for at in range(0, len(many), CHUNK)])
            ratios.append(len(many) / took / at_few)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        note = f"{len(many):,} messages against {len(few):,}"
        return [
            figure(self.name, "speed at many over speed at few", self.size, "share", ratios, at_least=0.9, note=note),
            figure(self.name, "memory that many take more", self.size, "MiB", [grown], at_most=100, note=note),
        ]

    def write_profile(self) -> None:
        """Where the time of a pass goes, by operator, beside the results."""
        kinds = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if self.device == "cuda" else [])]
        with profile(activities=kinds) as profiled:
            self.scorer.score(self.texts[:2_000])
        order = "self_cuda_time_total" if self.device == "cuda" else "self_cpu_time_total"
        table = profiled.key_averages().table(sort_by=order, row_limit=25, max_name_column_width=56)
        report.RESULTS.mkdir(parents=True, exist_ok=True)
        path = report.RESULTS / f"{self.name}-profile{'' if self.size == 'full' else '.small'}.txt"
        path.write_text(f"{report.machine()}\n{len(self.texts[:2_000])} messages\n{table}")

    def _note(self, name: str, value: float) -> float:
        self.samples.setdefault(name, []).append(value)
        return value

    def _speed(self, texts: Sequence[str], way: Callable[[Any, Prompt, Sequence[str]], None]) -> float:
        return len(texts) / seconds(lambda: way(self.model, self.prompt, texts))


def _unit(name: str) -> str:
    if name.endswith("tokens"):
        return "tokens/s"
    if name.startswith("one pass over"):
        return "times"
    return "share" if name.startswith("one pass of") else "messages/s"


def _cold() -> float:
    """Seconds from starting a process to its first score."""
    start = perf_counter()
    subprocess.run([sys.executable, "-c", COLD], check=True)
    return perf_counter() - start


def main() -> int:
    """Measure one shape on one device."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring", description="Measure scoring.")
    parser.add_argument("--size", choices=tuple(SIZES), default="small")
    parser.add_argument("--shape", choices=NAMES, default="nano", help="all but nano have random weights")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    chosen = parser.parse_args()
    if chosen.device == "cuda" and not torch.cuda.is_available():
        parser.error(
            "there is no CUDA device here. On a machine with one: install the CUDA build of the pinned torch, and run "
            f"python -m benchmarks.scoring --device cuda --shape {chosen.shape} --size full"
        )
    figures = run(chosen.size, chosen.shape, chosen.device)
    report.keep(figures)
    print(report.table(figures))
    return 1 if any(each.met is False for each in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
