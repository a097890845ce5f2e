"""One loaded model for the session."""

import pytest

from inference.scoring.local_scorer import LocalScorer
from inference.scoring.prompt import Prompt
from inference.scoring.scorer import load_scorer


@pytest.fixture(scope="session")
def nano() -> LocalScorer:
    return load_scorer(device="cpu", dtype="float32")


@pytest.fixture(scope="session")
def prompt(nano: LocalScorer) -> Prompt:
    return nano.prompt
