"""Everything that the desk shows of one case, gathered in a handful of queries."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy

from inference.scoring.language import ENGLISH
from inference.scoring.normalise import normalised
from review.desk import authors, model_opinion, thread, translator
from review.desk.decision_buttons import DecisionButton, decision_buttons
from review.enforcement import author_outcomes
from review.enforcement.reporters import Reports, reports_of
from review.language_names import language_name
from review.models import (
    Appeal,
    AuthorAction,
    Case,
    Category,
    Decision,
    Message,
    Note,
    Policy,
    Reason,
    Referral,
    Trigger,
    User,
    Verdict,
    sealing,
)
from review.quality import second_opinions
from review.records.notes import notes_about
from review.registry.policy_versions import policy_of
from review.registry.rules import rules_of
from review.triggers.highlight import Span
from review.triggers.recorded import spans_in, triggers_of

COUNTED = 1_000

WHY = {
    Reason.AUDIT: gettext_lazy("Drawn at random for the cohort, and acted on automatically."),
    Reason.TRIGGER: gettext_lazy("A trigger of this community matched."),
    Reason.REPORT: gettext_lazy("It was reported. A report only asks people to look: nothing was done because of it."),
    Reason.APPEAL: gettext_lazy("The author appealed against what was done."),
    Reason.FAILURE: gettext_lazy("The model could not judge it, three times over. There is no probability to show."),
    Reason.SECOND_OPINION: gettext_lazy("Drawn at random to be judged by a second person as well."),
    Reason.REVERSAL: gettext_lazy("Somebody decided otherwise than was decided before."),
    Reason.ADJUDICATION: gettext_lazy(
        "Two people decided differently about it, the second without sight of the first. Yours holds."
    ),
    Reason.GOLD: gettext_lazy(
        "Its answer was known beforehand: it shows whether people and rules still agree. Nothing follows."
    ),
    Reason.IMPORT: gettext_lazy("It was imported from a file, together with its decision."),
}
WHY_BORDERLINE = {
    Verdict.Why.RUNG: gettext_lazy("Its probability falls between the rungs on which the policy acts by itself."),
    Verdict.Why.SUPERVISED: gettext_lazy(
        "The policy would act on it, but people look first until that is certified to be right often enough."
    ),
    Verdict.Why.UNCALIBRATED: gettext_lazy(
        "There is no calibrator for this model and rubric yet, so everything goes to people."
    ),
    Verdict.Why.LANGUAGE: gettext_lazy(
        "It is in a language that the model was not trained on, so people decide whatever the model says."
    ),
    Verdict.Why.DISGUISED: gettext_lazy(
        "It is no plain text, also once disguises are undone, so people decide whatever the model says."
    ),
    Verdict.Why.WINDOWS: gettext_lazy(
        "It is longer than the model reads at once: its worst part has no calibrated probability, so people decide."
    ),
    Verdict.Why.TRIGGER: WHY[Reason.TRIGGER],
    Verdict.Why.TRIGGERS_FAILED: gettext_lazy(
        "The triggers of this community could not be matched, so people decide whatever the model says."
    ),
}


@dataclass(frozen=True)
class CasePage:
    """`copies` counts further members with the same text, at most COUNTED.

    `read_as` is the text as the model is given it, empty where that is the text itself, or sealed.

    `opinion`, `why`, `reports` and `record` are None if sealed; `reports` also where there are none, `record` where
    nobody said who the author is. `triggers` matched it, at `spans` of its text; both are empty if sealed. So is what
    was said later, since a second look comes later than a first. `views` are the two that an adjudication is about.
    `notes` are on the case and on the author, oldest first; if sealed, only those of who looks. `author_actions` are
    what a decision may ask to be done to the author.
    """

    case: Case
    message: Message
    copies: int
    thread: thread.Thread
    author: authors.AuthorRecord | None
    opinion: model_opinion.Opinion | None
    read_as: str
    why: str | None
    is_sealed: bool
    reports: Reports | None
    record: author_outcomes.AuthorRecord | None
    buttons: list[DecisionButton]
    triggers: list[Trigger]
    spans: list[Span]
    appeal: Appeal | None
    notes: list[Note]
    referral: Referral | None
    author_actions: list[AuthorAction]
    views: list[Decision]

    @property
    def sent_at(self) -> datetime:
        """When it came, as far as it may show: blind cases of all sorts seem to have come when they were opened."""
        return self.case.opened_at if self.is_sealed else self.message.sent_at

    @property
    def language(self) -> str:
        """What its language is called; empty for English, which short texts are taken for, and where none was told."""
        return "" if self.case.language == ENGLISH else language_name(self.case.language)

    @property
    def translation(self) -> str:
        """The address at which the community's translator shows it; empty where there is none."""
        return translator.address(self.case.source, self.message.text)

    @property
    def likely(self) -> set[str]:
        """Categories that it may well be of, by model and triggers; none are told if sealed."""
        return {trigger.category for trigger in self.triggers} | (self.opinion.likely if self.opinion else set())

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


def build(case: Case, reader: User) -> CasePage:
    """Gather the page of `case`, as `reader` may see it."""
    is_sealed, policy = sealing.is_sealed(case), policy_of(case.source)
    message, copies = first_member(case, sealed=is_sealed)
    opinion = None if is_sealed else model_opinion.read(case)
    notes = notes_about(case, message.author)
    is_matched = case.reason == Reason.FAILURE or (opinion is not None and opinion.why == Verdict.Why.TRIGGER)
    triggers = triggers_of(case) if is_matched and not is_sealed else []
    return CasePage(
        case=case,
        message=message,
        copies=copies,
        thread=thread.around(message, later=not is_sealed),
        author=authors.record_of(case, message, sealed=is_sealed),
        opinion=opinion,
        read_as="" if is_sealed else read_as(message.text),
        why=None if is_sealed else why_here(case, opinion),
        is_sealed=is_sealed,
        record=None if is_sealed or not message.author else _record(case, policy, message, opinion),
        reports=None if is_sealed else reports_of(case),
        buttons=decision_buttons(policy, rules_of(case.source), opinion.likely if opinion else set()),
        triggers=triggers,
        spans=spans_in(message.text, triggers),
        appeal=_appeal_of(case),
        notes=[note for note in notes if not is_sealed or note.by_id == reader.pk],
        referral=_referral_of(case) if any(note.case_id for note in notes) else None,
        author_actions=author_outcomes.steps_of(policy) if message.author else [],
        views=second_opinions.views_of(case),
    )


def read_as(text: str) -> str:
    """The text with its disguises undone; empty where nothing but case and blanks differs."""
    undone = normalised(text)
    return "" if undone.lower().split() == text.lower().split() else undone


def _appeal_of(case: Case) -> Appeal | None:
    if case.reason != Reason.APPEAL:
        return None
    return Appeal.objects.filter(case=case).select_related("outcome__by").first()


def _referral_of(case: Case) -> Referral | None:
    """For whom `case` waits; None where it waits for anybody. There is always a note with it."""
    if case.state != Case.State.OPEN:
        return None
    return Referral.objects.filter(case=case, ended_at=None).select_related("by", "to", "note").first()


def _record(
    case: Case, policy: Policy, message: Message, opinion: model_opinion.Opinion | None
) -> author_outcomes.AuthorRecord:
    """The author's strikes, and what one more would do for what the model takes the message for."""
    return author_outcomes.record_of(case.source, policy, message.author, opinion.category if opinion else "")


def first_member(case: Case, *, sealed: bool = False) -> tuple[Message, int]:
    """The oldest message of the case, and how many further ones say the same; none are told of a sealed one."""
    if sealed:
        return case.messages.order_by("pk")[0], 0
    first, *others = case.messages.order_by("pk")[:2]
    return first, case.members.all()[: COUNTED + 1].count() - 1 if others else 0


def why_here(case: Case, opinion: model_opinion.Opinion | None) -> str:
    """One sentence on what brought the case to people."""
    if case.reason != Reason.BORDERLINE:
        return str(WHY[Reason(case.reason)])
    return str(WHY_BORDERLINE[Verdict.Why(opinion.why if opinion else Verdict.Why.UNCALIBRATED)])


def _seconds_until(moment: datetime | None) -> int:
    return max(0, round((moment - timezone.now()).total_seconds())) if moment else 0
