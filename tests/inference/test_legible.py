"""What is no plain text once disguises are undone is told from what everyday chat looks like."""

import pytest

from inference.scoring.legible import is_plain
from inference.scoring.normalise import normalised


@pytest.mark.parametrize(
    "text",
    [
        "lbh ner n jbeguyrff vqvbg",
        "eW91IGFyZSBhIHdvcnRobGVzcyBpZGlvdA==",
        "79 6f 75 20 61 72 65 20 61 20 77 6f 72 74 68",
        "01111001 01101111 01110101",
        "-.- --- -.- -.- .- -.- . -.- .- -.-",
        "y** *r* * w*rthl*ss *d**t",
        "YOU ᗩᖇE ᗩ ᗯOᖇTᕼᒪEᔕᔕ IDIOT",
        "⠽⠕⠥ ⠁⠗⠑ ⠊⠙⠊⠕⠞",
        "\ue001\ue002\ue003 \ue004\ue005",
        "1 will k 1 l l you and your dog",
        "you are a l.0.s.3.r, quit before we make you",
        "yuo aer a wrothless iidot",
        "13 15 18 15 14 0 25 15 21 0 1 18 5 0 1 0 13 15",
        "¥0µ @®€ @ ω0®+#1€$$ !ð!0+",
        "h*ly s*it , t*at is a s*ogan for the era .",
        "nvr lv yr trst n th bst frnd",
    ],
)
def test_what_cannot_be_read_is_no_plain_text(text: str) -> None:
    assert not is_plain(normalised(text))


@pytest.mark.parametrize(
    "text",
    [
        "gg",
        "so no pb",
        "24:10 though 🥹",
        "🐸🐸",
        "lol wtf brb",
        "f*ck this round",
        "¯\\_(ツ)_/¯",
        "call me at 555 0123 4567",
        "see https://example.com/a/b?c=d",
        "хорошая игра",
        "よい試合",
        "5 € for 20 °C?",
        "plan b 4 u, i 8 a lot",
        "1 2 3 4, a 1, b 2",
        "s o r r y i am l a t e",
        "v1.0.3 of U.S.A. maps, p.1 and p.3",
        "it costs $5 or 5€, $10.99 at most",
        "C++ and C# are fine, R&D and Q&A at AT&T",
        "if (x[i] == y) { return foo->bar; }",
        "for (int i = 0; i < n; i++) sum += a[i] * b[i];",
        "brb gtg ttyl, lol",
        "h8 this map, gr8 team tho, l8r m8",
        "<3 <3 <3 :) ^^ >_<",
        "#MondayMotivation #GoodVibes #BlessedLife",
        "@anna_b @tom99 @xX_sniper_Xx who is in",
        "wts [Thunderfury] 500g obo pst",
        "the Kubernetes kubectl namespace thing",
        "Lewandowski passed to Szczesny, then Mbappe scored",
        "segfault again",
        "git commit -m 'fix' && git push origin main",
    ],
)
def test_everyday_chat_and_other_languages_are_plain_text(text: str) -> None:
    assert is_plain(normalised(text))


def test_letters_under_heaps_of_marks_are_no_language() -> None:
    assert not is_plain("send m \u1e1b\u0300\u033f \u1ef3\u0330\u033f o \u1e75\u0300\u033f r tits")
    assert is_plain("\u1ecdj\u1ecd\u0301 r\u1eb9\u0301r\u1eb9\u0301", in_english=False), "Yoruba: one mark more"


@pytest.mark.parametrize(
    "text",
    ["you are so stpid", "what an idot", "shut up mrn", "you btch", "fcuk off", "#sheisugly", "you mo\nron"],
)
def test_a_strong_word_with_letters_left_out_or_in_others_is_no_plain_text(text: str) -> None:
    assert not is_plain(normalised(text))
    assert is_plain(normalised(text), in_english=False), "such words are English ones"


@pytest.mark.parametrize(
    "text",
    [
        *("teh best game", "see you tmrw", "thx for the hlep", "#ThisIsMyBestGame", "has hit"),
        *("https://example.com/stpid", "ask @stpid", "a stupid bug, fuck", "shiitake and scunthorpe"),
    ],
)
def test_typing_errors_and_strong_words_as_they_are_written_are_plain_text(text: str) -> None:
    assert is_plain(normalised(text))
