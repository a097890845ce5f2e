"""What stands behind every message in a pass, and where in it the answer is read.

The trunk is the prompt's suffix and the text up to the category. Where names of categories share their first tokens,
the further tokens hang on the trunk's end as a tree: each sees the trunk and its own ancestors, so that one pass reads
every place where the names part.
"""

from dataclasses import dataclass

from inference.scoring.prompt import Answers


@dataclass(frozen=True)
class Tail:
    """The ids behind a message. `depths` are distances from its end, `ancestors` what each twig sees beside the trunk.

    `reads` are places among the ids: of the flag, then of each branch of the answers, in their order.
    """

    ids: tuple[int, ...]
    depths: tuple[int, ...]
    trunk: int
    ancestors: tuple[tuple[int, ...], ...]
    reads: tuple[int, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it is a trunk alone, so that plain causal attention serves."""
        return len(self.ids) == self.trunk


def tail_of(suffix: tuple[int, ...], answers: Answers) -> Tail:
    """The tail of a prompt's suffix and its answers."""
    ids, trunk = [*suffix, *answers.to_category], len(suffix) + len(answers.to_category)
    depths = list(range(trunk))
    places: dict[tuple[int, ...], int] = {(): trunk - 1}
    ancestors: list[tuple[int, ...]] = []
    for branch in answers.branches:
        for end in range(1, len(branch.path) + 1):
            path = branch.path[:end]
            if path in places:
                continue
            places[path] = len(ids)
            ancestors.append(tuple(places[path[:step]] for step in range(1, end + 1)))
            ids.append(path[-1])
            depths.append(trunk + end - 1)
    reads = (len(suffix) - 1, *(places[branch.path] for branch in answers.branches))
    return Tail(tuple(ids), tuple(depths), trunk, tuple(ancestors), reads)
