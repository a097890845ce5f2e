"""What a signed link leads to: an outcome on a message or on an author, with all that its page tells."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from review.enforcement import appeals, author_appeals, author_outcomes
from review.enforcement.appeal_links import named_in, url_of
from review.enforcement.author_statements import author_statement, reasons_of
from review.enforcement.outcomes import in_force
from review.enforcement.statements import RESTRICTS, STATEMENT_NEEDS, statement_of
from review.models import Action, Appeal, AuthorAction, AuthorOutcome, Outcome, Source

_DONE = {
    Action.HIDE: gettext_lazy("Your message was hidden"),
    Action.REMOVE: gettext_lazy("Your message was removed"),
    AuthorAction.WARN: gettext_lazy("You were warned"),
    AuthorAction.MUTE: gettext_lazy("You were muted"),
    AuthorAction.BAN: gettext_lazy("You were banned"),
}


@dataclass(frozen=True)
class Appealed:
    """An outcome as its author reads of it.

    `appeal` is the one that was made, else None; `why_not` says why none can be made, empty where one can. `has_later`
    says that another outcome is in force by now, and `later_url` is the page of that one where it restricts as well.
    """

    done: str
    is_author: bool
    source: Source
    statement: dict[str, Any]
    appeal: Appeal | None
    why_not: str
    has_later: bool
    later_url: str
    take: Callable[[str, str], object]


def found_by(token: str) -> Outcome | AuthorOutcome | None:
    """The outcome in effect, and about somebody, that the link was made for; None where there is none."""
    kind, pk = named_in(token) or (None, 0)
    if kind is Outcome:
        effective = Outcome.objects.filter(withdrawn_at=None, effective_at__lte=timezone.now(), action__in=RESTRICTS)
        return effective.select_related("message__source", "by", *STATEMENT_NEEDS).filter(pk=pk).first()
    steps = AuthorOutcome.objects.exclude(action=AuthorAction.NONE).select_related("source", "policy")
    return steps.filter(pk=pk).first() if kind else None


def about_message(outcome: Outcome) -> Appealed:
    """Of an outcome that restricts a message."""
    made = Appeal.objects.filter(outcome=outcome).select_related("decision").first()
    later = in_force(outcome.message, *STATEMENT_NEEDS)
    has_later = later is not None and later != outcome
    return Appealed(
        done=str(_DONE[Action(outcome.action)]),
        is_author=False,
        source=outcome.message.source,
        statement=statement_of(outcome) or {},
        appeal=made,
        why_not="" if made else appeals.why_no_appeal(outcome, outcome.message),
        has_later=has_later,
        later_url=url_of(later) if later and has_later and later.action in RESTRICTS and not made else "",
        take=partial(appeals.take, outcome),
    )


def about_author(step: AuthorOutcome) -> Appealed:
    """Of a step that warns, mutes or bans."""
    made = Appeal.objects.filter(author_outcome=step).first()
    later = author_outcomes.in_force(step.source, step.author) if step.author else None
    has_later = later is not None and later != step
    return Appealed(
        done=str(_DONE[AuthorAction(step.action)]),
        is_author=True,
        source=step.source,
        statement=author_statement(step, reasons_of([step])[step.pk]) or {},
        appeal=made,
        why_not="" if made else author_appeals.why_no_appeal(step),
        has_later=has_later,
        later_url=url_of(later) if later and has_later and later.action != AuthorAction.NONE and not made else "",
        take=partial(author_appeals.take, step),
    )
