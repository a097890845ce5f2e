"""Everything that the desk shows of one case, gathered in a handful of queries."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from review.desk import authors, model_opinion, thread
from review.desk.decision_buttons import DecisionButton, decision_buttons
from review.enforcement import author_outcomes
from review.enforcement.reporters import Reports, reports_of
from review.models import Appeal, Case, Category, Message, Policy, Reason, Trigger, Verdict, sealing
from review.registry.policy_versions import policy_of
from review.registry.rules import rules_of
from review.triggers.highlight import Span
from review.triggers.recorded import spans_in, triggers_of

COUNTED = 1_000

WHY = {
    Reason.AUDIT: "Drawn at random for the cohort, and acted on automatically.",
    Reason.TRIGGER: "A trigger of this community matched.",
    Reason.REPORT: "It was reported. A report only asks people to look: nothing was done because of it.",
    Reason.APPEAL: "The author appealed against what was done.",
    Reason.FAILURE: "The model could not judge it, three times over. There is no probability to show.",
    Reason.SECOND_OPINION: "Somebody asked for a second opinion.",
    Reason.IMPORT: "It was imported from a file, together with its decision.",
}
WHY_BORDERLINE = {
    Verdict.Why.RUNG: "Its probability falls between the rungs on which the policy acts by itself.",
    Verdict.Why.SUPERVISED: (
        "The policy would act on it, but people look first until that is certified to be right often enough."
    ),
    Verdict.Why.UNCALIBRATED: ("There is no calibrator for this model and rubric yet, so everything goes to people."),
    Verdict.Why.LANGUAGE: (
        "It is in a script that the model was not trained on, so people decide whatever the model says."
    ),
    Verdict.Why.WINDOWS: (
        "It is longer than the model reads at once: its worst part has no calibrated probability, so people decide."
    ),
    Verdict.Why.TRIGGER: WHY[Reason.TRIGGER],
    Verdict.Why.TRIGGERS_FAILED: (
        "The triggers of this community could not be matched, so people decide whatever the model says."
    ),
}


@dataclass(frozen=True)
class CasePage:
    """`copies` counts further members with the same text, at most COUNTED.

    `opinion`, `why`, `reports` and `standing` are None if sealed; `reports` also where there are none, `standing` where
    nobody said who the author is. `triggers` matched it, at `spans` of its text; both are empty if sealed.
    """

    case: Case
    message: Message
    copies: int
    thread: thread.Thread
    author: authors.AuthorRecord | None
    opinion: model_opinion.Opinion | None
    why: str | None
    is_sealed: bool
    reports: Reports | None
    standing: author_outcomes.Standing | None
    buttons: list[DecisionButton]
    triggers: list[Trigger]
    spans: list[Span]
    appeal: Appeal | None

    @property
    def is_self_harm(self) -> bool:
        """Whether a trigger says that somebody may be in danger."""
        return any(trigger.category == Category.SELF_HARM for trigger in self.triggers)

    @property
    def is_by_rules(self) -> bool:
        """Whether the source has a rule book, so that the buttons stand for its rules."""
        return any(button.field == "rule" for button in self.buttons)

    @property
    def lease_seconds(self) -> int:
        """How long the claim on the case still lasts."""
        return _seconds_until(self.case.claim_expires_at)


def build(case: Case) -> CasePage:
    """Gather the page of `case`."""
    is_sealed, policy = sealing.is_sealed(case), policy_of(case.source)
    message, copies = first_member(case)
    opinion = None if is_sealed else model_opinion.read(case)
    is_matched = case.reason == Reason.FAILURE or (opinion is not None and opinion.why == Verdict.Why.TRIGGER)
    triggers = triggers_of(case) if is_matched and not is_sealed else []
    return CasePage(
        case=case,
        message=message,
        copies=copies,
        thread=thread.around(message),
        author=authors.record_of(case, message, sealed=is_sealed),
        opinion=opinion,
        why=None if is_sealed else why_here(case, opinion),
        is_sealed=is_sealed,
        standing=None if is_sealed or not message.author else _standing(case, policy, message, opinion),
        reports=None if is_sealed else reports_of(case),
        buttons=decision_buttons(policy, rules_of(case.source), opinion.likely if opinion else set()),
        triggers=triggers,
        spans=spans_in(message.text, triggers),
        appeal=_appeal_of(case),
    )


def _appeal_of(case: Case) -> Appeal | None:
    if case.reason != Reason.APPEAL:
        return None
    return Appeal.objects.filter(case=case).select_related("outcome__by").first()


def _standing(
    case: Case, policy: Policy, message: Message, opinion: model_opinion.Opinion | None
) -> author_outcomes.Standing:
    """The author's strikes, and what one more would do for what the model takes the message for."""
    return author_outcomes.standing(case.source, policy, message.author, opinion.category if opinion else "")


def first_member(case: Case) -> tuple[Message, int]:
    """The oldest message of the case, and how many further ones say the same."""
    first, *others = case.messages.order_by("pk")[:2]
    return first, case.members.all()[: COUNTED + 1].count() - 1 if others else 0


def why_here(case: Case, opinion: model_opinion.Opinion | None) -> str:
    """One sentence on what brought the case to people."""
    if case.reason != Reason.BORDERLINE:
        return WHY[Reason(case.reason)]
    return WHY_BORDERLINE[Verdict.Why(opinion.why if opinion else Verdict.Why.UNCALIBRATED)]


def _seconds_until(moment: datetime | None) -> int:
    return max(0, round((moment - timezone.now()).total_seconds())) if moment else 0
