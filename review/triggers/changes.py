"""New versions of a source's triggers, each made from the one before under the source's lock."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from review.models import Source, Trigger, TriggerSet, User
from review.numbers import number
from review.records import audit
from review.registry import rerouting
from review.triggers.in_force import newest
from review.triggers.patterns import too_large

MOST = 20_000
"""Triggers of one source."""


class Overtaken(Exception):
    """The triggers were changed since the version that a change was made from; `meanwhile` are the versions since."""

    def __init__(self, meanwhile: Sequence[TriggerSet]) -> None:
        super().__init__("the triggers were changed meanwhile")
        self.meanwhile = meanwhile


class TooMany(Exception):
    """The source would have more than MOST triggers, or larger patterns than can be tried at once."""


@dataclass(frozen=True)
class Changed:
    """The version that is in force now, and how much of what was asked for was new."""

    version: int
    added: int
    removed: int


@transaction.atomic
def change(
    source: Source,
    by: User,
    *,
    made_from: int,
    add: Sequence[Trigger] = (),
    remove: Sequence[int] = (),
    note: str = "",
) -> Changed:
    """Put a version without the triggers `remove` (ids) and with those of `add` in force; waiting cases follow it.

    `made_from` is the version that the person saw. What is there already is not added again, and where nothing changes
    there is no new version. Raises Overtaken and TooMany.
    """
    # Not FOR UPDATE: rows that name the source, as new messages and cases do, need not wait for this.
    Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    before = newest(source)
    if made_from != before:
        since = TriggerSet.objects.filter(source=source, version__gt=made_from).select_related("created_by")
        raise Overtaken(list(since.order_by("version")))
    in_force = Trigger.objects.filter(source=source, removed_in=None)
    leaving = in_force.filter(pk__in=remove)
    staying = set(in_force.exclude(pk__in=remove).values_list("kind", "text"))
    new = list({(each.kind, each.text): each for each in reversed(add)}.values())[::-1]
    new = [each for each in new if (each.kind, each.text) not in staying]
    _check([*staying, *((each.kind, each.text) for each in new)])
    removed = leaving.count()
    if not (new or removed):
        return Changed(before, 0, 0)
    version = TriggerSet.objects.create(
        source=source, version=before + 1, note=note, added_count=len(new), removed_count=removed, created_by=by
    )
    leaving.update(removed_in=version)
    for each in new:
        each.source, each.added_in = source, version
    Trigger.objects.bulk_create(new, batch_size=1_000)
    audit.record(by, "changed triggers", version, source, version=version.version, added=len(new), removed=removed)
    rerouting.start(source, str(version), by)
    return Changed(version.version, len(new), removed)


def go_back(source: Source, by: User, to: TriggerSet, *, made_from: int) -> Changed:
    """Put a version in force that says what the earlier version `to` said. Raises Overtaken and TooMany."""
    said = Trigger.objects.filter(source=source, added_in__version__lte=to.version).filter(
        Q(removed_in=None) | Q(removed_in__version__gt=to.version)
    )
    copied = ("kind", "text", "category", "effect", "rule_id", "mode")
    lacking = [Trigger(**values) for values in said.exclude(removed_in=None).order_by("pk").values(*copied)]
    since = Trigger.objects.filter(source=source, removed_in=None, added_in__version__gt=to.version)
    remove = list(since.values_list("pk", flat=True))
    return change(source, by, made_from=made_from, add=lacking, remove=remove, note=f"As in {to}")


def _check(triggers: Sequence[tuple[str, str]]) -> None:
    """Raises TooMany for more than can be matched in time; `triggers` are pairs of kind and text."""
    if len(triggers) > MOST:
        raise TooMany(gettext("A source has up to %(most)s triggers.") % {"most": number(MOST)})
    if too_large([text for kind, text in triggers if kind == Trigger.Kind.PATTERN]):
        raise TooMany(gettext("The patterns of this source would be too large together. Phrases are for long lists."))
