"""Loads the demo community: its talk of the last three days, judged by the real model, and what was decided on it."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from review.demo.people import ADMIN, MODERATORS, make_people
from review.demo.second_opinions import give_second_opinions
from review.desk.recording import record_decision
from review.intake import storing
from review.intake.rows import Row
from review.judging.drain import drain
from review.judging.explain import explain_batch
from review.judging.worker import loaded
from review.models import Action, Case, Message, Policy, RiskTarget, Simulator, Source, User
from review.policy import certification, risk_targets
from review.registry.first_policy import DEFAULT_ACTIONS
from review.registry.policy_versions import new_version, replaced_by
from review.verdicts import margin_counts, priority

COMMUNITY = Path(__file__).with_name("community.jsonl")
SLUG = "riverside-arcade"
NAME = "Riverside Arcade"
FIRST_AUDIT_RATE = 0.35
AUDIT_RATE = 0.1
LADDERS: dict[str, Any] = {
    "default": [
        {"at": 0.0, "action": "allow"},
        {"at": 0.12, "action": "review"},
        {"at": 0.5, "action": "hide", "supervised": True},
        {"at": 0.94, "action": "remove", "supervised": True},
    ],
}
"""Nothing is taken away before it is certified: people look first at what would be hidden or removed."""
LAST_HOURS = timedelta(hours=9)
"""What came in since then waits for the newcomer."""
BLIND_LEFT = timedelta(hours=2)
"""Blind cases are kept up with until then: they all weigh the same, and old ones would be all that a newcomer sees."""
RULED_AFTER = timedelta(minutes=11)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Line:
    """A message of the community as written in the file, with the decision of a fair moderator."""

    id: str
    author: str
    channel: str
    thread: str
    offset: timedelta
    text: str
    category: str


def is_loaded() -> bool:
    """The simulator is made last, so with it the load was complete."""
    return Simulator.objects.filter(source__slug=SLUG).exists()


def load_community(password: str, say: Progress = lambda line: None, lines: Sequence[Line] | None = None) -> None:
    """Load the community once: people, messages, verdicts, and the decisions on all but the last hours.

    Everything goes the way that real traffic goes; only the times lie in the past. A load that was cut short is taken
    up where it stopped.
    """
    if is_loaded():
        return
    lines = lines or list(read_lines(COMMUNITY))
    start = timezone.now() - max(line.offset for line in lines) - timedelta(minutes=2)
    earlier = [line for line in lines if start + line.offset < timezone.now() - LAST_HOURS]
    source, _ = Source.objects.get_or_create(slug=SLUG, defaults={"name": NAME})
    people = make_people(password)
    _first_policy(source)
    say(f"{len(lines)} messages of {NAME}")
    _judge(source, earlier, start, say)
    decisions = {line.id: line.category for line in lines}
    say(f"{_decide(source, people, decisions, Q())} past decisions")
    say(f"{give_second_opinions(source, people, decisions)} second opinions")
    if Policy.objects.filter(source=source).count() == 1:
        new_version(source, people[ADMIN], replaced_by(LADDERS, AUDIT_RATE), note="Enough decisions to start")
        _set_goal(source, people[ADMIN])
    _judge(source, lines[len(earlier) :], start, say)
    _decide(source, people, decisions, Q(blind=True, opened_at__lt=timezone.now() - BLIND_LEFT))
    Simulator.objects.get_or_create(source=source)


def read_lines(path: Path) -> Iterator[Line]:
    with path.open(encoding="utf-8") as file:
        for text in file:
            yield _line(json.loads(text))


def _line(data: dict[str, Any]) -> Line:
    return Line(
        id=data["id"],
        author=data["author"],
        channel=data["channel"],
        thread=data["thread"] or "",
        offset=timedelta(seconds=data["offset_s"]),
        text=data["text"],
        category=data["category"],
    )


def _row(line: Line, start: datetime) -> Row:
    return Row(line.id, line.text, line.author, line.channel, line.thread, start + line.offset)


def _first_policy(source: Source) -> None:
    """A young community has many messages judged blind, so that its first figures come soon."""
    defaults = {
        "ladders": LADDERS,
        "default_actions": DEFAULT_ACTIONS,
        "audit_rate": FIRST_AUDIT_RATE,
        "note": "The first weeks",
    }
    Policy.objects.get_or_create(source=source, version=1, defaults=defaults)


def _judge(source: Source, lines: Sequence[Line], start: datetime, say: Progress) -> None:
    worker = loaded()
    storing.store(source, [_row(line, start) for line in lines])
    judged = sum(drain(worker.scorer, worker.setup))
    explained = 0
    while count := explain_batch(worker.scorer, worker.setup):
        explained += count
    _backdate(source)
    say(f"{judged} judged by {worker.setup.model.name}, {explained} of them explained for people")


def _set_goal(source: Source, admin: User) -> None:
    """A risk target that a few days of talk cannot certify yet: the page says what is missing."""
    setup = loaded().setup
    target = RiskTarget(source=source, kind=RiskTarget.Kind.WRONG_REMOVALS, action=Action.HIDE, risk=0.05)
    certification.attempt_certification(risk_targets.add(target, setup, admin), setup)


def _backdate(source: Source) -> None:
    """Have messages come in, and cases open, when the messages were sent, not when the demo was loaded."""
    Message.objects.filter(source=source).update(received_at=F("sent_at"))
    margin_counts.recount(source)
    cases = list(Case.objects.filter(source=source).prefetch_related("messages"))
    for case in cases:
        sent = min(message.sent_at for message in case.messages.all())
        case.priority += priority.priority(0, sent) - priority.priority(0, case.opened_at)
        case.opened_at = sent
    Case.objects.bulk_update(cases, ["priority", "opened_at"], batch_size=500)


def _decide(source: Source, people: dict[str, User], decisions: dict[str, str], which: Q) -> int:
    """Rule on those open cases that are `which`, taking turns; returns how many."""
    due = Case.objects.filter(which, source=source, state=Case.State.OPEN).order_by("opened_at", "pk")
    for turn, case in enumerate(due):
        message = Message.objects.filter(cases=case).order_by("pk")[0]
        at = case.opened_at + RULED_AFTER
        with transaction.atomic():
            Case.objects.filter(pk=case.pk).update(state=Case.State.DECIDED, decided_at=at)
            record_decision(
                case,
                people[MODERATORS[turn % len(MODERATORS)]],
                decisions[message.external_id],
                made_at=at,
                effective_at=at,
            )
    return len(due)
