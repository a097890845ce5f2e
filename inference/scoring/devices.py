"""Where a model runs: what was asked for, or the best there is."""

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
