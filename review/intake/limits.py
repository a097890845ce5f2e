"""How much a token may send a minute: messages and text, each a bucket in Redis that refills steadily.

A bucket holds a minute's worth. Who finds it empty is told when to come back; what is taken at once may be more than a
bucket holds where that is full, and is paid back by waiting. Without Redis nobody is turned away, and a metric says so.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import redis
from prometheus_client import Counter

from review import broker
from review.intake.errors import ApiError

FAILURES = Counter("moddog_limit_failures", "Requests let through unmeasured because Redis did not answer")
REFUSED = Counter("moddog_limit_refusals", "Requests refused because their token had sent enough for a minute")

MINUTE = 60

# For each bucket: what it holds, what is asked, what is taken. All or nothing is taken: -1 asks for whatever is there.
SCRIPT = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local levels, wait = {}, 0
for i, key in ipairs(KEYS) do
    local holds, asked = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    local found = redis.call('HMGET', key, 'level', 'at')
    local since = math.max(0, now - (tonumber(found[2]) or now))
    local level = math.min(holds, (tonumber(found[1]) or holds) + holds / 60 * since)
    levels[i] = level
    local needed = math.min(holds, math.max(1, asked))
    if level < needed then wait = math.max(wait, (needed - level) * 60 / holds) end
end
local forced = ARGV[2 * #KEYS + 1] == '1'
local answer = {tostring(wait)}
for i, key in ipairs(KEYS) do
    if wait == 0 or forced then levels[i] = levels[i] - tonumber(ARGV[2 * i]) end
    local holds = tonumber(ARGV[2 * i - 1])
    redis.call('HSET', key, 'level', tostring(levels[i]), 'at', tostring(now))
    redis.call('EXPIRE', key, math.ceil((holds - levels[i]) * 60 / holds) + 60)
    answer[i + 1] = tostring(levels[i])
end
return answer
"""


@dataclass(frozen=True)
class Allowance:
    """What is left of a token's minute: `seconds` to wait before what was asked is there, and headers that say so."""

    seconds: float
    headers: dict[str, str]


UNLIMITED = Allowance(0.0, {})


class Sender(Protocol):
    """Who has a limit: a token, or what stands for one. `pk` names its buckets; None is no limit."""

    @property
    def pk(self) -> Any: ...
    @property
    def messages_a_minute(self) -> int | None: ...
    @property
    def text_a_minute(self) -> int | None: ...


def take(sender: Sender, messages: int, text: int) -> Allowance:
    """Take so many messages and bytes of text out of the sender's minute. Raises ApiError 429 where it is used up."""
    allowance = _ask(sender, messages, text, is_forced=False)
    if allowance.seconds:
        REFUSED.inc()
        after = str(math.ceil(allowance.seconds))
        raise ApiError(
            429,
            "too_many_requests",
            f"What may be sent in a minute was sent: go on in {after} s",
            headers={**allowance.headers, "Retry-After": after},
        )
    return allowance


def charge(sender: Sender, messages: int, text: int) -> Allowance:
    """Take what was taken in already, be it there or not: who comes next waits for it."""
    return _ask(sender, messages, text, is_forced=True)


def _ask(sender: Sender, messages: int, text: int, *, is_forced: bool) -> Allowance:
    buckets = _buckets(sender, messages, text)
    if not buckets:
        return UNLIMITED
    if broker.is_left_alone():
        FAILURES.inc()
        return UNLIMITED
    keys = [f"moddog:limit:{sender.pk}:{name}" for name in buckets]
    sizes = [number for holds_and_asked in buckets.values() for number in holds_and_asked]
    try:
        answer = _script()(keys=keys, args=[*sizes, int(is_forced)])
    except redis.RedisError as error:
        FAILURES.inc()
        broker.leave_alone("cannot measure what tokens send, nobody is turned away", error)
        return UNLIMITED
    wait, *levels = (float(each) for each in answer)
    holds = [size for size, _ in buckets.values()]
    return Allowance(0.0 if is_forced else wait, _headers(holds, levels))


def _buckets(sender: Sender, messages: int, text: int) -> dict[str, tuple[int, int]]:
    """By name what each bucket holds, and what is asked of it; none where the sender has no such limit."""
    found = {"messages": (sender.messages_a_minute, messages), "text": (sender.text_a_minute, text)}
    return {name: (holds, asked) for name, (holds, asked) in found.items() if holds}


def _headers(holds: list[int], levels: list[float]) -> dict[str, str]:
    """Of the bucket that is emptiest: what it holds, what is left, and the seconds until it is full again."""
    full, left = min(zip(holds, levels, strict=True), key=lambda pair: pair[1] / pair[0])
    return {
        "RateLimit-Limit": str(full),
        "RateLimit-Remaining": str(max(0, math.floor(left))),
        "RateLimit-Reset": str(math.ceil((full - left) * MINUTE / full)),
    }


@lru_cache(maxsize=1)
def _script() -> "redis.commands.core.Script":
    return broker.client().register_script(SCRIPT)
