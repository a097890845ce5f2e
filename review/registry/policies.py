"""The policy in force, and new versions of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from review.models import Policy, Source, User
from review.records import audit
from review.registry import rerouting
from review.registry.first_policy import first_policy
from review.registry.ladder import ACTING, Ladders, Rung, parse, to_json

Ladder = list[dict[str, Any]]


def policy_of(source: Source) -> Policy:
    """The newest version of the source's policy; the first one is made where there is none."""
    return Policy.objects.filter(source=source).order_by("-version").first() or first_policy(source)


@transaction.atomic
def new_version(
    source: Source,
    user: User | None,
    *,
    ladders: Mapping[str, Ladder],
    audit_rate: float,
    note: str = "",
    based_on: Policy | None = None,
) -> Policy:
    """Put a new version in force, and have waiting cases follow it. `user` is None where moddog does so by itself.

    Raises InvalidLadder where the ladders make no sense.
    """
    parse(ladders)
    Source.objects.select_for_update().get(pk=source.pk)
    before = policy_of(source)
    policy = Policy.objects.create(
        source=source,
        version=before.version + 1,
        ladders=ladders,
        default_actions=(based_on or before).default_actions,
        audit_rate=audit_rate,
        note=note,
        based_on=based_on or before,
        created_by=user,
    )
    audit.record(
        user,
        "changed policy",
        policy,
        source,
        version=policy.version,
        based_on=policy.based_on_id,
        unsupervised=unsupervised(parse(before.ladders), parse(ladders)),
    )
    rerouting.start(source, f"policy {policy.version}", user)
    return policy


def with_rung(policy: Policy, name: str, action: str, change: Callable[[Rung], Rung]) -> dict[str, Ladder]:
    """The policy's ladders with one rung of the ladder `name` changed."""
    ladders: dict[str, Ladder] = dict(policy.ladders)
    rungs = parse(policy.ladders).by_category.get(name, parse(policy.ladders).default).rungs
    ladders[name] = [to_json(change(rung) if rung.action == action else rung) for rung in rungs]
    return ladders


def unsupervised(before: Ladders, after: Ladders) -> list[str]:
    """The actions that would be taken by probability alone under `after`, and were not under `before`."""
    return sorted(_manual(after) - _manual(before))


def supervised(rung: Rung) -> Rung:
    """The rung without its certificate: people look first again."""
    return replace(rung, supervised=True, certified=None)


def _manual(ladders: Ladders) -> set[str]:
    every = [ladders.default, *ladders.by_category.values()]
    return {rung.action for ladder in every for rung in ladder.rungs if rung.action in ACTING and not rung.supervised}
