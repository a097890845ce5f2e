"""Where a text lies in the space of the model that judges it: texts that are near each other are alike.

Two halves, both from what a pass has at hand anyway, so that no decoder does more for it: the state at the flag, from
which the margin is read, says what the model takes a text for; the mean of the embeddings of the text's tokens says
what it is about, whatever was changed in it here and there.
"""

from collections.abc import Sequence
from itertools import accumulate, chain

import torch
from torch import Tensor
from torch.nn import functional

HALF = 128
TOKENS = 0.3
"""What the half of the tokens weighs beside the other: on nano's development set near copies stood apart best so."""
PLAIN = """
i think the new update is really good but it is a bit slow on my phone
does anyone know how to get the key in the second room
you are such an idiot, nobody wants you here
thanks for your help, that was very kind of you
what time does it start tomorrow and who is coming
this is the worst thing that i have ever read, he should be ashamed
check out my channel and get free coins at this link
they say that people like them should all go back to where they came from
it was a good game, well played everyone, see you next week
i don't agree with what she said about the article, but it is her right
shut up you stupid loser, go and cry to your mother
we have been talking about the government and the news for an hour
can you please send me the file when you are done with it
i will find out where you live and then you will be sorry
my friend said that his brother was not there when they came
women only want one thing and it is disgusting
lol that is so funny, i can't stop laughing at this
if you want to know more about it, just ask on the page
all of these people are criminals and we would be better off without them
the other day i was looking for a place to eat with my family
"""
"""Of what anybody writes. Their mean is taken off: else small words would make long texts alike."""


class TextVectors:
    """The vectors of one model: 2 * HALF numbers each, comparable with those of the same weights only."""

    def __init__(self, table: Tensor, plain: Sequence[Sequence[int]]) -> None:
        """`table` (vocabulary, width) are the embeddings of what goes in, `plain` the ids of the lines of PLAIN.

        A wider model is projected, always alike.
        """
        self._table, width = table, table.shape[1]
        self._plain = self._means(plain).mean(0)
        fixed = torch.Generator().manual_seed(1)
        onto = torch.randn(width, HALF, generator=fixed) if width > HALF else torch.eye(width, HALF)
        self._onto = onto.to(table.device)

    def of(self, flags: Tensor, ids: Sequence[Sequence[int]]) -> list[bytes]:
        """Of each text the float16 numbers, from its state at the flag (M, width) and its own ids."""
        halves = [self._half(flags), TOKENS * self._half(self._means(ids) - self._plain)]
        numbers = torch.cat(halves, dim=1).to(torch.float16).cpu().numpy()
        return [row.tobytes() for row in numbers]

    def _means(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """The mean embedding of each text's tokens: (M, width)."""
        starts = [0, *accumulate(len(each) for each in ids[:-1])]
        flat = torch.tensor(list(chain.from_iterable(ids)), dtype=torch.long, device=self._table.device)
        offsets = torch.tensor(starts, device=self._table.device)
        return functional.embedding_bag(flat, self._table, offsets, mode="mean").float()

    def _half(self, states: Tensor) -> Tensor:
        return functional.normalize(states @ self._onto, dim=1)
