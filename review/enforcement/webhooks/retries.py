"""When a delivery that failed is tried again. For how long it is, its row in the outbox says; `leases` takes it."""

import random

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3_600.0  # seconds before the second try, and at most


def pause(attempts: int) -> float:
    """Seconds before the next try: twice as long each time, and by chance up to a half more or less of it.

    The chance keeps the receivers of many messages from being asked for all of them at once.
    """
    whole = min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 20), LONGEST_PAUSE)
    return whole * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
