"""Which precision pays is measured on the model itself, and a small gain is not taken for one."""

import pytest
import torch

from inference.scoring.linear_kernels import OneDnnLinear, has_onednn, linear_of
from inference.scoring.precision_trial import PrecisionTrial, multiplies_in_bfloat16, precision_trial
from inference.scoring.scorer import load_scorer


@pytest.mark.parametrize(
    ("bfloat16", "chosen"), [(0.5, "bfloat16"), (0.8, "bfloat16"), (0.9, "float32"), (2.0, "float32")]
)
def test_bfloat16_is_chosen_only_where_it_pays(bfloat16: float, chosen: str) -> None:
    trial = PrecisionTrial(float32=1.0, bfloat16=bfloat16)
    assert trial.chosen == chosen
    assert chosen in str(trial)


def test_a_try_measures_the_model_in_both_precisions() -> None:
    loaded = []

    def opened(precision: str):  # type: ignore[no-untyped-def]
        loaded.append(precision)
        return load_scorer(device="cpu", dtype=precision)

    trial = precision_trial(opened)
    assert sorted(loaded) == ["bfloat16", "float32"]
    assert trial.float32 > 0
    assert trial.bfloat16 > 0


def test_products_in_bfloat16_are_one_kernel_where_the_cpu_has_them() -> None:
    weight, states = torch.randn(64, 32), torch.randn(40, 32)
    half = linear_of(weight.bfloat16(), None, model_bytes=weight.nbytes)
    assert isinstance(half, OneDnnLinear) is multiplies_in_bfloat16() is has_onednn(torch.bfloat16)
    exact = states.bfloat16().float() @ weight.bfloat16().float().T
    assert torch.allclose(half(states.bfloat16()).float(), exact, rtol=2e-2, atol=5e-2)
    gate = half.silu(states.bfloat16())
    assert torch.allclose(half.times(states.bfloat16(), gate).float(), exact * gate.float(), rtol=5e-2, atol=2e-1)
