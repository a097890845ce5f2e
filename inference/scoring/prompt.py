"""Rubric and message to token ids, piece by piece, and where the answer is read.

Nothing else in the project makes ids. A prompt is three pieces that are tokenised apart from each other: the prefix
(all that stands before the message: in moddog's own format the rubric and the opening of the quotation), the message as
plain text, and the suffix (what stands behind it and the forced start of the answer). No id of an added token of the
tokenizer can come out of a message.

In the form with context, earlier messages stand before the question, each tokenised apart as the message is. The
prefix then ends before them, and the question's opening comes after.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from inference.categories import BENIGN
from inference.scoring.plain_tokenizer import UnusableTokenizer, added_tokens, plain_tokenizer
from inference.scoring.prompt_form import ANSWER_START, CATEGORY_START, EARLIER, QUESTION
from inference.scoring.prompt_pieces import PromptPieces, pieces_of
from inference.scoring.rubric import DEFAULT_RUBRIC
from inference.scoring.verdict_format import MODDOG, VerdictFormat, read_format

__all__ = ["Answers", "Branch", "Prompt", "UnusableTokenizer"]

LONGEST_EARLIER = 2_000
"""Characters of an earlier message that are looked at: more than the tokens for it hold."""


@dataclass(frozen=True)
class Branch:
    """A place where the category names part: after `path`, each of `tokens` leads on to some of the categories."""

    path: tuple[int, ...]
    tokens: tuple[int, ...]
    leads_to: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Answers:
    """The ids by which a judgement is read, and the text up to the category, and where names part.

    `positive` and `negative` are the ids of each side's spellings, the likeliest first; the margin is the logsumexp
    over the ones minus that over the others. `third` are those of them that spell a third answer.
    """

    positive: tuple[int, ...]
    negative: tuple[int, ...]
    to_category: tuple[int, ...]
    branches: tuple[Branch, ...]
    third: tuple[int, ...] = ()

    @property
    def true(self) -> int:
        """The first spelling of the positive answer."""
        return self.positive[0]

    @property
    def false(self) -> int:
        """The first spelling of the negative answer."""
        return self.negative[0]

    @property
    def ids(self) -> tuple[int, ...]:
        """Those of both sides, the positive first."""
        return (*self.positive, *self.negative)


class Prompt:
    """The three pieces of a prompt under one tokenizer, one rubric and one verdict format."""

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        rubric: str = DEFAULT_RUBRIC,
        verdict_format: VerdictFormat | None = None,
        rule: str = "",
    ) -> None:
        """Find every id once; moddog's own format where none is given, and `rule` where the format asks rule by rule.

        Raises UnusableTokenizer where the answers cannot be told apart.
        """
        self.tokenizer, self.format = tokenizer, verdict_format or read_format(MODDOG)
        self.added = added_tokens(tokenizer)
        self._plain, self._markers = plain_tokenizer(tokenizer), tuple(tokenizer.get_added_vocab())
        pieces = pieces_of(tokenizer, self.format, rule)
        self.lead = " " if pieces.before[-1].endswith(" ") else ""
        """A blank before the message, which tokenizers take together with the word behind it: it goes with the text."""
        pieces = pieces.without(self.lead)
        opening = QUESTION.partition("{}")[0] if self.format.is_own else ""
        self.prefix = self._before(pieces, rubric)
        self.context_prefix = self._before(pieces.without(opening), rubric)
        self.question = tuple(self.encode_message(opening))
        *between, last = pieces.after
        tail = pieces.tail_and_start(last)
        around = [one for text in between for one in (*self._markup(text), *self.encode_message(rubric))]
        self.suffix = (*around, *self._markup(tail))
        self.answers = self._find_answers(last, tail)

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

    def _before(self, pieces: PromptPieces, rubric: str) -> tuple[int, ...]:
        """The ids of all that stands before the message. Only the very first piece may get a blank before it."""
        first, *rest = pieces.before
        lead = " " if rest and first.endswith(" ") else ""
        ids: list[int] = self.tokenizer.encode(first.removesuffix(lead), add_special_tokens=False)
        return (*ids, *(one for text in rest for one in (*self.encode_message(lead + rubric), *self._markup(text))))

    def _markup(self, text: str) -> list[int]:
        """The ids of a piece of the chat template behind another piece; its markers do count.

        What stands before its first marker follows text, and gets no blank before it; what stands behind markers is
        read as the tokenizer reads it.
        """
        places = [place for marker in self._markers if (place := text.find(marker)) >= 0]
        first = min(places, default=len(text))
        ids: list[int] = self._plain.encode(text[:first], add_special_tokens=False).ids
        return [*ids, *self.tokenizer.encode(text[first:], add_special_tokens=False)]

    def _find_answers(self, last: str, start: str) -> Answers:
        before = self._markup(start)
        if (ahead := self._markup(last)) != before[: len(ahead)]:
            raise UnusableTokenizer("the tokenizer joins the answer's start to the chat template")
        asked, read = self.format.answer, self.format.categories
        positive, negative, third = (
            self._firsts(start, before, words) for words in (asked.positive, asked.negative, asked.third)
        )
        third = tuple(one for one in third if one not in {*positive, *negative})
        if asked.third_counts_as == "positive":
            positive = (*positive, *third)
        else:
            negative = (*negative, *third)
        if set(positive) & set(negative):
            words = f"{asked.positive[0]!r} and {asked.negative[0]!r}"
            raise UnusableTokenizer(f"{words} begin with the same token, so one margin cannot part them")
        if not read.names:
            return Answers(positive, negative, (), (), third)
        names = [self._after(start, before, f"{read.before}{name}{read.after}") for name in read.names]
        shared = _common_length(names)
        if shared == 0 or names[0][0] not in positive:
            raise UnusableTokenizer("the text between the flag and the category has no tokens of its own")
        tails = {index: tuple(name[shared:]) for index, name in enumerate(names)}
        return Answers(positive, negative, tuple(names[0][:shared]), tuple(_branches(tails, ())), third)

    def _firsts(self, start: str, before: list[int], spellings: Sequence[str]) -> tuple[int, ...]:
        """The ids of an answer's spellings that are one token each; where none is, the first id of the first."""
        if not spellings:
            return ()
        found = []
        for spelling in spellings:
            ids = self._markup(start + spelling)
            if len(ids) == len(before) + 1 and ids[:-1] == before:
                found.append(ids[-1])
        return tuple(dict.fromkeys(found or self._after(start, before, spellings[0])[:1]))

    def _after(self, start: str, before: list[int], text: str) -> list[int]:
        """The ids that `text` adds after the forced start."""
        ids = self._markup(start + text)
        if ids[: len(before)] != before or len(ids) == len(before):
            raise UnusableTokenizer(f"the tokenizer joins {text!r} to the answer's start {start[-20:]!r}")
        return ids[len(before) :]


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
