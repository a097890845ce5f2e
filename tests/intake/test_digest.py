"""Keyed digests and the one random draw of a message."""

import hashlib
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from review.intake.digests import draw, text_digest

TODAY = date(2026, 11, 1)


@given(st.integers(0), st.binary(min_size=16, max_size=16), st.dates())
def test_a_draw_lies_in_the_unit_interval_and_stays(source_id, digest, day):
    number = draw(source_id, digest, day)
    assert 0 <= number < 1
    assert number == draw(source_id, digest, day)


def test_draws_are_even():
    draws = [draw(1, text_digest(str(number)), TODAY) for number in range(4_000)]
    shares = [sum(tenth / 10 <= number < (tenth + 1) / 10 for number in draws) / 4_000 for tenth in range(10)]
    assert all(0.08 < share < 0.12 for share in shares)


def test_sources_texts_and_days_draw_apart():
    digest = text_digest("a")
    draws = [
        draw(1, digest, TODAY),
        draw(2, digest, TODAY),
        draw(1, text_digest("b"), TODAY),
        draw(1, digest, TODAY + timedelta(days=1)),
    ]
    assert len(set(draws)) == 4


def test_a_digest_is_short_keyed_and_its_own(settings):
    digest = text_digest("hello")
    assert len(digest) == 16
    assert digest == text_digest("hello") != text_digest("hello ")
    assert digest != hashlib.blake2b(b"hello", digest_size=16).digest()
    before = draw(1, digest, TODAY)
    settings.SECRET_KEY = "another key that is long enough to be one"
    assert text_digest("hello") != digest
    assert draw(1, digest, TODAY) != before
