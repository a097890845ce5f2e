"""Everything that the desk shows of one case, gathered in a handful of queries."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from review.desk import authors, model_opinion, thread
from review.enforcement.reporters import Reports, reports_of
from review.models import Case, Category, Message, Policy, Reason, Trigger, Verdict, sealing
from review.registry.policy_versions import policy_of
from review.triggers.highlight import Span
from review.triggers.recorded import spans_in, triggers_of

COUNTED = 1_000

KEYS = {
    Category.BENIGN: "A",
    Category.TOXICITY: "T",
    Category.HARASSMENT: "H",
    Category.HATE_SPEECH: "X",
    Category.SEXUAL_CONTENT: "S",
    Category.VIOLENCE: "V",
    Category.SPAM: "P",
    Category.SELF_HARM: "F",
}
SHORT = {Category.BENIGN: "Allow", Category.HATE_SPEECH: "Hate", Category.SEXUAL_CONTENT: "Sexual"}
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
class DecisionButton:
    """A button of the decision row. `likely` is never set on a sealed case."""

    category: Category
    key: str
    action: str
    likely: bool

    @property
    def short(self) -> str:
        return SHORT.get(self.category, self.category.label)


@dataclass(frozen=True)
class CasePage:
    """`copies` counts further members with the same text, at most COUNTED.

    `opinion`, `why` and `reports` are None if sealed; `reports` also where there are none. `triggers` matched it, at
    `spans` of its text; both are empty if sealed.
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
    buttons: list[DecisionButton]
    triggers: list[Trigger]
    spans: list[Span]

    @property
    def is_self_harm(self) -> bool:
        """Whether a trigger says that somebody may be in danger."""
        return any(trigger.category == Category.SELF_HARM for trigger in self.triggers)

    @property
    def lease_seconds(self) -> int:
        """How long the claim on the case still lasts."""
        return _seconds_until(self.case.claim_expires_at)


def build(case: Case) -> CasePage:
    """Gather the page of `case`."""
    is_sealed = sealing.is_sealed(case)
    message, copies = first_member(case)
    opinion = None if is_sealed else model_opinion.read(case)
    triggers = triggers_of(case) if opinion and opinion.why == Verdict.Why.TRIGGER else []
    return CasePage(
        case=case,
        message=message,
        copies=copies,
        thread=thread.around(message),
        author=authors.record_of(case, message, sealed=is_sealed),
        opinion=opinion,
        why=None if is_sealed else why_here(case, opinion),
        is_sealed=is_sealed,
        reports=None if is_sealed else reports_of(case),
        buttons=decision_buttons(policy_of(case.source), opinion.likely if opinion else set()),
        triggers=triggers,
        spans=spans_in(message.text, triggers),
    )


def first_member(case: Case) -> tuple[Message, int]:
    """The oldest message of the case, and how many further ones say the same."""
    first, *others = case.messages.order_by("pk")[:2]
    return first, case.members.all()[: COUNTED + 1].count() - 1 if others else 0


def why_here(case: Case, opinion: model_opinion.Opinion | None) -> str:
    """One sentence on what brought the case to people."""
    if case.reason != Reason.BORDERLINE:
        return WHY[Reason(case.reason)]
    return WHY_BORDERLINE[Verdict.Why(opinion.why if opinion else Verdict.Why.UNCALIBRATED)]


def decision_buttons(policy: Policy, likely: set[str]) -> list[DecisionButton]:
    """The decision row, always in the same order."""
    return [
        DecisionButton(category, key, policy.default_action(category), category in likely)
        for category, key in KEYS.items()
    ]


def _seconds_until(moment: datetime | None) -> int:
    return max(0, round((moment - timezone.now()).total_seconds())) if moment else 0
