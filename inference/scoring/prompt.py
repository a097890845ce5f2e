"""Rubric and message to token ids, piece by piece, and where the answer is read.

Nothing else in the project makes ids. A prompt is three pieces that are tokenised apart from each other: the prefix
(rubric and the opening of the quotation), the message as plain text, and the suffix (the closing quotation and the
forced start of the answer). No id of an added token of the tokenizer can come out of a message.

In the form with context, earlier messages stand before the question, each tokenised apart as the message is. The
prefix then ends before them, and the question's opening comes after.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerBase

from inference.categories import BENIGN, CATEGORIES
from inference.scoring.prompt_form import ANSWER_START, CATEGORY_START, EARLIER, QUESTION
from inference.scoring.rubric import DEFAULT_RUBRIC

LONGEST_EARLIER = 2_000
"""Characters of an earlier message that are looked at: more than the tokens for it hold."""
_RUBRIC_MARK, _MESSAGE_MARK = "\u2983rubric\u2984", "\u2983message\u2984"


class UnusableTokenizer(Exception):
    """The tokenizer cannot give the ids that reading a margin needs; the message says why."""


@dataclass(frozen=True)
class Branch:
    """A place where the category names part: after `path`, each of `tokens` leads on to some of the categories."""

    path: tuple[int, ...]
    tokens: tuple[int, ...]
    leads_to: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Answers:
    """The ids by which a judgement is read: `true`, `false`, the text up to the category, and where names part."""

    true: int
    false: int
    to_category: tuple[int, ...]
    branches: tuple[Branch, ...]


class Prompt:
    """The three pieces of a prompt under one tokenizer and one rubric."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, rubric: str = DEFAULT_RUBRIC) -> None:
        """Find every id once. Raises UnusableTokenizer where the answers cannot be told apart."""
        self.tokenizer = tokenizer
        self.added = frozenset(tokenizer.get_added_vocab().values())
        self._plain = _without_added_tokens(tokenizer)
        head, middle, tail = _template_pieces(tokenizer)
        self.prefix = (*self._markup(head), *self.encode_message(rubric), *self._markup(middle))
        opening = QUESTION.partition("{}")[0]
        up_to_context = self._markup(middle.removesuffix(opening))
        self.context_prefix = (*self._markup(head), *self.encode_message(rubric), *up_to_context)
        self.question = tuple(self.encode_message(opening))
        self.suffix = (*self._markup(tail), *self.encode_message(ANSWER_START))
        self.answers = self._find_answers(tail + ANSWER_START)

    def encode_message(self, text: str) -> list[int]:
        """The ids of a text as plain text: markers of the chat template in it are letters like any other."""
        ids: list[int] = self._plain.encode(text, add_special_tokens=False).ids
        if self.added.isdisjoint(ids):
            return ids
        return [one for letter in text for one in self._encode_letter(letter)]

    def prefix_of(self, *, in_context: bool) -> tuple[int, ...]:
        """The prefix of a form: what every prompt of that form begins with."""
        return self.context_prefix if in_context else self.prefix

    def encode_context(self, earlier: Sequence[str], room: int) -> list[int]:
        """Earlier messages, the oldest first, and the question's opening. The messages take at most `room` ids.

        The newest are kept; the first that does not fit whole is cut at its end, and those before it are left out.
        """
        before, after = (self.encode_message(piece) for piece in EARLIER.split("{}"))
        ids: list[int] = []
        for text in reversed(earlier):
            left = room - len(ids) - len(before) - len(after)
            if left <= 0:
                break
            ids = [*before, *self.encode_message(text[:LONGEST_EARLIER])[:left], *after, *ids]
        return [*ids, *self.question]

    def encode_answer(self, text: str) -> list[int]:
        """The ids of what the answer goes on with, after the forced start."""
        return self.encode_message(ANSWER_START + text)[len(self.encode_message(ANSWER_START)) :]

    def begun(self, category: str | None) -> str:
        """The answer's text after its forced start, up to the end of the category's name: flagged with one, or benign.

        The closing quotation mark is left to the model, which writes it in one token with what follows.
        """
        return f' false, "category": "{BENIGN}' if category is None else CATEGORY_START + category

    def _encode_letter(self, letter: str) -> list[int]:
        ids: list[int] = self._plain.encode(letter, add_special_tokens=False).ids
        return [one for one in ids if one not in self.added]

    def _markup(self, text: str) -> list[int]:
        """The ids of a piece of the chat template, whose markers do count."""
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids

    def _find_answers(self, start: str) -> Answers:
        before = self._markup(start)
        if tuple(before) != self.suffix:
            raise UnusableTokenizer("the tokenizer joins the answer's start to the chat template")
        true, false = (self._after(start, before, word) for word in (" true", " false"))
        if true[0] == false[0]:
            raise UnusableTokenizer("' true' and ' false' begin with the same token, so one margin cannot part them")
        names = [self._after(start, before, f'{CATEGORY_START}{name}", ') for name in CATEGORIES]
        shared = _common_length(names)
        if shared == 0 or names[0][0] != true[0]:
            raise UnusableTokenizer("the text between the flag and the category has no tokens of its own")
        tails = {index: tuple(name[shared:]) for index, name in enumerate(names)}
        return Answers(true[0], false[0], tuple(names[0][:shared]), tuple(_branches(tails, ())))

    def _after(self, start: str, before: list[int], text: str) -> list[int]:
        """The ids that `text` adds after the forced start."""
        ids = self._markup(start + text)
        if ids[: len(before)] != before or len(ids) == len(before):
            raise UnusableTokenizer(f"the tokenizer joins {text!r} to the answer's start {ANSWER_START!r}")
        return ids[len(before) :]


def _without_added_tokens(tokenizer: PreTrainedTokenizerBase) -> Tokenizer:
    """A copy of the tokenizer's engine that knows no added tokens, nor truncation, padding or templates."""
    engine = getattr(tokenizer, "backend_tokenizer", None)
    if engine is None:
        raise UnusableTokenizer("the tokenizer has no fast engine, so added tokens cannot be kept out of messages")
    described = json.loads(engine.to_str())
    described.update(added_tokens=[], truncation=None, padding=None, post_processor=None)
    return Tokenizer.from_str(json.dumps(described))


def _template_pieces(tokenizer: PreTrainedTokenizerBase) -> tuple[str, str, str]:
    """The chat template's text before the rubric, between rubric and message, and after the message."""
    if not tokenizer.chat_template:
        raise UnusableTokenizer("the tokenizer has no chat template")
    turns = [
        {"role": "system", "content": _RUBRIC_MARK},
        {"role": "user", "content": QUESTION.format(_MESSAGE_MARK)},
    ]
    text = str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
    if text.count(_RUBRIC_MARK) != 1 or text.count(_MESSAGE_MARK) != 1:
        raise UnusableTokenizer("the chat template does not take a system and a user turn as they are")
    head, rest = text.split(_RUBRIC_MARK)
    middle, tail = rest.split(_MESSAGE_MARK)
    return head, middle, tail


def _common_length(sequences: Sequence[Sequence[int]]) -> int:
    """How many first ids all the sequences share."""
    length = 0
    for column in zip(*sequences, strict=False):
        if len(set(column)) > 1:
            break
        length += 1
    return length


def _branches(tails: dict[int, tuple[int, ...]], path: tuple[int, ...]) -> list[Branch]:
    """Every place where the names part, the first one first."""
    if len(tails) < 2:
        return []
    shared = _common_length(list(tails.values()))
    path += next(iter(tails.values()))[:shared]
    below: dict[int, dict[int, tuple[int, ...]]] = {}
    for index, tail in tails.items():
        if len(tail) == shared:
            raise UnusableTokenizer("one category's tokens are the beginning of another's")
        below.setdefault(tail[shared], {})[index] = tail[shared + 1 :]
    here = Branch(path, tuple(below), tuple(tuple(group) for group in below.values()))
    return [here, *(branch for token, group in below.items() for branch in _branches(group, (*path, token)))]
