"""Keyed digests and the one random draw of a message."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from review.intake.digests import draw, text_digest


@given(st.integers(0), st.text(min_size=1))
def test_a_draw_lies_in_the_unit_interval_and_stays(source_id, external_id):
    number = draw(source_id, external_id)
    assert 0 <= number < 1
    assert number == draw(source_id, external_id)


def test_draws_are_even():
    draws = [draw(1, str(number)) for number in range(4_000)]
    shares = [sum(tenth / 10 <= number < (tenth + 1) / 10 for number in draws) / 4_000 for tenth in range(10)]
    assert all(0.08 < share < 0.12 for share in shares)


def test_sources_draw_apart_and_ids_do_not_run_together():
    assert draw(1, "a") != draw(2, "a")
    assert draw(1, "1:a") != draw(11, ":a")


def test_a_digest_is_short_keyed_and_its_own(settings):
    digest = text_digest("hello")
    assert len(digest) == 16
    assert digest == text_digest("hello") != text_digest("hello ")
    assert digest != hashlib.blake2b(b"hello", digest_size=16).digest()
    before = draw(1, "a")
    settings.SECRET_KEY = "another key that is long enough to be one"
    assert text_digest("hello") != digest
    assert draw(1, "a") != before
