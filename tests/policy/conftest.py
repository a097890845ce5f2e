"""A source whose hiding is supervised, its judge, and a goal for it."""

import pytest

from review.models import Goal, Source
from review.registry.model_versions import Judge
from review.registry.policies import policy_of
from tests.rows import make_calibrator, make_judge, make_source


@pytest.fixture
def source(db) -> Source:
    source = make_source()
    policy_of(source)
    return source


@pytest.fixture
def judge(db) -> Judge:
    make_calibrator()
    return Judge(*make_judge())


@pytest.fixture
def goal(source: Source) -> Goal:
    """At most 10 % benign among what is hidden: 29 labels without an error certify it."""
    return Goal.objects.create(source=source, kind=Goal.Kind.WRONG_REMOVALS, action="hide", risk=0.1)
