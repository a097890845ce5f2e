"""A timed try of bfloat16 against float32 on this CPU: which a model is to be loaded in is measured, not assumed.

Some CPUs multiply in bfloat16 many times as fast (those with AMX), some no faster at a small model's sizes, and what
lies between the products is slower in it. Margins of the two are two scales, so the choice is made once, at
registration, and stored with the version.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time

import torch

from inference.scoring.devices import free_memory
from inference.scoring.text_score import Scorer

ROUNDS = 3
PAYS = 1.2
"""So many times as fast bfloat16 must be: less is chance, and float32 is the more exact."""
TRIED = tuple(
    f"{number} {text}"
    for number in range(8)
    for text in ("gg", "who is up for another round after dinner", "the patch notes are on the wiki, have a look. " * 4)
)


@dataclass(frozen=True)
class PrecisionTrial:
    """Processor seconds of a pass over TRIED in each precision, the median of ROUNDS."""

    float32: float
    bfloat16: float

    @property
    def chosen(self) -> str:
        """The precision to load the model in."""
        return "bfloat16" if self.float32 >= PAYS * self.bfloat16 else "float32"

    def __str__(self) -> str:
        """What was measured and chosen, for people."""
        ratio = self.float32 / self.bfloat16
        return f"bfloat16 is {ratio:.2f} times as fast as float32 here ({PAYS} to pay): {self.chosen}"


def multiplies_in_bfloat16() -> bool:
    """Whether this CPU has instructions for products in bfloat16, so that a try is worth its seconds."""
    return torch.backends.mkldnn.is_available() and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # type: ignore[no-untyped-call]


def fit_into_memory(folder: Path) -> bool:
    """Whether a model's weights fit into free memory in float32 and in bfloat16 at once, whatever its files hold."""
    size = sum(path.stat().st_size for pattern in ("*.safetensors", "*.bin") for path in folder.glob(pattern))
    return 3 * size < free_memory()  # files in bfloat16 take twice their size in float32, and once as they are


def precision_trial(opened: Callable[[str], Scorer]) -> PrecisionTrial:
    """Try both in turn; `opened` loads the model in a precision. Both are in memory until the try ends."""
    scorers = {precision: opened(precision) for precision in ("float32", "bfloat16")}
    seconds: dict[str, list[float]] = {precision: [] for precision in scorers}
    for number in range(ROUNDS + 1):
        for precision, scorer in scorers.items():
            began = process_time()
            scorer.score(TRIED)
            if number:  # the first warms up
                seconds[precision].append(process_time() - began)
    return PrecisionTrial(**{precision: median(found) for precision, found in seconds.items()})
