"""Where a model runs: what was asked for, or the best there is."""

import os
import re
from pathlib import Path

import torch


def precision_for(device: str) -> str:
    """The precision of weights where none is asked for: float32 on a CPU, bfloat16 elsewhere."""
    return "float32" if device == "cpu" else "bfloat16"


def device_for(asked: str | None) -> str:
    """A device by its name, CUDA or else the CPU where none is asked for. Raises ValueError where there is no such."""
    device = asked or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        known = "cuda or cpu" if torch.cuda.is_available() else "cpu"
        reason = str(error).splitlines()[0]
        raise ValueError(f"there is no device {device!r} here ({reason}): use {known}") from error
    return device


def free_memory() -> int:
    """Bytes that this machine can give without swapping; as many as it has where the kernel does not say."""
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file() and (found := re.search(r"MemAvailable:\s+(\d+) kB", meminfo.read_text())):
        return int(found[1]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))
