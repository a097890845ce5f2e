"""What stands behind every message in a pass, and where in it the answer is read.

What all answers share is the prompt's suffix and the text up to the category. Where names begin with the same tokens,
the further ones hang on its end as branches: each sees what is shared and its own ancestors, so that one pass
reads every place where the names part.
"""

from dataclasses import dataclass

from inference.scoring.prompt import Answers


@dataclass(frozen=True)
class AnswerTree:
    """The ids behind a message: `shared` of them in a line, then those on branches.

    `depths` are distances from the message's end; `ancestors` are the places that each id on a branch sees, beside what
    is shared. `reads` are the places where answers are read: at the flag, then where each branch of the answers parts.
    """

    ids: tuple[int, ...]
    depths: tuple[int, ...]
    shared: int
    ancestors: tuple[tuple[int, ...], ...]
    reads: tuple[int, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it has no branches, so that plain causal attention serves."""
        return len(self.ids) == self.shared


def answer_tree(suffix: tuple[int, ...], answers: Answers) -> AnswerTree:
    """The tree of a prompt's suffix and its answers."""
    ids, shared = [*suffix, *answers.to_category], len(suffix) + len(answers.to_category)
    depths = list(range(shared))
    places: dict[tuple[int, ...], int] = {(): shared - 1}
    ancestors: list[tuple[int, ...]] = []
    for branch in answers.branches:
        for end in range(1, len(branch.path) + 1):
            path = branch.path[:end]
            if path in places:
                continue
            places[path] = len(ids)
            ancestors.append(tuple(places[path[:step]] for step in range(1, end + 1)))
            ids.append(path[-1])
            depths.append(shared + end - 1)
    reads = (len(suffix) - 1, *(places[branch.path] for branch in answers.branches))
    return AnswerTree(tuple(ids), tuple(depths), shared, tuple(ancestors), reads)
