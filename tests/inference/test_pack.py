"""One packed pass says what plain passes say: one message at a time, uncached, unpadded, with the whole head."""

import math
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.categories import CATEGORIES
from inference.scoring import packed_decoder
from inference.scoring.answer_tree import answer_tree
from inference.scoring.batches import WIDEST, batches
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.packed_decoder import PackedDecoder
from inference.scoring.padded_decoder import PaddedDecoder
from inference.scoring.prompt import Prompt
from inference.scoring.windows import windows as cut_into
from tests.inference import tiny

LLAMA_LIKE = ("qwen2", "llama3", "qwen3", "mistral")
TEXTS = st.lists(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=90), min_size=1, max_size=12)
SLOWLY = settings(max_examples=20)


@torch.inference_mode()
def judged_plainly(model: Any, prompt: Prompt, ids: Sequence[int]) -> tuple[float, list[float]]:
    """Margin and log-probabilities of the categories, each place where names part by a full pass of its own."""
    start = [*prompt.prefix, *ids, *prompt.suffix]
    flag = model(input_ids=torch.tensor([start])).logits[0, -1].float().log_softmax(-1)
    chances = [0.0] * len(CATEGORIES)
    for branch in prompt.answers.branches:
        whole = torch.tensor([[*start, *prompt.answers.to_category, *branch.path]])
        found = model(input_ids=whole).logits[0, -1].float()[list(branch.tokens)].log_softmax(-1).tolist()
        for value, group in zip(found, branch.leads_to, strict=True):
            for category in group:
                chances[category] += value
    return float(flag[prompt.answers.true] - flag[prompt.answers.false]), chances


def test_llama_like_models_are_packed_and_others_are_padded() -> None:
    assert all(isinstance(tiny.scorer(kind)._decoder, PackedDecoder) for kind in LLAMA_LIKE)
    assert isinstance(tiny.scorer("gemma")._decoder, PaddedDecoder)


def test_names_that_share_tokens_make_a_tree_with_branches() -> None:
    prompt = tiny.scorer("qwen2").prompt
    tree = answer_tree(prompt.suffix, prompt.answers)
    assert len(prompt.answers.branches) > 1
    assert not tree.is_plain
    assert len(tree.reads) == 1 + len(prompt.answers.branches)
    assert tree.depths[: tree.shared] == tuple(range(tree.shared))
    for place, ancestors in zip(range(tree.shared, len(tree.ids)), tree.ancestors, strict=True):
        assert ancestors[-1] == place
        assert [tree.depths[each] for each in ancestors] == list(range(tree.shared, tree.depths[place] + 1))


@pytest.mark.parametrize("kind", [*LLAMA_LIKE, "gemma"])
@SLOWLY
@given(texts=TEXTS, budget=st.sampled_from([60, 300, 4_096]))
def test_it_equals_plain_passes(kind: str, texts: list[str], budget: int) -> None:
    scorer = tiny.scorer(kind)
    scorer.budget = budget
    for text, score in zip(texts, scorer.score(texts), strict=True):
        windows = cut_into(scorer.prompt.encode_message(text), scorer.room)
        plain = [judged_plainly(tiny.model(kind), scorer.prompt, window) for window in windows]
        margin, chances = plain[score.worst_window]
        assert score.margin == pytest.approx(margin, abs=1e-4)
        assert score.margin == pytest.approx(max(margin for margin, _ in plain), abs=1e-4)
        assert score.category_log_probs == pytest.approx(chances, abs=1e-4)


@pytest.mark.parametrize("kind", LLAMA_LIKE)
def test_the_margins_sign_is_what_greedy_writing_begins_with(kind: str) -> None:
    scorer, model = tiny.scorer(kind), tiny.model(kind)
    answers = scorer.prompt.answers
    texts = [f"text {number} {'ab' * number}" for number in range(12)]
    for text, score in zip(texts, scorer.score(texts), strict=True):
        ids = [*scorer.prompt.prefix, *scorer.prompt.encode_message(text), *scorer.prompt.suffix]
        others = [token for token in range(len(tiny.tokenizer())) if token not in (answers.true, answers.false)]
        written = model.generate(
            torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            max_new_tokens=1,
            do_sample=False,
            suppress_tokens=others,
            pad_token_id=0,
        )
        assert int(written[0, -1]) == (answers.true if score.margin > 0 else answers.false)


def test_half_precision_is_as_near_as_one_plain_pass_in_it() -> None:
    """The packed pass may err by what a plain bfloat16 pass errs by, taken over all texts."""
    exact, prompt = tiny.scorer("qwen2"), tiny.scorer("qwen2").prompt
    rough = tiny.KINDS["qwen2"][1](tiny.model("qwen2").config)
    rough.load_state_dict(tiny.model("qwen2").state_dict())
    rough = rough.to(torch.bfloat16).eval()
    scorer = LocalScorer(rough, prompt, name="rough", model_hash="", rubric=tiny.RUBRIC)
    texts = [f"line {number} of {'talk ' * (number % 7)}" for number in range(40)]
    truth = [score.margin for score in exact.score(texts)]
    plain = [judged_plainly(rough, prompt, prompt.encode_message(text))[0] for text in texts]
    packed = [score.margin for score in scorer.score(texts)]
    assert distance(packed, truth) <= 1.5 * distance(plain, truth)


def distance(some: Sequence[float], others: Sequence[float]) -> float:
    """Root of the mean squared difference."""
    squares = [(one - other) ** 2 for one, other in zip(some, others, strict=True)]
    return math.sqrt(math.fsum(squares) / len(squares))


def test_the_same_ids_are_scored_once(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer, judged = tiny.scorer("qwen2"), []
    plain = scorer._judge
    monkeypatch.setattr(scorer, "_judge", lambda rows: judged.extend(rows) or plain(rows))
    scores = scorer.score(["join my server"] * 50 + ["hello"])
    assert len(judged) == 2
    assert len(scores) == 51
    assert len(set(scores)) == 2


def test_out_of_memory_halves_the_budget_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = LocalScorer(tiny.model("qwen2"), tiny.scorer("qwen2").prompt, name="", model_hash="", rubric="")
    texts = [f"message {number}" for number in range(40)]
    whole, plain = scorer.score(texts), scorer._judge
    budget, most = scorer.budget, 10

    def narrow(rows: Any) -> Any:
        if len(rows) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return plain(rows)

    monkeypatch.setattr(scorer, "_judge", narrow)
    found = scorer.score(texts)
    assert [score.margin for score in found] == pytest.approx([score.margin for score in whole], abs=1e-4)
    assert scorer.budget < budget


def test_a_message_that_alone_is_too_large_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = LocalScorer(tiny.model("qwen2"), tiny.scorer("qwen2").prompt, name="", model_hash="", rubric="")

    def full(rows: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(scorer, "_judge", full)
    with pytest.raises(torch.OutOfMemoryError):
        scorer.score(["hello"])


def test_a_long_text_is_read_on_in_bounded_slices() -> None:
    scorer = tiny.scorer("qwen2")
    scorer.budget = 600
    text = "".join(f"word {number} " for number in range(2_000))
    (whole,) = scorer.score([text])
    begun, reads = None, []
    while begun is None or not begun.is_done:
        begun = scorer.read_on(text, begun)
        reads.append(begun.read)
    assert len(reads) > 3
    assert max(after - before for before, after in zip([0, *reads], reads, strict=False)) <= 2_400 // scorer.room
    assert begun.score.margin == pytest.approx(whole.margin, abs=1e-4)
    assert (begun.score.windows, begun.score.worst_window) == (whole.windows, whole.worst_window)


@given(st.lists(st.integers(1, 500), max_size=60), st.integers(1, 2_000))
def test_batches_hold_every_row_once_within_the_budget(lengths: list[int], budget: int) -> None:
    found = list(batches(lengths, budget))
    assert sorted(number for batch in found for number in batch) == list(range(len(lengths)))
    for batch in found:
        sizes = [lengths[number] for number in batch]
        assert len(batch) == 1 or (sum(sizes) <= budget and max(sizes) * len(batch) <= WIDEST * budget)


def test_a_packed_pass_that_errs_is_found_by_the_check_and_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = LocalScorer(tiny.model("qwen2"), tiny.scorer("qwen2").prompt, name="", model_hash="", rubric="")
    scorer.check()
    assert isinstance(scorer._decoder, PackedDecoder)
    monkeypatch.setattr(packed_decoder, "merged", lambda first, second: first[0])
    scorer.check()
    assert isinstance(scorer._decoder, PaddedDecoder)
