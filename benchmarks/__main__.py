"""`python -m benchmarks [--name N] [--size tiny|small|full] [--data FILE ...]`.

Runs, keeps a JSON line per figure, and prints one table.
"""

import argparse
import importlib
import sys
from pathlib import Path

from benchmarks import report

MODULES = (
    "intake",
    "desk",
    "team",
    "lists",
    "similar",
    "whatif",
    "scoring",
    "attention",
    "precision",
    "waiting",
    "dropin",
    "triggers",
    "enforcement",
    "obfuscation",
    "context",
    "cascade",
    "calibration",
    "guarantees",
)


SIZES = "tiny tries each part in seconds and keeps no figure, small takes minutes, full up to hours"


def main() -> int:
    """Run what was asked for. Each module has `run(size) -> list[Figure]` and says on stderr how far it is.

    That of calibration also takes files of labelled texts to measure on.

    The exit status is 1 where a target was missed, so that a script can tell.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure moddog's speed.")
    parser.add_argument("--name", choices=MODULES, help="only this one")
    parser.add_argument("--size", choices=("tiny", "small", "full"), default="small", help=SIZES)
    parser.add_argument("--data", type=Path, nargs="+", default=[], help="labelled JSONL for the calibration benchmark")
    chosen = parser.parse_args()
    figures: list[report.Figure] = []
    for name in [chosen.name] if chosen.name else MODULES:
        print(f"benchmark {name} ({chosen.size}) ...", file=sys.stderr, flush=True)
        module = importlib.import_module(f"benchmarks.{name}")
        measured = module.run(chosen.size, chosen.data) if name == "calibration" else module.run(chosen.size)
        if chosen.size != "tiny":
            report.keep(measured)
        figures.extend(measured)
    print(report.table(figures))
    return 1 if any(figure.met is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
