"""Statements of reasons for what is done to authors: for a step that strikes led to, or that a person asked for.

As with outcomes on messages nothing is written for the occasion, and nothing is stored: what counted is read from the
record as it was at that moment.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.translation import gettext, gettext_lazy, ngettext

from review.enforcement import strikes
from review.enforcement.appeal_links import url_of
from review.enforcement.statements import (
    AUTOMATION,
    PERSON,
    STATEMENT_NEEDS,
    appeal_until,
    facts_of,
    found_by_of,
    ground_of,
    plain_facts,
    rule_json,
)
from review.models import AuthorAction, AuthorOutcome, Outcome, RuleVersion
from review.numbers import number
from review.registry.strike_ladder import parse_strikes
from review.sentences import in_sentence

_SCOPE = {
    AuthorAction.WARN: gettext_lazy("This is a warning: by itself it restricts nothing."),
    AuthorAction.MUTE: gettext_lazy("This author may not write in this community; for how long, the community says."),
    AuthorAction.BAN: gettext_lazy("This author is banned from this community."),
}
# Of the outcomes of a decision one stands for all: on a message of this very author where there is one.
_DECIDED = """
SELECT DISTINCT ON (a.id) a.id, o.id, a.author <> '' AND m.author = a.author
  FROM review_authoroutcome a
  JOIN review_outcome o ON o.decision_id = a.decision_id AND o.by_id IS NOT NULL
  JOIN review_message m ON m.id = o.message_id
 WHERE a.id = ANY(%s) ORDER BY a.id, 3 DESC, o.id
"""


@dataclass(frozen=True)
class Reasons:
    """What a step came of: the outcome of the decision that asked for it, or outcomes that counted as strikes.

    `count` is how many those were; `latest` are the newest of them, on messages of this author, as the API shows them.
    """

    decided: Outcome | None = None
    count: int = 0
    latest: list[dict[str, Any]] = field(default_factory=list)

    @property
    def found_by(self) -> str:
        return found_by_of(self.decided) if self.decided else AUTOMATION

    @property
    def automated_decision(self) -> str:
        return "not" if self.decided else "fully"


def reasons_of(steps: Collection[AuthorOutcome]) -> dict[int, Reasons]:
    """What each step came of, by its id; a handful of queries for all. `policy` is read of each."""
    found = _decided([step.pk for step in steps if step.decision_id])
    by_strikes = [step for step in steps if step.pk not in found and step.action != AuthorAction.NONE]
    for pk, counted in strikes.behind(by_strikes).items():
        found[pk] = Reasons(None, counted[0].count, [each.as_json() for each in counted])
    return {step.pk: found.get(step.pk, Reasons()) for step in steps}


def author_statement(step: AuthorOutcome, reasons: Reasons) -> dict[str, Any] | None:
    """The reasons for `step` as the API shows them; None where it takes back, and leaves the author alone."""
    if step.action == AuthorAction.NONE:
        return None
    decided = reasons.decided
    return {
        "rule": rule_json(decided)
        if decided
        else {
            "id": None,
            "version": None,
            "text": gettext("Strikes (policy %(version)s)") % {"version": step.policy.version},
        },
        "facts": author_facts(step, reasons),
        "ground": ground_of(decided) if decided else RuleVersion.Ground.TERMS.value,
        "found_by": reasons.found_by,
        "decided_by": PERSON if decided else AUTOMATION,
        "automated_detection": reasons.found_by == AUTOMATION,
        "automated_decision": reasons.automated_decision,
        "scope": str(_SCOPE[AuthorAction(step.action)]),
        "starts_at": step.effective_at,
        "ends_at": None,
        "appeal_url": url_of(step),
        "appeal_until": appeal_until(step),
        "outcomes": reasons.latest,
    }


def author_facts(step: AuthorOutcome, reasons: Reasons, *, plain: bool = False) -> str:
    """What the record says, in sentences; `plain` without anybody's words, as for the outcome on a message."""
    if decided := reasons.decided:
        said = (plain_facts if plain else facts_of)(decided, reasons.found_by, "not")
        return gettext("%(said)s The same person decided what follows for its author.") % {"said": said}
    begins = parse_strikes(step.policy.strikes).steps.get(step.action)
    known: dict[str, object] = {
        "count": number(reasons.count),
        "strikes": number(step.strikes, ".1f"),
        "version": step.policy.version,
    }
    if reasons.count == 0:
        came_to = gettext("What was done about this author's messages came to %(strikes)s strikes") % known
    else:
        came_to = (
            ngettext(
                "What was done about one of this author's messages came to %(strikes)s strikes",
                "What was done about %(count)s of this author's messages came to %(strikes)s strikes",
                reasons.count,
            )
            % known
        )
    known |= {"came_to": came_to, "done": in_sentence(step.get_action_display())}
    if not begins:
        return gettext("%(came_to)s, and policy %(version)s of this community says what follows from that.") % known
    known["begins"] = number(begins, "g")
    follows = gettext(
        "%(came_to)s, and policy %(version)s of this community says that from %(begins)s on an author is %(done)s."
    )
    return follows % known


def _decided(steps: list[int]) -> dict[int, Reasons]:
    """Of those steps (ids) that a decision asked for, by id."""
    if not steps:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_DECIDED, [steps])
        rows = cursor.fetchall()
    needs = ("message", *STATEMENT_NEEDS)
    outcomes = Outcome.objects.select_related(*needs).in_bulk([outcome for _, outcome, _ in rows])
    found = {}
    for step, pk, is_own in rows:
        outcome = outcomes[pk]
        own = strikes.Behind(outcome.message.external_id, outcome.seq, outcome.action, outcome.effective_at, 1)
        found[step] = Reasons(outcome, 1, [own.as_json()] if is_own else [])
    return found
