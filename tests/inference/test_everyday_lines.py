"""What people write all day is harmless to nano: fragments, and emoji that were left out when it was taught others."""

import random
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.calibration.shipped_calibrator import shipped_calibrator
from inference.finetuning.examples import TrainingExample
from inference.finetuning.row import Row
from inference.scoring.fingerprint import as_asked_now
from inference.scoring.load_tokenizer import load_tokenizer
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.normalise import normalised
from inference.scoring.plain_tokenizer import plain_tokenizer
from inference.shipped_model import NANO
from inference.training.emoji import COUNTRIES, SINGLE, emoji, emoji_sequence, is_held_out
from inference.training.everyday_lines import TARGET, everyday_examples, everyday_lines

FRAGMENTS = Path(__file__).with_name("everyday_lines.txt").read_text(encoding="utf-8").splitlines()
# Families and the like are in none of the generator's lists; the signs at the end may be.
SEQUENCES = Path(__file__).with_name("emoji_sequences.txt").read_text(encoding="utf-8").splitlines()
HELD_OUT = [sign for sign in (*SINGLE, *COUNTRIES) if is_held_out(sign)]
HARMLESS = (
    "good game everyone",
    "nice one",
    "i love this song",
    "happy birthday",
    "what time is the match",
    "thanks for the help",
    "see you tomorrow",
    "my cat learned to open the fridge",
)
INSULTS = ("you are a worthless idiot, shut up", "kill yourself you pathetic loser", "shut the fuck up you moron")


def margins(nano: LocalScorer, texts: list[str]) -> NDArray[np.float64]:
    return np.array([score.margin for score in nano.score([normalised(text) for text in texts])])


def probabilities(nano: LocalScorer, texts: list[str]) -> NDArray[np.float64]:
    calibrator = shipped_calibrator(None, as_asked_now(nano.model_hash, "float32"))
    return np.asarray(calibrator.predict(margins(nano, texts)))


@pytest.mark.parametrize("lines", [FRAGMENTS, SEQUENCES, HELD_OUT], ids=["fragments", "sequences", "single emoji"])
def test_everyday_lines_stay_below_the_line(nano: LocalScorer, lines: list[str]) -> None:
    assert np.mean(margins(nano, lines) > 0) <= 0.05
    assert np.mean(probabilities(nano, lines) >= 0.2) <= 0.03


@pytest.mark.parametrize("form", ["{0} {1}", "{1} {0}", "{0}{1}", "{0} {1}{1}{1}"])
def test_no_emoji_moves_a_harmless_line_far(nano: LocalScorer, form: str) -> None:
    signs = [*SEQUENCES, *HELD_OUT[::6]]
    alone = probabilities(nano, list(HARMLESS))
    for line, before in zip(HARMLESS, alone, strict=True):
        assert np.abs(probabilities(nano, [form.format(line, sign) for sign in signs]) - before).max() <= 0.10


def test_an_emoji_in_the_place_of_a_word_is_read(nano: LocalScorer) -> None:
    texts = ["i will 🔪 you", "you are a 🐒", "all 🧕 should die", "you are a 💩"]
    assert margins(nano, texts).min() > 0
    assert margins(nano, ["good game 🔪", "the cake is cut 🔪🎂"]).max() < 0


def test_the_tokenizer_leaves_out_what_was_not_learnt_and_nothing_else() -> None:
    read = plain_tokenizer(load_tokenizer(str(NANO))).encode
    for text, left in (
        ("nice one 👨‍👩‍👧‍👦", "nice one"),
        ("🛗 🛗 lift", "lift"),
        ("gg🛗", "gg"),
        ("flag 🇫🇷 here", "flag here"),
        ("no. 7️⃣", "no."),
        ("😂 so good 😂", "😂 so good 😂"),
        ("2 + 2 # 5 * 3 © ™", "2 + 2 # 5 * 3 © ™"),
        ("ünïcode → “as it is”", "ünïcode → “as it is”"),
    ):
        assert read(text, add_special_tokens=False).ids == read(left, add_special_tokens=False).ids, text


def test_an_insult_is_one_whatever_emoji_follow(nano: LocalScorer) -> None:
    texts = [f"{text} {sign * 20}" for text in INSULTS for sign in ("😂", "🐸", "🇫🇷", "🌸", "👨‍👩‍👧")]
    assert margins(nano, texts).min() > 0


def test_the_generator_draws_distinct_lines_and_none_that_is_held_out() -> None:
    draw = random.Random(3)
    assert not any(is_held_out(emoji(draw)) for _ in range(3_000))
    lines = everyday_lines(2_000, random.Random(5))
    assert len(set(lines)) == 2_000
    assert lines == everyday_lines(2_000, random.Random(5))
    assert len(set(FRAGMENTS) & set(lines)) <= 0.02 * len(FRAGMENTS)
    assert not any("{" in line for line in lines)
    assert len({emoji_sequence(random.Random(number)) for number in range(200)}) > 150


def test_emoji_change_no_target_and_everyday_lines_are_benign() -> None:
    kept = [
        TrainingExample(Row("you are a fool", 1, "harassment", None, "edos"), 0.9, 1.0),
        TrainingExample(Row("where is the kernel source then", 0, "benign", None, "ubuntu_irc"), 0.04, 1.0),
    ]
    examples = everyday_examples(kept, 40, random.Random(0))
    assert len(examples) == 40 + 20 + 40
    assert all(one.target == TARGET and one.row.flag == 0 for one in islice(examples, 60))
    for one in examples[60:]:
        assert one.target == (0.9 if "fool" in one.row.text else 0.04)
        assert one.row.flag == int("fool" in one.row.text)
    assert any(len(one.row.text.split()) <= 4 for one in examples[40:60])
