"""The versions that judge messages in their context, and which sources' policies choose them.

Such a version has the weights of the model that judges, loaded once, and another form of prompt: so it has margins,
calibrators and certificates of its own. It is never the active one. A policy chooses it for its source.
"""

from collections.abc import Iterable
from dataclasses import asdict

from inference.scoring import normalise
from inference.scoring.identity import Identity
from review.models import ModelVersion, Policy, Source
from review.records import audit
from review.registry.cascades import copy_cascade, form_now
from review.registry.policy_versions import policy_of
from review.registry.scoring_setup import ScoringSetup, active_setup


def in_context(setup: ScoringSetup, earlier_messages: int) -> ScoringSetup:
    """The setup of the same weights that puts so many earlier messages before each; it is registered where it is new.

    With none it is `setup` itself.
    """
    if not earlier_messages:
        return setup
    base, identity = setup.model, _identity(setup, earlier_messages)
    values = {
        **asdict(identity),
        "location": base.location,
        "adapter": base.adapter,
        "name": name_in_context(base.name, earlier_messages),
    }
    model, created = ModelVersion.objects.get_or_create(fingerprint=identity.fingerprint, defaults=values)
    if created:
        copy_cascade(base, model)
        audit.record(None, "registered version in context", model, earlier_messages=earlier_messages)
    return ScoringSetup(model, setup.rubric)


def known_in_context(setup: ScoringSetup, earlier_messages: int) -> ScoringSetup | None:
    """The same, of which nothing is registered: None where that version is not known yet."""
    if not earlier_messages:
        return setup
    model = ModelVersion.objects.filter(fingerprint=_identity(setup, earlier_messages).fingerprint).first()
    return ScoringSetup(model, setup.rubric) if model else None


def _identity(setup: ScoringSetup, earlier_messages: int) -> Identity:
    base = setup.model
    form, normaliser = form_now(base, earlier_messages), base.normaliser or normalise.VERSION
    return Identity(base.weights_hash, base.precision, form, normaliser, earlier_messages, base.format)


def name_in_context(name: str, earlier_messages: int) -> str:
    """What a version is called, so that every page tells it from that of the texts alone. At most 200 characters."""
    added = f", {earlier_messages} earlier message{'' if earlier_messages == 1 else 's'}"
    return name[: 200 - len(added)] + added


def setup_of(source: Source) -> ScoringSetup | None:
    """What judges the source's messages: the active setup, or its version in context. None before any has judged."""
    active = active_setup()
    return in_context(active, policy_of(source).earlier_messages) if active else None


def earlier_messages_of(sources: Iterable[int]) -> dict[int, int]:
    """How many earlier messages the policy in force of each source (by id) puts before a message. One query."""
    newest = Policy.objects.filter(source__in=set(sources)).order_by("source", "-version").distinct("source")
    return dict(newest.values_list("source", "earlier_messages"))


def setups_in_force() -> list[ScoringSetup]:
    """The active setup, and each version in context that some policy in force chooses."""
    active = active_setup()
    if active is None:
        return []
    chosen = set(earlier_messages_of(Source.objects.values_list("pk", flat=True)).values())
    return [in_context(active, number) for number in sorted({0} | chosen)]
