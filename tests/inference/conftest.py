"""One loaded model for the session."""

import pytest

from inference.prompt import Prompt
from inference.scorer import LocalScorer, load_scorer


@pytest.fixture(scope="session")
def nano() -> LocalScorer:
    return load_scorer(device="cpu", dtype="float32")


@pytest.fixture(scope="session")
def prompt(nano: LocalScorer) -> Prompt:
    return nano.prompt
