"""`python -m benchmarks [--name N] [--size small|full]`: run, keep a JSON line per figure, print one table."""

import argparse
import importlib
import sys

from benchmarks import report

MODULES = ("intake", "desk", "scoring", "attention", "waiting", "obfuscation")


def main() -> int:
    """Run what was asked for. Each module has `run(size) -> list[Figure]` and says on stderr how far it is.

    The exit status is 1 where a target was missed, so that a script can tell.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure moddog's speed.")
    parser.add_argument("--name", choices=MODULES, help="only this one")
    parser.add_argument("--size", choices=("small", "full"), default="small", help="small takes minutes")
    chosen = parser.parse_args()
    figures: list[report.Figure] = []
    for name in [chosen.name] if chosen.name else MODULES:
        print(f"benchmark {name} ({chosen.size}) ...", file=sys.stderr, flush=True)
        measured = importlib.import_module(f"benchmarks.{name}").run(chosen.size)
        report.keep(measured)
        figures.extend(measured)
    print(report.table(figures))
    return 1 if any(figure.met is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
