"""A signal to end ends a run, wherever it comes upon it."""

import os
import signal
from collections.abc import Iterator

import pytest

from moddog_site.embedded.stop_signals import Stopped, check_end, stop_on_signals


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


class Callback:
    """Whatever is raised while an object goes is lost."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1_000):
            pass


def test_a_signal_is_no_fault_that_a_library_may_catch() -> None:
    stop_on_signals()
    check_end()
    with pytest.raises(Stopped):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except Exception:
            pytest.fail("it was taken for an error")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_that_was_lost_is_heard_at_the_next_look() -> None:
    stop_on_signals()
    callback = Callback()
    del callback
    with pytest.raises(Stopped):
        check_end()
