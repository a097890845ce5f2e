"""What nano is taught: balanced classes, whole answers, and the same draws for the same seed."""

import json
import math
import random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inference.finetuning.disguise import disguise
from inference.finetuning.examples import TrainingExample, collate, encode_examples
from inference.finetuning.reasons import REASONS
from inference.finetuning.row import Row
from inference.finetuning.written_lines import written_lines
from inference.scoring.prompt import Prompt
from inference.scoring.shared_prefix import SharedPrefix
from inference.training.average_weights import mean_of
from inference.training.distilled_examples import epoch_of
from inference.training.group_mentions import false_positives, mentioned
from inference.training.labelled_sources import folds, row_weights, within_source_auroc
from inference.training.new_model import new_model


def row(
    flag: int, category: str | None, *, source: str = "edos", text: str = "hello", score: float | None = None
) -> Row:
    return Row(text, flag, category, score, source)


def test_classes_weigh_the_same_within_a_source() -> None:
    rows = [row(1, "hate_speech")] * 30 + [row(0, "benign")] * 70
    weights = row_weights(rows)
    assert weights[:30].sum() == pytest.approx(weights[30:].sum())


def test_what_is_only_not_hate_counts_nothing_as_benign() -> None:
    rows = [row(0, None), row(1, "toxicity"), row(0, "benign")]
    assert row_weights(rows)[0] == 0.0
    assert rows[0].weak


def test_a_source_of_one_class_is_kept_small() -> None:
    assert row_weights([row(0, "benign", source="sms_ham")] * 5).max() < 0.5


def test_equal_texts_share_a_fold() -> None:
    found = folds([row(0, "benign", text="a"), row(1, "toxicity", text="a"), row(0, "benign", text="b")], 3)
    assert found[0] == found[1]


def test_sources_of_one_class_have_no_area() -> None:
    assert math.isnan(within_source_auroc([row(1, "toxicity")] * 20, np.zeros(20)))


def test_within_sources_a_sources_level_counts_nothing() -> None:
    rows = [row(number % 2, "toxicity", source=source) for source in ("a", "b") for number in range(40)]
    margins = np.array([one.flag + (100.0 if one.source == "a" else 0.0) for one in rows])
    assert within_source_auroc(rows, margins) == 1.0


@given(st.text(min_size=1, max_size=80), st.integers(0, 10_000))
def test_a_disguise_is_drawn_by_its_seed(text: str, seed: int) -> None:
    assert disguise(text, random.Random(seed)) == disguise(text, random.Random(seed))


def test_written_lines_are_distinct_and_of_every_category() -> None:
    lines = written_lines(4_000, random.Random(0))
    assert len({text.lower() for text, _, _ in lines}) == len(lines)
    assert {category for _, _, category in lines} == set(REASONS)
    assert all(flag == (category != "benign") for _, flag, category in lines)
    assert not any("{" in text for text, _, _ in lines)


def test_an_answer_that_is_learnt_is_whole_json(prompt: Prompt) -> None:
    example = TrainingExample(row(1, "violence", score=0.75), 0.9, 1.0)
    answered = [one for one in encode_examples([example] * 400, prompt, random.Random(0), change=None) if one.answer]
    assert answered
    for example in answered:
        start = example.flag_at + 1 - len(prompt.encode_message('{"flag":'))
        written = json.loads(prompt.tokenizer.decode(example.ids[start:], skip_special_tokens=True))
        assert (written["flag"], written["category"], written["confidence"]) == (True, "violence", 0.75)
        assert written["reason"] in REASONS["violence"]
        assert all(example.ids[at + 1] == token for at, token in example.answer)


def test_a_confidence_that_nobody_gave_is_not_learnt(prompt: Prompt) -> None:
    build_one = {
        score: next(
            one
            for one in encode_examples(
                [TrainingExample(row(1, "violence", score=score), 0.9, 1.0)] * 400, prompt, random.Random(0)
            )
            if one.answer
        )
        for score in (0.9, None)
    }
    assert len(build_one[None].answer) < len(build_one[0.9].answer)


def test_positions_of_a_batch_lead_to_flag_and_category(prompt: Prompt) -> None:
    examples = [
        TrainingExample(row(1, "harassment", text="you fool"), 0.9, 1.0),
        TrainingExample(row(0, "benign"), 0.1, 1.0),
    ]
    batch = collate(encode_examples(examples, prompt, random.Random(3), change=None))
    for number, at in enumerate(batch.flag_at.tolist()):
        assert prompt.tokenizer.decode(batch.ids[number, : at + 1]).endswith('{"flag":')
    ((number, at),) = batch.named_at.tolist()
    assert prompt.tokenizer.decode(batch.ids[number, : at + 1]).endswith('true, "category": "')
    ((branch, column, category),) = batch.named.tolist()
    assert category == 1
    assert 1 in prompt.answers.branches[branch].leads_to[column]


def test_an_example_comes_as_often_as_it_weighs() -> None:
    examples = [TrainingExample(row(1, "toxicity"), 0.9, 2.5), TrainingExample(row(0, "benign"), 0.1, 0.0)]
    times = [sum(example.target == 0.9 for example in epoch_of(examples, epoch, 0)) for epoch in range(200)]
    assert set(times) == {2, 3}
    assert np.mean(times) == pytest.approx(2.5, abs=0.15)
    assert all(example.target == 0.9 for example in epoch_of(examples, 0, 0))


def test_a_mean_lies_where_its_shares_say(prompt: Prompt) -> None:
    models = [new_model(prompt.tokenizer, width=32, layers=1, seed=seed) for seed in range(3)]
    table = [model.get_input_embeddings().weight.detach().clone() for model in models]
    mean = mean_of(models, [1, 2, 1]).get_input_embeddings().weight
    assert torch.allclose(mean, 0.25 * table[0] + 0.5 * table[1] + 0.25 * table[2], atol=1e-7)
    with pytest.raises(ValueError, match="3 models need as many shares"):
        mean_of(models, [0.5, 0.5])
    with pytest.raises(ValueError, match="only checkpoints of one shape have a mean"):
        mean_of([models[0], new_model(prompt.tokenizer, width=64, layers=1, seed=0)], [0.5, 0.5])


def test_a_width_makes_whole_heads(prompt: Prompt) -> None:
    with pytest.raises(ValueError, match="a width is 32 or a multiple of 64, not 96"):
        new_model(prompt.tokenizer, width=96, layers=1, seed=0)


def test_a_prefix_that_no_cache_keeps_is_refused(prompt: Prompt) -> None:
    model = new_model(prompt.tokenizer, width=32, layers=1, seed=0)
    model.activation_checkpointing_enable()
    model.train()
    with pytest.raises(ValueError, match="switch gradient checkpointing off"):
        SharedPrefix(model.get_decoder(), prompt.prefix)


def test_a_hint_goes_with_its_row(prompt: Prompt) -> None:
    examples = [
        TrainingExample(row(0, "benign", text="a" * size), 0.1, 1.0, np.full(4, size, dtype=np.float16))
        for size in (9, 2, 5)
    ]
    batch = collate(encode_examples(examples, prompt, random.Random(0), change=None))
    assert batch.hint[:, 0].tolist() == [9.0, 2.0, 5.0]
    assert collate(
        encode_examples([TrainingExample(row(0, "benign"), 0.1, 1.0)], prompt, random.Random(0))
    ).hint.shape == (1, 0)


def test_terms_are_whole_words() -> None:
    assert mentioned("My GAY friend, a Muslim, was told a manly tale") == {"gay", "muslim"}


def test_false_positives_are_shares_of_benign_rows() -> None:
    rows = [row(0, "benign", text="a muslim friend")] * 40 + [row(0, "benign", text="a friend")] * 60
    rows += [row(1, "hate_speech", text="a muslim")] * 50 + [row(0, None, text="a muslim")] * 50
    shares = false_positives(rows, np.array([1.0] * 10 + [-1.0] * 90 + [1.0] * 100))
    assert (shares["all"].n, shares["all"].share) == (100, 0.1)
    assert (shares["any term"].share, shares["no term"].share) == (0.25, 0.0)
    assert shares["muslim"] == shares["any term"]
    assert "gay" not in shares
