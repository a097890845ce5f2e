"""Messages a second of the one-pass scorer, against the plain way with the same checkpoint in the same process.

The plain way is transformers' `generate`, one message at a time, the whole chat prompt each time, greedy, up to 96
new tokens. Both use every core that this process may use.
"""

import random
import subprocess
import sys
from collections.abc import Sequence
from time import perf_counter

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from benchmarks.report import Figure, figure, seconds
from inference.rubric import DEFAULT_RUBRIC
from inference.scorer import NANO, load_scorer
from inference.training.phrases import phrases

ROUNDS = 5
SIZES = {"small": (2_000, 16), "full": (50_000, 100)}  # messages for the scorer, messages for the plain way
COLD = "from inference.scorer import load_scorer; load_scorer().score(['hello'])"


def messages(count: int) -> list[str]:
    """Chat of mixed length by a seeded generator: one to six written lines each."""
    draw = random.Random(0)
    lines = [text for text, _, _ in phrases(4_000, draw)]
    return [". ".join(draw.choices(lines, k=draw.choice((1, 1, 1, 2, 3, 6)))) for _ in range(count)]


@torch.inference_mode()
def judge_plainly(model: torch.nn.Module, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> None:
    """The yardstick: write a whole answer for each message, one at a time."""
    for text in texts:
        turns = [
            {"role": "system", "content": DEFAULT_RUBRIC},
            {"role": "user", "content": f'Message to judge: "{text}"'},
        ]
        prompt = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)["input_ids"]
        model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=96, do_sample=False)


def run(size: str) -> list[Figure]:
    """Rounds of both ways in turn; their ratio is taken within each round."""
    many, few = SIZES[size]
    scorer, tokenizer = load_scorer(device="cpu", dtype="float32"), AutoTokenizer.from_pretrained(NANO)
    model = AutoModelForCausalLM.from_pretrained(NANO, dtype=torch.float32).eval()
    texts = messages(many)
    scorer.score(texts[:64])
    judge_plainly(model, tokenizer, texts[:1])
    fast, plain = [], []
    for turn in range(ROUNDS):
        print(f"round {turn + 1} of {ROUNDS}", file=sys.stderr, flush=True)
        plain.append(few / seconds(lambda: judge_plainly(model, tokenizer, texts[:few])))
        fast.append(many / seconds(lambda: scorer.score(texts)))
    tokens = sum(score.tokens for score in scorer.score(texts)) / many
    note = f"nano, {tokens:.0f} tokens a message, {len(scorer.prompt.prefix)} of rubric, float32"
    ratios = [ours / theirs for ours, theirs in zip(fast, plain, strict=True)]
    return [
        figure("scoring", "one pass", size, "messages/s", fast, note=note),
        figure("scoring", "plain generate, one at a time", size, "messages/s", plain, note="the yardstick"),
        figure("scoring", "one pass over plain", size, "times", ratios, at_least=60, note="within each round"),
        figure("scoring", "cold start to first score", size, "s", [_cold() for _ in range(3)], at_most=5),
    ]


def _cold() -> float:
    """Seconds from starting a process to its first score."""
    start = perf_counter()
    subprocess.run([sys.executable, "-c", COLD], check=True)
    return perf_counter() - start
