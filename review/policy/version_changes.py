"""What one version of a policy changed in the one before, in words: for somebody whose change was overtaken."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from review.models import Policy
from review.numbers import number
from review.registry.ladder import DEFAULT, Ladder, Rung, parse
from review.sentences import action_word


@dataclass(frozen=True)
class VersionChange:
    """A version with what it changed, a phrase each."""

    policy: Policy
    words: list[str]


def changes_since(seen: int, meanwhile: Sequence[Policy]) -> list[VersionChange]:
    """Each of the versions that came after the one that was seen, oldest first, with what it changed."""
    found: list[VersionChange] = []
    if not meanwhile:
        return found
    before = Policy.objects.filter(source=meanwhile[0].source_id, version=seen).first()
    for policy in meanwhile:
        found.append(VersionChange(policy, differences(before, policy) if before else []))
        before = policy
    return found


def differences(before: Policy, after: Policy) -> list[str]:
    """What differs, a phrase for each rung and rate, and one for the form of the prompt."""
    old, new = parse(before.ladders).named, parse(after.ladders).named
    words = [
        f"{'' if name == DEFAULT else name + ': '}{phrase}"
        for name in sorted({*old, *new}, key=lambda name: (name != DEFAULT, name))
        for phrase in _between(old.get(name), new.get(name))
    ]
    if before.audit_rate != after.audit_rate:
        words.append(
            gettext("judged blind %(before)s → %(after)s")
            % {"before": _percent(before.audit_rate), "after": _percent(after.audit_rate)}
        )
    if before.earlier_messages != after.earlier_messages:
        words.append(
            gettext("earlier messages in the prompt %(before)s → %(after)s")
            % {"before": before.earlier_messages, "after": after.earlier_messages}
        )
    return words


def _between(old: Ladder | None, new: Ladder | None) -> list[str]:
    if new is None:
        return [gettext("back on the common ladder")]
    if old is None:
        return [f"{action_word(rung.action)} {_words(rung)}" for rung in new.rungs if rung.at > 0]
    actions = dict.fromkeys(rung.action for rung in (*old.rungs, *new.rungs))
    pairs = [(action, old.of(action), new.of(action)) for action in actions]
    return [f"{action_word(action)} {_words(a)} → {_words(b)}" for action, a, b in pairs if a != b]


def _words(rung: Rung | None) -> str:
    if rung is None:
        return gettext("never")
    words = gettext("from %(share)s") % {"share": _percent(rung.at)}
    if rung.certified:
        margin = number(rung.certified.margin, "+.2f")
        words = gettext("%(rung)s, certified at margin %(margin)s") % {"rung": words, "margin": margin}
    elif rung.supervised:
        words = gettext("%(rung)s, people look first") % {"rung": words}
    if rung.rate is None:
        return words
    return gettext("%(rung)s, %(share)s judged blind") % {"rung": words, "share": _percent(rung.rate)}


def _percent(share: float) -> str:
    return f"{number(share * 100, '.4g')} %"
