"""What a version is known by: the normaliser's version changes with what it makes of texts."""

import hashlib

from inference.scoring import normalise
from inference.scoring.fingerprint import as_asked_now

TEXTS = (
    *(
        "you i\u200bd\u200ciot",
        "\u202eyou idiot\u202c",
        "ѕtuріd",
        "𝓲𝓭𝓲𝓸𝓽",
        "ｉｄｉｏｔ",
        "you i.d.i.o.t",
        "what an i d i o t",
    ),
    *(
        "y0u 1d10t, st0p",
        "yOu aRe An iDiOt",
        "good game everyone",
        "5th of 10k, mp3",
        "хорошая игра",
        "naïve café 👨‍👩‍👧",
        "you_are_an_idiot,_really",
        "wo rthless idi ot, ztupid",
        "₩Ø₩ 🇸🇭🇮🇹",
    ),
)
DIGESTS = {"3": "b061e7b23f98e5da"}


def test_another_normaliser_has_another_version() -> None:
    """Where this fails the normaliser was changed: raise its VERSION, and add the digest that it has now."""
    found = hashlib.sha256("\0".join(map(normalise.normalised, TEXTS)).encode()).hexdigest()[:16]
    assert DIGESTS.get(normalise.VERSION) == found


def test_all_that_moves_a_margin_is_in_the_identity() -> None:
    found = as_asked_now("a" * 64, "float32")
    assert (found.weights_hash, found.precision, found.normaliser) == ("a" * 64, "float32", normalise.VERSION)
    assert len(found.prompt_form) == 16
    assert found.fingerprint != as_asked_now("a" * 64, "bfloat16").fingerprint
