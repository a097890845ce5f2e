"""Disguises are undone for scoring, and a text without any is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.scoring.normalise import normalised


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("you i\u200bd\u200ciot", "you idiot"),
        ("\u202eyou idiot\u202c", "you idiot"),
        ("ѕtuріd", "stupid"),
        ("𝓲𝓭𝓲𝓸𝓽", "idiot"),
        ("ｉｄｉｏｔ", "idiot"),
        ("you i.d.i.o.t", "you idiot"),
        ("what an i d i o t", "what an idiot"),
        ("i-d-i-o-t!", "idiot!"),
        ("y0u 1d10t, st0p", "you idiot, stop"),
        ("yOu aRe An iDiOt", "you are an idiot"),
        ("gö bäçk tö ýöür çöüñtrý", "go back to your country"),
        ("ᴋɪʟʟ ʏᴏᴜʀꜱᴇʟꜰ", "kill yourself"),
        ("k\u0336i\u0336l\u0336l\u0336 you", "kill you"),
        ("k\u2800i\u2800l\u2800l you", "kill you"),
        ("k\u00a0i\u00a0l\u00a0l", "kill"),
        ("k\u3164i\u3164l\u3164l", "kill"),
        ("k i l l y o u r s e l f", "kill yourself"),
        ("🅺🅸🅻🅻 Ⓨⓞⓤ", "kill you"),
        ("🇰🇮🇱🇱 🇰 🇮 🇱 🇱", "kill kill"),
        ("ʇoᴉpᴉ uɐ ǝɹɐ noʎ", "you are an idiot"),
        ("ҝιℓℓ уσυяѕєℓf", "kill yourself"),
        ("youareanidiot", "you are an idiot"),
        ("toidi na era uoy", "you are an idiot"),
        ("k-i_l*l", "kill"),
        ("&#107;&#105;ll", "kill"),
        ("k\\u0069ll \\ud83d\\ude02", "kill 😂"),
        ("stu-pid id.iot", "stupid idiot"),
        ("killllll yourselffff", "kill yourself"),
        ("b@stard sh!t a$$hole", "bastard shit asshole"),
        ("you idiot " + 50 * "😂", "you idiot 😂😂😂"),
        ("naïve café", "naive cafe"),
        ("y o u   a r e   d u m b", "you are dumb"),
        ("'s'h'u't 'u'p", "shut up"),
        ("<b>i</b><b>d</b>iot", "idiot"),
        ("you_are_an_idiot,_really", "you are an idiot, really"),
        ("you/are/such/an/idiot", "you are such an idiot"),
        ("such a wo rthless idi ot", "such a worthless idiot"),
        ("stu**pid id||iot", "stupid idiot"),
        ("n|_||)e \\/\\/|-|ite", "nude white"),
        ("$+up1d 81+ch, y0u 4r3 an 455", "stupid bitch, you are an ass"),
        ("🇸🇭🇮🇹", "shit"),
        ("₣₳₦₮₳₴₮ł₵ ₩Ø₩", "fantastic wOw"),
        ("ztupid politikian", "stupid politician"),
        ("iiddiioott", "idiot"),
        ("you%20idiot", "you idiot"),
    ],
)
def test_a_disguise_is_undone(text: str, plain: str) -> None:
    assert normalised(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "good game everyone",
        "a b",
        "STOP SHOUTING",
        "the iPhone or that MacBook, says McDonald to his friend from GitHub who has none",
        "it is a 5-0 win, e.g. yesterday",
        "U.S. troops",
        "хорошая игра",
        "καλημέρα",
        "je suis très fatigué, à demain mes chéris",
        "ich schlage dich tot, du blöder Hund",
        "không ai thích mày ở đây đâu cút đi",
        "well-known, co-op, go-to and e.g. those",
        "mail joe@example.com or @joe, www.example.com, US$ 5, £5m",
        "¯\\_(ツ)_/¯ ಠ_ಠ",
        "nice one 👨\u200d👩\u200d👧\u200d👦 🇩🇪 🏳️\u200d🌈",
        "👩\u200d💻 at work",
        "1 2 3 4",
        "the 5th of 10k in 20kg at 12:30",
        "Straße, ½, №5, ①",
        "it costs $5 or 5€, h8 this map, gr8 team tho",
        "C++ and C# are fine, i++ too",
        "he/him/they, and/or, /usr/local/bin/python -m pip",
        "không ai thích mày ở đây",
        "日本語 テスト",
    ],
)
def test_plain_texts_stay_as_they_are(text: str) -> None:
    assert normalised(text) == text


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=200))
def test_it_never_fails_and_never_lengthens_a_text_by_much(text: str) -> None:
    assert len(normalised(text)) <= 4 * len(text)


@pytest.mark.parametrize("text", ["a b " * 25_000, "i.d.i" * 20_000, "а\u200b" * 50_000])
def test_a_giant_text_of_disguises_is_read_to_its_end(text: str) -> None:
    """A pattern that backtracks would never get there."""
    found = normalised(text)
    assert 0 < len(found) <= len(text)
    assert normalised(text + " end").endswith("end")
