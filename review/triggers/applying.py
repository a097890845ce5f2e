"""Which triggers a message has, and which of them decides.

What guards people fails closed: where triggers cannot be loaded or matched, the message goes to people.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from review.bulk_insert import insert_missing
from review.models import Action, Category, Message, Trigger, TriggerMatch
from review.triggers.in_force import InForce, in_force, versions_of
from review.triggers.matcher import Match
from review.verdicts.hits import NO_HIT, Hit

log = logging.getLogger(__name__)
STRICTNESS = (Action.ALLOW, Action.REVIEW, Action.HIDE, Action.REMOVE)


@dataclass(frozen=True)
class Applied:
    """What decides about a message, and all triggers that it has, those in shadow too."""

    hit: Hit = NO_HIT
    matched: Sequence[Trigger] = ()

    @property
    def is_self_harm(self) -> bool:
        return self.hit.trigger is not None and self.hit.trigger.category == Category.SELF_HARM


FAILED = Applied(Hit(failed=True))


@dataclass(frozen=True)
class Reading:
    """What triggers say of messages, by the id of each, and of which versions they were."""

    versions: Mapping[int, int | None]
    applied: Mapping[int, Applied]


def read(messages: Sequence[Message]) -> Reading:
    """What the triggers in force say of stored messages. Long texts take their time: outside of transactions."""
    found = in_force({message.source_id for message in messages})
    applied = {message.pk: _applied(found.get(message.source_id), message) for message in messages}
    return Reading({source: each.version for source, each in found.items()}, applied)


def still(
    reading: Reading, messages: Sequence[Message], versions: Mapping[int, int | None] | None = None
) -> list[Applied]:
    """For each of the messages what was read, where the same triggers are in force now; else it is read again.

    `versions` is by source (ids) the version (its id) in force, for who knows it.
    """
    if versions is None:
        versions = versions_of({message.source_id for message in messages})
    if any(reading.versions.get(message.source_id) != versions.get(message.source_id) for message in messages):
        reading = read(messages)
    return [reading.applied[message.pk] for message in messages]


def apply(messages: Sequence[Message]) -> list[Applied]:
    """For each message, stored or not, what the triggers in force of its source say. Writes nothing."""
    found = in_force({message.source_id for message in messages})
    return [_applied(found.get(message.source_id), message) for message in messages]


def record(pairs: Iterable[tuple[Message, Applied]]) -> None:
    """Keep which triggers matched. Must run in the transaction that writes the verdicts."""
    matches = [TriggerMatch(trigger=trigger, message=message) for message, each in pairs for trigger in each.matched]
    insert_missing(matches)


def deciding(matches: Sequence[Match]) -> Trigger | None:
    """The trigger that decides among those that are on; None where none is.

    Self-harm comes before all others. Then the strictest, save those that match nothing but a part of what is allowed:
    an allowed name may have a word in it that is none.
    """
    acting = [match for match in matches if match.trigger.mode == Trigger.Mode.ON]
    allowed = [match for match in acting if match.trigger.effect == Action.ALLOW]
    left = [match for match in acting if match in allowed or not _is_part_of(match, allowed)]
    ranked = sorted(left, key=_rank, reverse=True)
    return ranked[0].trigger if ranked else None


def _applied(found: InForce | None, message: Message) -> Applied:
    if found is None:
        return Applied()
    if found.failed:
        return FAILED
    if found.matcher is None:
        return Applied()
    try:
        matches = found.matcher.find(message.text)
    except Exception as error:  # not logged as it is: what it says may quote the text
        log.error("Triggers could not be matched in message %s: %s", message.pk, type(error).__name__)
        return FAILED
    if not matches:
        return Applied()
    return Applied(Hit(deciding(matches)), list({match.trigger.pk: match.trigger for match in matches}.values()))


def _is_part_of(match: Match, allowed: Sequence[Match]) -> bool:
    if match.trigger.category == Category.SELF_HARM:
        return False
    return any(other.start <= match.start and match.end <= other.end for other in allowed)


def _rank(match: Match) -> tuple[bool, int, int]:
    trigger = match.trigger
    return trigger.category == Category.SELF_HARM, STRICTNESS.index(Action(trigger.effect)), -trigger.pk
