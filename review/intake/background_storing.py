"""Storing one batch while the next is read.

The reading stays in the thread that answers: a web server that sends its answer while another thread is still reading
the body stands still for everybody (Granian 2.8 does). So the storing goes into a thread, which borrows the database
connection; nobody else uses it meanwhile.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections

T = TypeVar("T")


def store_in_background(batches: Iterable[T], take: Callable[[T], object]) -> None:
    """Hand each batch to `take`, one at a time and in their order, with one being read meanwhile.

    Raises what reading or `take` raises, once `take` is done with the batch that it has.
    """
    shared = connections[DEFAULT_DB_ALIAS]
    shared.inc_thread_sharing()
    taken: Future[object] | None = None
    try:
        with ThreadPoolExecutor(1, "store", _borrow, (shared,)) as thread:
            for batch in batches:
                if taken:
                    taken.result()
                taken = thread.submit(take, batch)
        if taken:
            taken.result()
    finally:
        shared.dec_thread_sharing()


def _borrow(connection: Any) -> None:
    connections[DEFAULT_DB_ALIAS] = connection
