"""What the API answers, for its own checks and for the OpenAPI document."""

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field


class Problem(BaseModel):
    code: str
    message: str


class ErrorBody(Problem):
    details: Any = None


class ErrorAnswer(BaseModel):
    """Every error has this shape."""

    error: ErrorBody


class RejectedRow(BaseModel):
    """A row that was not stored. `index` is its place among the rows, `id` its id where that is a string.

    `line` is where it ends in a stream or a file, and is left out for arrays.
    """

    index: int
    id: str | None
    error: Problem
    line: int | None = None


class Counts(BaseModel):
    """What became of the rows; `rejected` lists the first 1,000 of `rejected_total`."""

    accepted: int
    duplicates: int
    rejected: list[RejectedRow]
    rejected_total: int


class VerdictAnswer(BaseModel):
    """The model's judgement. `probability` is calibrated, and empty where no calibrator was there.

    `why` says what chose the route: a rung of the ladder, "uncalibrated", "language", "disguised" where it
    is no plain text, or "windows" where the text was longer than the model reads at once: then everything is that of
    its `worst_window`, of `windows`, and uncalibrated.
    `bounded` is true where the server that runs the model told only a bound of the margin, `deferred` where the first
    model of a cascade left the text to the second, which is the one that spoke.
    """

    id: str
    flag: bool
    category: str
    probability: float | None
    confidence: float | None
    margin: float
    categories: dict[str, float]
    route: str
    reason: str | None
    emitted_confidence: float | None
    model: str
    rubric: int
    calibrator: int | None
    policy: int
    why: str
    windows: int
    worst_window: int
    bounded: bool
    deferred: bool


class Judged(Counts):
    """Counts, and a verdict for each row that was not rejected, in input order; null where people must decide alone."""

    verdicts: list[VerdictAnswer | None]


class RuleAnswer(BaseModel):
    """A version of a rule, as `GET rules` has it or had it. `name` is in the rule's main locale."""

    id: int
    version: int
    name: str


class BrokenRule(BaseModel):
    """The rule that was broken; without a rule book `text` is the category, and there is no id."""

    id: int | None
    version: int | None
    text: str


class StatementAnswer(BaseModel):
    """Why somebody is restricted, and how to object.

    `found_by` is automation, report or person; `decided_by` is automation or person; `automated_decision` is fully,
    partially (a copy that follows a person's decision on the same words) or not. `appeal_until` is empty where the
    outcome is itself the answer to an appeal: `appeal_url` then leads to that answer.
    """

    rule: BrokenRule
    facts: str
    ground: Literal["terms", "law"]
    found_by: Literal["automation", "report", "person"]
    decided_by: Literal["automation", "person"]
    automated_detection: bool
    automated_decision: Literal["fully", "partially", "not"]
    scope: str
    starts_at: datetime
    ends_at: datetime | None
    appeal_url: str
    appeal_until: datetime | None


class OutcomeAnswer(BaseModel):
    """An action. `by` is automation, a person, or a report where people decided on one.

    `rule` is the rule of the source's rule book that it was done by, if any; `statement` is null unless somebody is
    restricted by it.
    """

    seq: int
    action: str
    by: Literal["automation", "report", "person"]
    why: str
    rule: RuleAnswer | None
    effective_at: datetime
    statement: StatementAnswer | None


class Wording(BaseModel):
    name: str
    text: str


class RuleInForce(BaseModel):
    """A rule of the book. `wording` and `note_to_author` are by locale, of which `locale` is the main one.

    `action` is what follows by default; `ground` says whether it is about the law or the terms of the community.
    """

    id: int
    version: int
    position: int
    locale: str
    wording: dict[str, Wording]
    category: str
    action: str
    note_to_author: dict[str, str]
    ground: Literal["terms", "law"]
    legal_ground: str


class RulesAnswer(BaseModel):
    """The rule book, in its order."""

    rules: list[RuleInForce]


class FeedQuery(Schema):
    """Where a reader goes on, how many rows it takes, and how many seconds it waits for the first."""

    cursor: str = Field("", max_length=100)
    limit: int = Field(100, ge=1, le=1_000)
    wait: float = Field(0, ge=0, le=30, allow_inf_nan=False)


class FedOutcome(OutcomeAnswer):
    """An outcome on the message of this id; nothing was done to its author by it."""

    id: str
    author: None


class CountedOutcome(BaseModel):
    """An outcome on a message that counted as a strike, or was decided at the same stroke."""

    id: str
    seq: int
    action: str
    effective_at: datetime


class AuthorStatement(StatementAnswer):
    """Why something was done to an author. `outcomes` are the newest of those behind it, 20 at most."""

    outcomes: list[CountedOutcome]


class FedAuthorOutcome(BaseModel):
    """What was done to the author of this name: warn, mute, ban, or none where it is taken back. `seq` is theirs.

    `author` is empty once erased. `strikes` is what the author's record came to then; `reverses` the `seq` of the step
    that it takes back, if it does.
    """

    id: None
    author: str
    seq: int
    action: Literal["none", "warn", "mute", "ban"]
    by: Literal["automation", "report", "person"]
    why: str
    rule: RuleAnswer | None
    effective_at: datetime
    statement: AuthorStatement | None
    strikes: float
    reverses: int | None


class OutcomeFeedAnswer(BaseModel):
    """`cursor` is for the next call, also where no row is new; `more` says that there are further rows already."""

    outcomes: list[FedOutcome | FedAuthorOutcome]
    cursor: str
    more: bool


class VerdictFeedAnswer(BaseModel):
    """`cursor` is for the next call, also where no row is new; `more` says that there are further rows already."""

    verdicts: list[VerdictAnswer]
    cursor: str
    more: bool


class DecisionAnswer(BaseModel):
    category: str
    action: str
    by: str
    decided_at: datetime
    effective_at: datetime


class MessageAnswer(BaseModel):
    """How a message stands: pending, judged, in_review, decided, failed or erased."""

    id: str
    state: str
    author: str
    channel: str
    thread: str
    sent_at: datetime
    received_at: datetime
    verdict: VerdictAnswer | None
    outcome: OutcomeAnswer | None
    decisions: list[DecisionAnswer]


class Rates(BaseModel):
    received_per_minute: float
    judged_per_minute: float


class StatsAnswer(BaseModel):
    """Counts are exact up to 10,000; those named in `at_least` may be higher. `judged` is of the last 24 hours."""

    pending: int
    in_review: int
    judged: int
    oldest_pending_seconds: float | None
    oldest_in_review_seconds: float | None
    rates: Rates
    at_least: list[str]
