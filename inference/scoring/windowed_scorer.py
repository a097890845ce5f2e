"""What every scorer does with texts before and after the model: ids, windows, the worst of them. Knows no model."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from inference.categories import CATEGORIES
from inference.scoring.packing import Piece, pieces
from inference.scoring.prompt import Prompt
from inference.scoring.prompt_form import ANSWER_START
from inference.scoring.text_score import Begun, TextScore, worst_of
from inference.scoring.windows import windows

WARM_UP = "the quick brown fox jumps over the lazy dog "


class WindowedScorer(ABC):
    """The half of the Scorer protocol that is the same for every model: a subclass judges windows."""

    room: int
    """How many ids one window may have."""

    def __init__(self, prompt: Prompt, *, name: str, model_hash: str, rubric: str) -> None:
        self.name, self.model_hash, self.rubric, self.prompt = name, model_hash, rubric, prompt

    @property
    @abstractmethod
    def windows_in_slice(self) -> int:
        """How many windows of a long text make one bounded piece of work."""

    def score(self, texts: Sequence[str]) -> list[TextScore]:
        """A score for each text, in order. The same ids are scored once, however many texts come to them."""
        messages = [tuple(self.prompt.encode_message(text)) for text in texts]
        different = list(dict.fromkeys(messages))
        parts: dict[tuple[int, ...], list[TextScore]] = {ids: [] for ids in different}
        rows = pieces(different, self._windows)
        for row, part in zip(rows, self._judged(rows), strict=True):
            parts[different[row.message]].append(part)
        found = {ids: worst_of(each, len(each), tokens=len(ids)) for ids, each in parts.items()}
        return [found[ids] for ids in messages]

    def read_on(self, text: str, begun: Begun | None) -> Begun:
        """Score the next `windows_in_slice` windows of a text."""
        ids = self.prompt.encode_message(text)
        windows = self._windows(ids)
        first = begun.read if begun else 0
        rows = [Piece(0, number, window) for number, window in enumerate(windows)]
        rows = rows[first : first + self.windows_in_slice]
        parts = [*([begun.score] if begun else []), *self._judged(rows)]
        return Begun(worst_of(parts, len(windows), tokens=len(ids)), first + len(rows))

    def warm_up(self) -> None:
        """One full batch, so that the first message does not pay for what is set up lazily."""
        self.score([WARM_UP * (1 + number % 4) + str(number) for number in range(64)])

    @abstractmethod
    def _judged(self, rows: Sequence[Piece]) -> list[TextScore]:
        """A score for each window, with the window's number as `worst_window`."""

    def _windows(self, ids: Sequence[int]) -> list[list[int]]:
        return windows(ids, self.room)

    def _answer_start(self, text: str, score: TextScore) -> tuple[list[int], str]:
        """Ids of a message with the answer begun as its score says, and the text of that beginning."""
        window = self._windows(self.prompt.encode_message(text))[score.worst_window]
        best = max(range(len(CATEGORIES)), key=lambda index: score.category_log_probs[index])
        begun = self.prompt.begun(CATEGORIES[best] if score.margin > 0 else None)
        return [*window, *self.prompt.suffix, *self.prompt.encode_answer(begun)], ANSWER_START + begun
