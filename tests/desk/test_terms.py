"""Terms of the field: defined where they first stand, and nowhere a giveaway."""

import pytest

from review.desk import claims
from review.models import Reason
from review.templatetags.terms import DEFINITIONS, term

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", DEFINITIONS)
def test_a_definition_is_one_line(key):
    assert 20 < len(DEFINITIONS[key]) < 115
    assert not DEFINITIONS[key].endswith(".")
    assert f">{key}</dfn>" in term(key)


def test_the_desk_defines_what_it_names(alice, sign_in, held):
    page = sign_in(alice).get("/").content.decode()
    for key in ("borderline", "calibrator"):
        assert page.count(DEFINITIONS[key].replace("'", "&#x27;")) == 1


def test_a_blind_case_defines_only_that(alice, sign_in, judged):
    judged(blind=True, reason=Reason.AUDIT)
    claims.take_next(alice)
    page = sign_in(alice).get("/").content.decode()
    assert [key for key, words in DEFINITIONS.items() if words.replace("'", "&#x27;") in page] == ["blind"]
