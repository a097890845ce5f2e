"""Appeals against what was done to an author: taken as those against outcomes, and answered on a page of their own.

They are about no one message, so there is no case to decide, and no label comes of the answer. A senior moderator
answers, and never whoever asked for the step; one that strikes led to, nobody who gave one of those, where a senior is
there who gave none. Where the author was right the step is taken back.
"""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext

from review.access import people_of
from review.enforcement import author_outcomes, strikes
from review.enforcement.appeals import ANSWERED_WITHIN, NoAppeal
from review.enforcement.outbox import enqueue
from review.enforcement.statements import appeal_until
from review.models import Appeal, AuthorAction, AuthorOutcome, Event, Role, Source, User
from review.records import audit

OVERTURNED = "overturned on an appeal"


@transaction.atomic
def take(step: AuthorOutcome, reason: str, contact: str = "") -> tuple[Appeal, bool]:
    """Keep an appeal against `step`; it, and whether it is new. Raises NoAppeal. The second one changes nothing."""
    step = AuthorOutcome.objects.select_for_update(of=("self",), no_key=True).select_related("source").get(pk=step.pk)
    if known := Appeal.objects.filter(author_outcome=step).first():
        return known, False
    if why_not := why_no_appeal(step):
        raise NoAppeal(why_not)
    now = timezone.now()
    made = Appeal.objects.create(
        source=step.source,
        author_outcome=step,
        reason=reason,
        contact=contact,
        created_at=now,
        due=now + ANSWERED_WITHIN,
    )
    return made, True


def why_no_appeal(step: AuthorOutcome) -> str:
    """Why there is nothing to object to in `step`, in a sentence; empty where there is."""
    if not step.author:
        return gettext("This author was erased, so nobody could look at it any more.")
    if step.action == AuthorAction.NONE:
        return gettext("Nothing is in force on this author.")
    if author_outcomes.in_force(step.source, step.author) != step:
        return gettext("A later decision has taken the place of this one.")
    if timezone.now() > appeal_until(step):
        return gettext("The time in which this could be appealed against is over.")
    return ""


def appealable(source: Source, author: str) -> AuthorOutcome:
    """The step on `author` that they may object to, or have objected to. Raises NoAppeal."""
    step = author_outcomes.in_force(source, author)
    if step is None or step.action == AuthorAction.NONE:
        raise NoAppeal(gettext("Nothing is in force on this author."))
    return step


def may_answer(user: User, appeal: Appeal) -> bool:
    """Whether it is open, and for `user` to answer."""
    return _answerable_by(user).filter(pk=appeal.pk).exists() and not _is_on_own_strikes(user, appeal)


def _is_on_own_strikes(user: User, appeal: Appeal) -> bool:
    """Whether the step came by itself of what `user` decided, among others, and a senior is there who decided none."""
    step = appeal.author_outcome
    if step is None or step.by_id is not None:
        return False
    deciders = strikes.deciders_behind(step)
    return user.pk in deciders and people_of(step.source_id, Role.SENIOR, but=deciders).exists()


def _answerable_by(user: User) -> QuerySet[Appeal]:
    """The open ones of sources where `user` is a senior that are not about what they asked for."""
    own = Q(author_outcome__by=user) | Q(author_outcome__decision__by=user)
    found = Appeal.objects.visible_to(user, Role.SENIOR).filter(state=Appeal.State.OPEN, author_outcome__isnull=False)
    return found.exclude(pk__in=Appeal.objects.filter(own).values("pk"))


@transaction.atomic
def answer(appeal: Appeal, by: User, words: str, *, overturned: bool) -> bool:
    """Answer it, for good, and take the step back where the author was right.

    False where somebody else was first, or it is not for `by` to answer.
    """
    state = Appeal.State.OVERTURNED if overturned else Appeal.State.UPHELD
    if _is_on_own_strikes(by, appeal):
        return False
    if not _answerable_by(by).filter(pk=appeal.pk).update(state=state, answer=words, resolved_at=Now()):
        return False
    step = appeal.author_outcome
    assert step  # noqa: S101 - it is answerable here
    if overturned:
        author_outcomes.lift(appeal.source, step.author, by, only=step, why=OVERTURNED)
    enqueue(Event.APPEAL_RESOLVED, appeal.source, appeal=appeal.pk)
    audit.record(by, "answered", appeal, appeal.source, state=state.value)
    return True
