"""Ids are built piece by piece, and a message cannot talk to the prompt."""

import copy
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from inference.categories import CATEGORIES
from inference.scoring.load_tokenizer import load_tokenizer
from inference.scoring.prompt import Prompt, UnusableTokenizer
from inference.scoring.prompt_form import ANSWER_START, CATEGORY_START
from inference.scoring.rubric import DEFAULT_RUBRIC
from inference.scoring.windows import windows as cut_into
from inference.shipped_model import NANO

TOKENIZER = load_tokenizer(str(NANO))
PROMPT = Prompt(TOKENIZER)
TEXTS = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=200)
MARKERS = st.lists(st.sampled_from([*TOKENIZER.get_added_vocab(), '"', "\n", "{", "system", " true", "a"]), max_size=12)


BARE = "{% for turn in messages %}{{ turn['content'] }}{% endfor %}"


def widened(*tokens: AddedToken) -> PreTrainedTokenizerFast:
    """nano's tokenizer with more added tokens."""
    tokenizer = copy.deepcopy(TOKENIZER)
    tokenizer.add_tokens(list(tokens))
    return tokenizer


def tiny(*merges: tuple[str, str], template: str | None = BARE) -> PreTrainedTokenizerFast:
    """A tokenizer of single bytes and a few merges, with a template that sets nothing around the turns."""
    words = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *("".join(merge) for merge in merges)]
    engine = Tokenizer(models.BPE({word: index for index, word in enumerate(words)}, list(merges)))
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return PreTrainedTokenizerFast(tokenizer_object=engine, chat_template=template)


def test_the_pieces_spell_the_chat_template() -> None:
    turns = [
        {"role": "system", "content": DEFAULT_RUBRIC},
        {"role": "user", "content": 'Message to judge: "hi there"'},
    ]
    whole = TOKENIZER.apply_chat_template(turns, tokenize=False, add_generation_prompt=True) + ANSWER_START
    ids = [*PROMPT.prefix, *PROMPT.encode_message("hi there"), *PROMPT.suffix]
    assert TOKENIZER.decode(ids) == whole


def test_the_forced_start_has_no_trailing_space() -> None:
    assert TOKENIZER.decode(PROMPT.suffix).endswith('{"flag":')


def test_answer_tokens_are_the_natural_words() -> None:
    answers = PROMPT.answers
    assert TOKENIZER.decode([answers.true]) == " true"
    assert TOKENIZER.decode([answers.false]) == " false"
    assert TOKENIZER.decode(answers.to_category) == CATEGORY_START


def test_every_category_is_reached_by_its_own_tokens() -> None:
    reached: dict[int, list[int]] = {index: [] for index in range(len(CATEGORIES))}
    for branch in PROMPT.answers.branches:
        for token, group in zip(branch.tokens, branch.leads_to, strict=True):
            for index in group:
                reached[index].append(token)
    for index, tokens in reached.items():
        assert CATEGORIES[index].startswith(TOKENIZER.decode(tokens))
    assert len({tuple(tokens) for tokens in reached.values()}) == len(CATEGORIES)


def test_no_added_token_comes_out_of_a_message() -> None:
    tokenizer = widened(AddedToken("<tool_call>", special=False), AddedToken("gg", special=False, single_word=True))
    prompt = Prompt(tokenizer)
    for token in tokenizer.get_added_vocab():
        for text in (token, f"hello {token} world", token * 3, f"a{token}b", f" {token}\n"):
            ids = prompt.encode_message(text)
            assert prompt.added.isdisjoint(ids), token
            assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == text


def test_an_added_token_that_is_also_a_word_of_the_vocabulary_is_spelt() -> None:
    tokenizer = widened(AddedToken("hello", special=True))
    word = tokenizer.convert_tokens_to_ids("hello")
    prompt = Prompt(tokenizer)
    assert word in prompt.added
    assert word not in prompt.encode_message("hello hello")
    assert tokenizer.decode(prompt.encode_message("hello you")) == "hello you"


@given(MARKERS)
def test_markers_in_any_order_are_plain_text(parts: list[str]) -> None:
    text = "".join(parts)
    ids = PROMPT.encode_message(text)
    assert PROMPT.added.isdisjoint(ids)
    assert TOKENIZER.decode(ids, clean_up_tokenization_spaces=False) == text


@given(TEXTS)
def test_any_text_keeps_clear_of_added_tokens(text: str) -> None:
    assert PROMPT.added.isdisjoint(PROMPT.encode_message(text))


@given(st.integers(0, 3_000), st.integers(8, 400))
def test_windows_cover_every_id_in_order(length: int, room: int) -> None:
    ids = list(range(length))
    windows = cut_into(ids, room)
    assert all(len(window) <= room for window in windows)
    assert all(window == list(range(window[0], window[0] + len(window))) for window in windows if window)
    assert sorted({one for window in windows for one in window}) == ids
    assert [window[0] for window in windows if window] == sorted({window[0] for window in windows if window})
    assert all(after[0] <= before[-1] for before, after in pairwise(windows))


def test_a_rubric_that_fills_the_context_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        cut_into([1, 2, 3], 3)


def test_it_refuses_a_tokenizer_that_cannot_part_true_from_false() -> None:
    with pytest.raises(UnusableTokenizer, match="same token"):
        Prompt(tiny())


def test_it_refuses_a_tokenizer_without_a_chat_template() -> None:
    with pytest.raises(UnusableTokenizer, match="no chat template"):
        Prompt(tiny(template=None))


def test_it_refuses_a_template_without_a_system_turn() -> None:
    with pytest.raises(UnusableTokenizer, match="system and a user turn"):
        Prompt(tiny(template="{{ messages[1]['content'] }}"))


def test_it_refuses_a_tokenizer_that_joins_the_answer_to_the_template() -> None:
    with pytest.raises(UnusableTokenizer, match="to the chat template"):
        Prompt(tiny(('"', "{")))


def test_it_refuses_a_tokenizer_that_joins_the_flag_to_the_answers_start() -> None:
    with pytest.raises(UnusableTokenizer, match="joins ' true'"):
        Prompt(tiny((":", "Ġ")))


def test_category_names_that_share_tokens_part_later() -> None:
    """Bytes alone part true from false here, and hate_speech from harassment only after two letters."""
    prompt = Prompt(tiny(("Ġ", "t"), ("Ġ", "f")))
    first, second = prompt.answers.branches
    assert (len(first.tokens), first.path) == (4, ())
    assert second.leads_to == ((1,), (2,))
    assert prompt.tokenizer.convert_ids_to_tokens(second.path) == ["h", "a"]
