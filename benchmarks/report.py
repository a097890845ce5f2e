"""How figures are described, summarised, shown and kept: shared by every benchmark."""

import json
import os
import platform
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """A measured number: the median of `runs` samples in `unit`, their extremes, and the target where there is one.

    `benchmark` is the module ("intake"), `name` what was measured, `size` small or full, `note` on what it was done.
    `met` is None where no target is set.
    """

    benchmark: str
    name: str
    size: str
    unit: str
    median: float
    low: float
    high: float
    runs: int
    target: str = ""
    met: bool | None = None
    note: str = ""


def figure(
    benchmark: str,
    name: str,
    size: str,
    unit: str,
    samples: Sequence[float],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    centre: Callable[[Sequence[float]], float] = statistics.median,
    note: str = "",
) -> Figure:
    """Summarise `samples` (at least one, in `unit`); the target, if any, is checked against their median.

    Where the mean is what matters, it is the `centre`, and the note says so.
    """
    median = float(centre(samples))
    target, met = "", None
    if at_least is not None:
        target, met = f">= {at_least:g}", median >= at_least
    elif at_most is not None:
        target, met = f"<= {at_most:g}", median <= at_most
    return Figure(benchmark, name, size, unit, median, min(samples), max(samples), len(samples), target, met, note)


def seconds(action: Callable[[], object]) -> float:
    """Wall-clock seconds that one call takes."""
    start = perf_counter()
    action()
    return perf_counter() - start


def machine() -> str:
    """The machine in one line: processor, cores this process may use, memory, system, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{_processor()}, {cores} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def table(figures: Sequence[Figure]) -> str:
    """The figures as an aligned text table under the machine's line."""
    head = ("benchmark", "figure", "median", "spread", "runs", "target", "met", "on")
    rows = [head, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([machine(), "", *lines])


def _row(figure: Figure) -> tuple[str, ...]:
    met = {None: "", True: "yes", False: "NO"}[figure.met]
    spread = f"{_short(figure.low)} to {_short(figure.high)}"
    median = f"{_short(figure.median)} {figure.unit}"
    return (figure.benchmark, figure.name, median, spread, str(figure.runs), figure.target, met, figure.note)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def keep(figures: Sequence[Figure], folder: Path = RESULTS) -> None:
    """Write a JSON line per figure, with time and machine: full runs to <benchmark>.jsonl, others to .small.jsonl.

    A run replaces what an earlier one of its size left, so that the file tells of one commit and one machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stamp = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine()}
    lines: defaultdict[Path, list[str]] = defaultdict(list)
    for each in figures:
        ending = "jsonl" if each.size == "full" else f"{each.size}.jsonl"
        lines[folder / f"{each.benchmark}.{ending}"].append(json.dumps(asdict(each) | stamp) + "\n")
    for path, found in lines.items():
        path.write_text("".join(found), encoding="utf-8")
