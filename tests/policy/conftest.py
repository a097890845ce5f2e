"""A source whose hiding is supervised, its judge, and a risk target for it."""

import pytest

from review.models import RiskTarget, Source
from review.registry.policy_versions import policy_of
from review.registry.scoring_setup import ScoringSetup
from tests.rows import make_calibrator, make_judge, make_source


@pytest.fixture
def source(db) -> Source:
    source = make_source()
    policy_of(source)
    return source


@pytest.fixture
def setup(db) -> ScoringSetup:
    make_calibrator()
    return ScoringSetup(*make_judge())


@pytest.fixture
def target(source: Source) -> RiskTarget:
    """At most 10 % benign among what is hidden: 29 labels without an error certify it."""
    return RiskTarget.objects.create(source=source, kind=RiskTarget.Kind.WRONG_REMOVALS, action="hide", risk=0.1)
