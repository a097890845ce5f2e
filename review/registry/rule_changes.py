"""Changes of a source's rule book, each made from the book that the person saw, under the source's lock.

What was decided by a rule names the version that it was decided by; versions are never edited.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext

from review.models import Rule, RuleVersion, Source, User
from review.records import audit
from review.registry.rules import rules_of, state_of
from review.registry.starter_rules import STARTER_SET

MOST = 20
"""Rules of one source: as many as the desk has keys for."""
WORDS = ("locale", "wording", "category", "action", "note_template", "ground", "legal_ground")
"""What a version says; what else it holds is kept for it."""


class Overtaken(Exception):
    """The book was changed since the one that a change was made from."""


class TooMany(Exception):
    """The source would have more than MOST rules."""


class NotInTheBook(Exception):
    """The source has no such rule in force."""


def write(source: Source, by: User, words: dict[str, Any], *, made_from: str) -> RuleVersion:
    """Add a rule at the end of the book. `words` are values by the names in WORDS. Raises Overtaken and TooMany."""
    with _book(source, made_from) as rules:
        return _add(source, by, [words], rules)[0]


def add_starter_set(source: Source, by: User, *, made_from: str) -> list[RuleVersion]:
    """Add the rules that ship at the end of the book. Raises Overtaken and TooMany."""
    with _book(source, made_from) as rules:
        return _add(source, by, STARTER_SET, rules)


def reword(source: Source, by: User, rule_id: int, words: dict[str, Any], *, made_from: str) -> RuleVersion:
    """Put a new version of a rule in force; the same words again make none. Raises Overtaken and NotInTheBook."""
    with _book(source, made_from) as rules:
        old = _found(rules, rule_id)
        if words == model_to_dict(old, WORDS):
            return old
        new = RuleVersion.objects.create(rule=old.rule, version=old.version + 1, created_by=by, **words)
        audit.record(by, "changed rule", old.rule, source, version=new.version)
        return new


def retire(source: Source, by: User, rule_id: int, *, made_from: str) -> RuleVersion:
    """Take a rule out of the book, by a last version that says so. Raises Overtaken and NotInTheBook."""
    with _book(source, made_from) as rules:
        old = _found(rules, rule_id)
        words = model_to_dict(old, WORDS)
        last = RuleVersion.objects.create(rule=old.rule, version=old.version + 1, created_by=by, retired=True, **words)
        _number([each for each in rules if each != old])
        audit.record(by, "retired rule", old.rule, source, version=last.version)
        return last


def move(source: Source, by: User, rule_id: int, steps: int, *, made_from: str) -> RuleVersion:
    """Move a rule `steps` down the book, or up where negative; no further than its ends.

    Raises Overtaken and NotInTheBook.
    """
    with _book(source, made_from) as rules:
        moved = _found(rules, rule_id)
        before = rules.index(moved)
        rules.remove(moved)
        rules.insert(max(0, before + steps), moved)
        _number(rules)
        audit.record(by, "moved rule", moved.rule, source, position=moved.rule.position)
        return moved


@contextmanager
def _book(source: Source, made_from: str) -> Iterator[list[RuleVersion]]:
    with transaction.atomic():
        # Not FOR UPDATE: rows that name the source, as new messages and cases do, need not wait for this.
        Source.objects.select_for_update(no_key=True).get(pk=source.pk)
        rules = rules_of(source)
        if made_from != state_of(rules):
            raise Overtaken
        yield rules


def _add(source: Source, by: User, new: Sequence[dict[str, Any]], rules: list[RuleVersion]) -> list[RuleVersion]:
    if len(rules) + len(new) > MOST:
        raise TooMany(gettext("A source has up to %(most)s rules.") % {"most": MOST})
    added = []
    for position, words in enumerate(new, len(rules) + 1):
        rule = Rule.objects.create(source=source, position=position)
        added.append(RuleVersion.objects.create(rule=rule, version=1, created_by=by, **words))
        audit.record(by, "wrote rule", rule, source, version=1)
    return added


def _found(rules: Sequence[RuleVersion], rule_id: int) -> RuleVersion:
    for each in rules:
        if each.rule_id == rule_id:
            return each
    raise NotInTheBook


def _number(rules: Sequence[RuleVersion]) -> None:
    """Number the rules from 1 in this order."""
    for position, each in enumerate(rules, 1):
        each.rule.position = position
    Rule.objects.bulk_update([each.rule for each in rules], ["position"])
