"""What every scorer does with texts before and after the model: ids, windows, the worst of them. Knows no model."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from inference.categories import CATEGORIES
from inference.scoring.batches import Cut, Piece
from inference.scoring.explanation import Explanation
from inference.scoring.own_categories import own_categories
from inference.scoring.prompt import Prompt
from inference.scoring.prompt_form import ANSWER_START, EARLIER_TOKENS
from inference.scoring.text_score import Begun, Between, Text, TextScore, worst_of
from inference.scoring.windows import windows

MOST_ROOM = 2_048
"""Longer messages are read in windows even where the context is larger: one window is a bounded piece of work."""
CONTEXT_SHARE = 4  # of a long text, each window leaves a fourth of its room to what was said before
WARM_UP = "the quick brown fox jumps over the lazy dog "


class WindowedScorer(ABC):
    """The half of the Scorer protocol that is the same for every model: a subclass judges windows."""

    room: int
    """How many ids one window may have."""

    def __init__(self, prompt: Prompt, *, name: str, model_hash: str, rubric: str) -> None:
        self.name, self.model_hash, self.rubric, self.prompt = name, model_hash, rubric, prompt
        self.verdict_format = prompt.format.name
        self.most_room = min(MOST_ROOM, prompt.format.window or MOST_ROOM)
        self._to_own = own_categories(prompt.format)

    @property
    @abstractmethod
    def windows_in_slice(self) -> int:
        """How many windows of a long text make one bounded piece of work."""

    def score(self, texts: Sequence[Text]) -> list[TextScore]:
        """A score for each text, in order. The same ids are scored once, however many texts come to them."""
        messages = [self._cut(text) for text in texts]
        different = list(dict.fromkeys(messages))
        parts: dict[Cut, list[TextScore]] = {cut: [] for cut in different}
        rows = [piece for number, cut in enumerate(different) for piece in cut.pieces(number)]
        for row, part in zip(rows, self._judged(rows), strict=True):
            parts[different[row.message]].append(part)
        found = {cut: worst_of(each, len(each), tokens=cut.tokens) for cut, each in parts.items()}
        return [found[cut] for cut in messages]

    def read_on(self, text: Text, begun: Begun | None) -> Begun:
        """Score the next `windows_in_slice` windows of a text."""
        cut = self._cut(text)
        first = begun.read if begun else 0
        rows = cut.pieces(0)[first : first + self.windows_in_slice]
        parts = [*([begun.score] if begun else []), *self._judged(rows)]
        return Begun(worst_of(parts, len(cut.windows), tokens=cut.tokens), first + len(rows))

    def warm_up(self) -> None:
        """One full batch, so that the first message does not pay for what is set up lazily."""
        self.score([WARM_UP * (1 + number % 4) + str(number) for number in range(64)])

    @abstractmethod
    def leave_a_core(self, to_others: bool) -> None:
        """From now on leave one core of this machine to other processes, or take them all."""

    @abstractmethod
    def explain(
        self, texts: Sequence[str], scores: Sequence[TextScore], between: Between | None = None
    ) -> list[Explanation]:
        """What the model writes of texts after the flag and category that the scores name, in order."""

    @abstractmethod
    def _judged(self, rows: Sequence[Piece]) -> list[TextScore]:
        """A score for each window, with the window's number as `worst_window`."""

    def _cut(self, text: Text) -> Cut:
        """The windows of a text. A message that fits alone is never cut for what was said before: that takes the rest.

        Of a longer message each window has its context before it.
        """
        if isinstance(text, str):
            ids = self.prompt.encode_message(self.prompt.lead + text)
            return Cut(tuple(map(tuple, windows(ids, self.room))), len(ids))
        ids, room = self.prompt.encode_message(self.prompt.lead + text.text), self._room_in_context()
        spare = room - len(ids) if len(ids) <= room else room // CONTEXT_SHARE
        before = self.prompt.encode_context(text.earlier, min(EARLIER_TOKENS, spare))
        own = windows(ids, room + len(self.prompt.question) - len(before))
        return Cut(tuple((*before, *window) for window in own), len(before) + len(ids), True, len(before))

    def _room_in_context(self) -> int:
        """How many ids of a message fit into a prompt of that form, with no earlier message before it."""
        fixed = len(self.prompt.context_prefix) + len(self.prompt.question)
        return self.room - max(0, fixed - len(self.prompt.prefix))

    def _answer_start(self, text: str, score: TextScore) -> tuple[list[int], str]:
        """Ids of a message with the answer begun as its score says, and the text of that beginning."""
        own = self._cut(text).windows
        window = own[min(score.worst_window, len(own) - 1)]  # in context there may have been more of them
        best = max(range(len(CATEGORIES)), key=lambda index: score.category_log_probs[index])
        begun = self.prompt.begun(CATEGORIES[best] if score.margin > 0 else None)
        return [*window, *self.prompt.suffix, *self.prompt.encode_answer(begun)], ANSWER_START + begun
