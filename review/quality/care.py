"""Care for people who read what is severe: a budget by hour and day, milder work for a while on their own word, and
texts that are covered until held open.

All of it belongs to the person alone. What they set can only be milder than what holds for all, and nobody else reads
it, so no change of it goes to the audit log. Budgets steer what people are given next; who opens a case by themselves
may.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models.functions import Now

from review.models import Care, Category, User

SEVERE = (Category.VIOLENCE, Category.SEXUAL_CONTENT, Category.HATE_SPEECH, Category.SELF_HARM)
AN_HOUR, A_DAY = 20, 60
"""Severe cases that people are given, at most."""
MILDER_FOR = timedelta(hours=12)
"""A shift, and not the next one: who wants milder work then says so again."""

_SEVERE = ", ".join(f"'{category.value}'" for category in SEVERE)
# One row: what the person decided of severe cases in the last hour and day, how much that may be, what they cover.
_CARE = f"""
SELECT count(d.id) FILTER (WHERE d.created_at > statement_timestamp() - interval '1 hour') AS hour,
       least(coalesce(max(k.severe_an_hour), {AN_HOUR}), {AN_HOUR}) AS hour_limit,
       count(d.id) AS day, least(coalesce(max(k.severe_a_day), {A_DAY}), {A_DAY}) AS day_limit,
       max(k.milder_until) FILTER (WHERE k.milder_until > statement_timestamp()) AS milder_until,
       coalesce(max(k.covered), '{{}}') AS covered
  FROM (SELECT) AS one
  LEFT JOIN review_care k ON k.user_id = %(user)s
  LEFT JOIN review_decision d ON d.by_id = %(user)s AND d.undone_at IS NULL
        AND d.created_at > statement_timestamp() - interval '1 day' AND d.category IN ({_SEVERE})
"""  # noqa: S608 - constants of ours
# Uncorrelated, so it is counted once a statement. Blind cases too: were they told apart, that would tell what they are.
SPARED = f"""
(SELECT hour >= hour_limit OR day >= day_limit OR milder_until IS NOT NULL FROM ({_CARE}) AS care)
AND (c.blind OR EXISTS (
    SELECT FROM review_verdict v LEFT JOIN review_trigger t ON t.id = v.trigger_id
     WHERE v.id = c.verdict_id AND coalesce(t.category, v.category) IN ({_SEVERE})))
"""  # noqa: S608 - constants of ours
"""Whether the case `c` is kept from the person `%(user)s`, whose budget is spent or who asked for milder work."""


@dataclass(frozen=True)
class CareState:
    """What a person was given of severe cases, and what they have covered."""

    hour: int
    hour_limit: int
    day: int
    day_limit: int
    milder_until: datetime | None
    covered: frozenset[str]

    @property
    def is_spent(self) -> bool:
        return self.hour >= self.hour_limit or self.day >= self.day_limit

    def covers(self, likely: set[str], *, sealed: bool) -> bool:
        """Whether a text of one of these categories is covered; every sealed one is, so that a cover tells nothing."""
        return bool(self.covered) if sealed else not self.covered.isdisjoint(likely)


def care_of(user: User) -> CareState:
    """How it stands with a person now. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_CARE, {"user": user.pk})
        hour, hour_limit, day, day_limit, milder_until, covered = cursor.fetchone()
    return CareState(hour, hour_limit, day, day_limit, milder_until, frozenset(covered))


def ask_for_milder(user: User, *, on: bool) -> None:
    """Give `user` nothing severe and nothing blind for MILDER_FOR, or everything again."""
    until = Now() + MILDER_FOR if on else None
    Care.objects.update_or_create(user=user, defaults={"milder_until": until})
