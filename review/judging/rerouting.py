"""Waiting cases follow a changed calibrator, policy or triggers, from stored margins, a thousand at a time.

Only open, borderline cases that are not blind: cohort cases keep their place whatever the model says now, and outcomes
that are in effect stand. A case that somebody holds is left alone and follows once it is free. Nothing is written
where nothing changes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce, Length, Now
from django.utils import timezone

from review.bulk_insert import insert
from review.enforcement.outcomes import append_automatic
from review.judging.results import harm_of
from review.models import Action, Case, HeldCase, Message, Rerouting, Score, Verdict
from review.records.sweeps import note_failure
from review.registry.in_context import earlier_messages_of, in_context
from review.registry.rerouting import waiting
from review.registry.scoring_setup import ScoringSetup, active_setup
from review.triggers import applying
from review.verdicts import priority
from review.verdicts.context import load_context
from review.verdicts.evaluate import evaluate_scores
from review.verdicts.probabilities import probabilities_of

AFTER_FAILURE = timedelta(minutes=5)
CHUNK = 1_000  # cases looked at in one transaction
MOST_CHARACTERS = 1_000_000  # of texts in one transaction, which triggers are matched in
MOST_MESSAGES = 5_000  # messages in one transaction; a larger raid stays with people, whom it costs one decision


def step() -> bool:
    """Take the oldest unfinished pass one chunk further, in one transaction; False where there is nothing to do.

    One that fails is left alone for a while, so that it costs no other its turn.
    """
    with transaction.atomic():
        rested = Q(failed_at=None) | Q(failed_at__lte=Now() - AFTER_FAILURE)
        under_way = Rerouting.objects.filter(rested, finished_at=None).order_by("pk")
        run = under_way.select_for_update(of=("self",), skip_locked=True).first()
        if run is None:
            return False
        try:
            with transaction.atomic():
                _go_on(run)
        except Exception:
            note_failure("re-routing", run)
            Rerouting.objects.filter(pk=run.pk).update(failed_at=Now())
        return True


def follow() -> int:
    """Re-route cases that were held before and are free now; returns how many are done."""
    with transaction.atomic():
        free = HeldCase.objects.exclude(_held("case__")).order_by("pk")
        ids = list(free.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:CHUNK])
        taken = _locked(ids)
        done = _reroute(taken)
        again = set(waiting().filter(pk__in=ids).values_list("pk", flat=True)) - {case.pk for case in taken}
        completed, _ = HeldCase.objects.filter(pk__in=set(ids) - again - done.left).delete()
    return completed


@dataclass(frozen=True)
class Done:
    """`left` are cases beyond the transaction's bound, to be looked at in the next one."""

    changed: int = 0
    closed: int = 0
    left: frozenset[int] = frozenset()


def _go_on(run: Rerouting) -> None:
    cases = waiting().filter(pk__gt=run.cursor)
    if run.source_id:
        cases = cases.filter(source=run.source_id)
    ids = list(cases.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    if not ids:
        run.finished_at = timezone.now()
        run.save(update_fields=["finished_at"])
        return
    free = _locked(ids)
    done = _reroute(free)
    seen = [pk for pk in ids if not done.left or pk < min(done.left)]
    HeldCase.objects.bulk_create(
        [HeldCase(case_id=pk, rerouting=run) for pk in set(seen) - {case.pk for case in free}], ignore_conflicts=True
    )
    run.cursor = seen[-1]
    run.examined += len(seen)
    run.changed += done.changed
    run.closed += done.closed
    run.save(update_fields=["cursor", "examined", "changed", "closed"])


def _held(prefix: str = "") -> Q:
    return Q(**{f"{prefix}state": Case.State.OPEN, f"{prefix}claim_expires_at__gt": Now()})


def _locked(ids: list[int]) -> list[Case]:
    """Those of the cases that wait and that nobody holds, locked: no claim and no further copy comes in between."""
    free = waiting().filter(pk__in=ids).exclude(_held()).order_by("pk")
    return list(free.select_for_update(of=("self",), skip_locked=True).select_related("verdict__score"))


def _reroute(cases: list[Case]) -> Done:
    """Judge the cases anew. Those under another model, form or rubric, or too large, stay as they are."""
    active = active_setup()
    if active is None:
        return Done()
    taken, left = _within_bounds(cases, _sizes(cases))
    numbers = earlier_messages_of(case.source_id for case in taken)
    done = Done(left=frozenset(case.pk for case in left))
    for number in sorted({numbers.get(case.source_id, 0) for case in taken}):
        those = [case for case in taken if numbers.get(case.source_id, 0) == number]
        changed = _changed(in_context(active, number), those)
        done = Done(done.changed + len(changed), done.closed + _write(changed), done.left)
    return done


def _changed(setup: ScoringSetup, cases: list[Case]) -> list[tuple[Case, Verdict]]:
    """Those of the cases, scored under the setup, that go another way now, each with its new verdict."""
    ours = [
        case
        for case in cases
        if case.verdict
        and (case.verdict.score.model_id, case.verdict.score.rubric_id) == (setup.model.pk, setup.rubric.pk)
    ]
    texts = Message.objects.in_bulk([case.verdict.message_id for case in ours if case.verdict])
    for case in ours:
        case.verdict.score.message = texts[case.verdict.message_id]  # type: ignore[union-attr]
    context = load_context(setup, list(texts.values()))
    scores = [case.verdict.score for case in ours if case.verdict]
    applied = applying.apply([score.message for score in scores])
    applying.record((score.message, each) for score, each in zip(scores, applied, strict=True))
    hits = [each.hit for each in applied]
    found = evaluate_scores(context, scores, probabilities_of(context, scores), hits=hits)
    pairs = zip(ours, found, strict=True)
    return [(case, verdict) for case, (verdict, _) in pairs if _differs(case.verdict, verdict)]


def _sizes(cases: list[Case]) -> dict[int, tuple[int, int]]:
    """How many messages each case has, and the length of its text."""
    length = Coalesce(Length("verdict__message__text"), 0)
    rows = Case.objects.filter(pk__in=[case.pk for case in cases]).annotate(members_=Count("members"), length=length)
    return {pk: (members, characters) for pk, members, characters in rows.values_list("pk", "members_", "length")}


def _within_bounds(cases: list[Case], sizes: dict[int, tuple[int, int]]) -> tuple[list[Case], list[Case]]:
    """The first cases that one transaction can take, and the rest. A raid beyond the bound is passed over."""
    taken: list[Case] = []
    messages = characters = 0
    for index, case in enumerate(cases):
        members, length = sizes[case.pk]
        if members > MOST_MESSAGES:
            continue
        messages, characters = messages + members, characters + length
        if taken and (messages > MOST_MESSAGES or characters > MOST_CHARACTERS):
            return taken, cases[index:]
        taken.append(case)
    return taken, []


def _differs(old: Verdict | None, new: Verdict) -> bool:
    """Whether people would see anything else: the route, what is flagged, or the probability in per cent."""
    return old is None or _visible(old) != _visible(new)


def _visible(verdict: Verdict) -> tuple[object, ...]:
    p = verdict.probability
    return verdict.route, verdict.why, verdict.flag, verdict.category, None if p is None else round(p, 2)


def _write(changed: list[tuple[Case, Verdict]]) -> int:
    """Append verdicts, and outcomes where the policy now acts; returns how many cases that closed."""
    # What a supervised case does meanwhile it does already: only another route is another outcome.
    moved = [(case, new) for case, new in changed if case.verdict is None or case.verdict.route != new.route]
    acting = list(_for_all_copies(moved))
    others = _for_all_copies(setup_key for setup_key in changed if setup_key not in moved)
    verdicts = insert([*acting, *others])
    by_message = {verdict.message_id: verdict for verdict in verdicts}
    append_automatic([verdict for verdict in acting if verdict.route != Action.REVIEW])
    for case, new in changed:
        case.verdict = by_message[new.message_id]
        closes = new.route != Action.REVIEW and new.why != Verdict.Why.SUPERVISED
        case.state = Case.State.CLOSED if closes else Case.State.OPEN
        case.priority = priority.priority(harm_of(new), case.opened_at)
    Case.objects.bulk_update((case for case, _ in changed), ["verdict", "state", "priority"])
    return sum(case.state == Case.State.CLOSED for case, _ in changed)


def _for_all_copies(changed: Iterable[tuple[Case, Verdict]]) -> Iterator[Verdict]:
    """The new verdict for each message of its case: copies have margins of their own, and share what is done."""
    new = {case.pk: verdict for case, verdict in changed}
    if not new:
        return
    setups = {(verdict.score.model_id, verdict.score.rubric_id) for verdict in new.values()}
    (model, rubric) = next(iter(setups))
    scores = Score.objects.filter(message__memberships__case__in=list(new), model=model, rubric=rubric)
    for score in scores.annotate(of=F("message__memberships__case")).order_by("pk"):
        if score.of in new:
            yield _copied(new[score.of], score)


def _copied(verdict: Verdict, score: Score) -> Verdict:
    fields = {
        field.attname: getattr(verdict, field.attname)
        for field in Verdict._meta.concrete_fields
        if not (field.primary_key or field.name in ("message", "score", "created_at"))
    }
    return Verdict(message_id=score.message_id, score=score, **fields)
