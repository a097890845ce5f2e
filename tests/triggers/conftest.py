"""A source with a ladder and triggers, and a scorer that needs no weights."""

from collections.abc import Callable

import pytest

from review.models import Action, Category, Source, Trigger
from review.registry.policy_versions import new_version, replaced_by
from review.triggers.changes import change
from review.triggers.in_force import newest
from tests.judging.conftest import KeywordScorer, scorer, setup  # noqa: F401 - fixtures
from tests.rows import make_source

LADDER = [{"at": 0, "action": "allow"}, {"at": 0.3, "action": "review"}, {"at": 0.9, "action": "remove"}]


@pytest.fixture
def source(db: None) -> Source:
    """What the scorer calls awful is removed, all else allowed; a tenth is judged blind."""
    source = make_source()
    new_version(source, None, replaced_by({"default": LADDER}, 0.1))
    return source


@pytest.fixture
def add(make_person: Callable[..., object]) -> Callable[..., Trigger]:
    """`add(source, "free nitro", effect="hide")`: a trigger that is on, in a new version."""
    sam = make_person("sam", "senior")

    def put(source: Source, text: str, **fields: object) -> Trigger:
        values = {"kind": Trigger.Kind.PHRASE, "category": Category.SPAM, "effect": Action.REVIEW, "mode": "on"}
        trigger = Trigger(text=text, **{**values, **fields})
        change(source, sam, made_from=newest(source), add=[trigger])
        return Trigger.objects.get(source=source, text=text, removed_in=None)

    return put
