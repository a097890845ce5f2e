"""The policy in force, and new versions of it, each made from the one before under the source's lock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from review.models import Policy, Repricing, Source, User
from review.records import audit
from review.registry import rerouting
from review.registry.certificates import withdrawn
from review.registry.first_policy import first_policy
from review.registry.ladder import ACTING, Ladders, Rung, parse, supervised, to_json

Ladder = list[dict[str, Any]]


@dataclass(frozen=True)
class Terms:
    """What a policy says: its ladders as stored, and the share (0 to 1) judged blind where no rung names one.

    `earlier_messages` is how many stand before a message in the prompt; None: as many as before.
    """

    ladders: Mapping[str, Ladder]
    audit_rate: float
    earlier_messages: int | None = None
    strikes: Mapping[str, Any] | None = None
    """What outcomes add to an author's record; None leaves that as it is."""
    order: Mapping[str, Any] | None = None
    """What gives a waiting case its place; None leaves that as it is."""
    heavy: Mapping[str, Any] | None = None
    """What needs a second person; None leaves that as it is."""


Change = Callable[[Policy], Terms]
"""From the policy in force to what the next one says."""


class Overtaken(Exception):
    """The policy was changed since the version that a change was made from; `meanwhile` are the versions since."""

    def __init__(self, meanwhile: Sequence[Policy]) -> None:
        super().__init__(f"{meanwhile[-1]} is in force by now")
        self.meanwhile = meanwhile


def policy_of(source: Source) -> Policy:
    """The newest version of the source's policy; the first one is made where there is none."""
    return Policy.objects.filter(source=source).order_by("-version").first() or first_policy(source)


def locked_policy(source: Source) -> Policy:
    """The policy in force, which nobody else changes until the transaction ends."""
    # Not FOR UPDATE: rows that name the source, as new messages and cases do, need not wait for this.
    Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    return policy_of(source)


@transaction.atomic
def new_version(
    source: Source,
    by: User | None,
    change: Change,
    *,
    note: str = "",
    made_from: int | None = None,
    based_on: Policy | None = None,
) -> Policy:
    """Put `change` of the policy in force, and have waiting cases follow it. `by` is None where moddog does so itself.

    `made_from` is the version that a person saw when they made the change. A certificate that was withdrawn does not
    come back. Raises Overtaken where another version is in force by now, InvalidLadder where the ladders make no sense.
    """
    before = locked_policy(source)
    if made_from is not None and made_from != before.version:
        since = Policy.objects.filter(source=source, version__gt=made_from).select_related("created_by", "based_on")
        raise Overtaken(list(since.order_by("version")) or [before])
    terms = change(before)
    after = _without_withdrawn(parse(before.ladders), parse(terms.ladders))
    policy = Policy.objects.create(
        source=source,
        version=before.version + 1,
        ladders=as_json(after),
        default_actions=(based_on or before).default_actions,
        strikes=before.strikes if terms.strikes is None else dict(terms.strikes),
        order=before.order if terms.order is None else dict(terms.order),
        heavy=before.heavy if terms.heavy is None else dict(terms.heavy),
        audit_rate=terms.audit_rate,
        earlier_messages=before.earlier_messages if terms.earlier_messages is None else terms.earlier_messages,
        note=note,
        based_on=based_on or before,
        created_by=by,
    )
    audit.record(
        by,
        "changed policy",
        policy,
        source,
        version=policy.version,
        based_on=policy.based_on_id,
        unsupervised=unsupervised(parse(before.ladders), after),
        changes=audit.changed(_terms(before), _terms(policy)),
    )
    rerouting.start(source, f"policy {policy.version}", by)
    if policy.order != before.order:
        Repricing.objects.update_or_create(
            source=source,
            defaults={"policy": policy, "cursor": 0, "examined": 0, "created_at": timezone.now(), "finished_at": None},
        )
    return policy


def _terms(policy: Policy) -> dict[str, Any]:
    """What a person sets of a policy."""
    names = ("ladders", "audit_rate", "earlier_messages", "strikes", "order", "heavy")
    return {name: getattr(policy, name) for name in names}


def as_in(old: Policy) -> Change:
    """The change to what `old` said, whatever was in force."""
    return lambda before: Terms(
        old.ladders, old.audit_rate, old.earlier_messages, old.strikes, order=old.order, heavy=old.heavy
    )


def replaced_by(
    ladders: Mapping[str, Ladder],
    audit_rate: float,
    earlier_messages: int | None = None,
    *,
    strikes: Mapping[str, Any] | None = None,
) -> Change:
    """The change to these ladders, this rate, so many earlier messages and these strikes, whatever was in force.

    None leaves as many messages, and the strikes, as they are.
    """
    return lambda before: Terms(ladders, audit_rate, earlier_messages, strikes)


def changed_rung(name: str, action: str, change: Callable[[Rung], Rung]) -> Change:
    """The change of one rung of the ladder `name`."""
    return lambda before: Terms(with_rung(before, name, action, change), before.audit_rate)


def with_rung(policy: Policy, name: str, action: str, change: Callable[[Rung], Rung]) -> dict[str, Ladder]:
    """The policy's ladders with one rung of the ladder `name` changed."""
    ladders: dict[str, Ladder] = dict(policy.ladders)
    rungs = parse(policy.ladders).by_category.get(name, parse(policy.ladders).default).rungs
    ladders[name] = [to_json(change(rung) if rung.action == action else rung) for rung in rungs]
    return ladders


def unsupervised(before: Ladders, after: Ladders) -> list[str]:
    """The actions that would be taken by probability alone under `after`, and were not under `before`."""
    return sorted(_manual(after) - _manual(before))


def as_json(ladders: Ladders) -> dict[str, Ladder]:
    """The ladders as a policy stores them, which `parse` reads."""
    return {name: [to_json(rung) for rung in ladder.rungs] for name, ladder in ladders.named.items()}


def _without_withdrawn(before: Ladders, after: Ladders) -> Ladders:
    """The ladders after a change, with people supervising each rung whose certificate may not come back."""
    in_force = {rung.certified for ladder in before.named.values() for rung in ladder.rungs}

    def checked(rung: Rung) -> Rung:
        if rung.certified is None or not withdrawn(rung.certified, in_force=rung.certified in in_force):
            return rung
        return supervised(rung)

    return after.each_rung(checked)


def _manual(ladders: Ladders) -> set[str]:
    every = [ladders.default, *ladders.by_category.values()]
    return {rung.action for ladder in every for rung in ladder.rungs if rung.action in ACTING and not rung.supervised}
