"""Everyday lines written for moddog: fragments of chat and emoji, which no collected source has as harmless ones.

What stands in the patterns of `everyday_lines.json`, emoji by themselves and behind such lines, and pieces of a few
words out of harmless messages. All are benign, save that a message keeps its own target whatever emoji are put to it.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from inference.finetuning.examples import TrainingExample
from inference.finetuning.row import Row
from inference.finetuning.written_lines import fill
from inference.scoring.normalise import normalised
from inference.training.emoji import emoji_sequence

TARGET = 0.05
"""The probability that these lines are a violation, as nano learns it: what it is in live chat."""
PIECE_WORDS = 4
SURELY_BENIGN = 0.15
"""Of a whole message by the earlier nano's opinion: pieces of it are harmless then."""
SHORT = 140
"""Characters: to messages up to this length emoji are put."""
# Sources of talk that has no side, whose pieces are as harmless as the whole.
PLAIN_TALK = frozenset({"ubuntu_irc", "sms_ham", "clinc150", "chatterbot_corpus", "banking77", "wiki_context_toxicity"})
EMOJI_IN_TEXT = frozenset({"hatemoji_build"})
"""Sources in whose messages emoji carry the meaning: none is put to them."""
_WRITTEN = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


def fragment(draw: random.Random) -> str:
    """A line of a few words, a time, a score, a sign."""
    return fill(draw.choice(_WRITTEN["patterns"]["benign"]), draw, _WRITTEN["slots"])


def everyday_lines(count: int, draw: random.Random) -> list[str]:
    """So many distinct lines, of emoji, fragments or both; as they are sent, or as nano is given them."""
    found: dict[str, None] = {}
    while len(found) < count:
        line = draw.choice((_emoji_alone, fragment, _both))(draw)
        found[line if draw.random() < 0.5 else normalised(line)] = None
    return list(found)


def everyday_examples(rehearsed: Sequence[TrainingExample], count: int, draw: random.Random) -> list[TrainingExample]:
    """So many written lines, half as many pieces of harmless messages, and as many messages with emoji put to them.

    `rehearsed` are the messages, their targets the earlier nano's opinion.
    """
    plain = [one.row.text for one in rehearsed if one.row.source in PLAIN_TALK and one.target < SURELY_BENIGN]
    lines = everyday_lines(count, draw) + [_piece(draw.choice(plain), draw) for _ in range(count // 2 if plain else 0)]
    short = [one for one in rehearsed if len(one.row.text) <= SHORT and one.row.source not in EMOJI_IN_TEXT]
    decorated = [_decorated(one, draw) for one in draw.choices(short, k=count if short else 0)]
    return [TrainingExample(Row(line, 0, "benign", None, "everyday"), TARGET, 1.0) for line in lines] + decorated


def _emoji_alone(draw: random.Random) -> str:
    return emoji_sequence(draw)


def _both(draw: random.Random) -> str:
    return with_emoji(fragment(draw), draw)


def with_emoji(text: str, draw: random.Random) -> str:
    """The text with a sequence of emoji behind it, before it or between two of its words."""
    signs, words = emoji_sequence(draw, 10), text.split(" ")
    place = draw.choice((len(words), len(words), 0, draw.randint(0, len(words))))
    return " ".join((*words[:place], signs, *words[place:]))


def _decorated(example: TrainingExample, draw: random.Random) -> TrainingExample:
    row = example.row
    return TrainingExample(
        Row(with_emoji(row.text, draw), row.flag, row.category, row.score, row.source), example.target, 1.0
    )


def _piece(text: str, draw: random.Random) -> str:
    words = text.split()
    size = draw.randint(1, PIECE_WORDS)
    start = draw.randint(0, max(len(words) - size, 0))
    return " ".join(words[start : start + size])
