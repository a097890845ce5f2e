"""Opens cases. A raid of the same text is one case with many members."""

from collections.abc import Sequence
from dataclasses import dataclass

from review.bulk_insert import insert, insert_missing
from review.models import Case, CaseMember, Message, Reason, Verdict
from review.verdicts.language import language_told

Key = tuple[int, bytes, bool]
SHARED = (Reason.BORDERLINE, Reason.AUDIT, Reason.TRIGGER, Reason.REPORT)


@dataclass(frozen=True)
class NewCase:
    """A message that people must look at, and why; `not_for` are the ids of people who may not decide it.

    `language` is that of its text, for who has told it already.
    """

    message: Message
    reason: Reason
    priority: float
    blind: bool = False
    verdict: Verdict | None = None
    not_for: tuple[int, ...] = ()
    language: str = ""

    @property
    def key(self) -> Key:
        return self.message.source_id, bytes(self.message.text_digest), self.blind

    @property
    def shareable(self) -> bool:
        """Copies share a case, and with it one decision. A failure is about one message."""
        return self.reason in SHARED


def open_cases(new: Sequence[NewCase]) -> None:
    """Open a case for each message, or add it to the open one with the same text. Must run in a transaction.

    A message may be in that case already: it was reported before it was judged.
    """
    alone = [one for one in new if not one.shareable]
    cases = insert(_row(one) for one in alone)
    members = [CaseMember(case=case, message=one.message) for case, one in zip(cases, alone, strict=True)]
    shared = {one.key: one for one in reversed(new) if one.shareable}
    cases_by_key = _open_shared(shared)
    members += [CaseMember(case_id=cases_by_key[one.key], message=one.message) for one in new if one.shareable]
    insert_missing(members)


def open_alone(one: NewCase) -> Case:
    """Open a case of its own for a message, whatever else waits. Must run in a transaction."""
    case = _row(one)
    case.save()
    CaseMember.objects.create(case=case, message=one.message)
    return case


def _open_shared(new: dict[Key, NewCase]) -> dict[Key, int]:
    """The open case for each text, made where there is none, and locked so that no decision slips in between.

    A case that is decided between the insert that found it and the lock no longer counts as open: then once more.
    """
    found: dict[Key, int] = {}
    while missing := sorted(new.keys() - found.keys()):
        insert_missing(_row(new[key]) for key in missing)
        rows = Case.objects.select_for_update(no_key=True).filter(
            state=Case.State.OPEN,
            reason__in=SHARED,
            source__in={source for source, _, _ in missing},
            text_digest__in=[digest for _, digest, _ in missing],
        )
        known = rows.order_by("pk").values_list("source", "text_digest", "blind", "pk")
        found |= {(source, bytes(digest), blind): pk for source, digest, blind, pk in known}
    return found


def _row(one: NewCase) -> Case:
    return Case(
        source_id=one.message.source_id,
        reason=one.reason,
        blind=one.blind,
        verdict=one.verdict,
        channel=one.message.channel,
        language=one.language or language_told(one.message.text),
        margin=one.verdict.score.margin if one.verdict and not one.blind else None,
        text_digest=one.message.text_digest,
        priority=one.priority,
        not_for=list(one.not_for),
    )
