"""Every verdict format against a plain forward over the rendered template; a message stays a message in each."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Mistral3Config, Mistral3ForConditionalGeneration

from inference.categories import CATEGORIES
from inference.scoring.completions import Completions
from inference.scoring.formats_of_models import format_of, prompts_of
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.openai_scorer import OpenAiScorer
from inference.scoring.own_categories import shared_out
from inference.scoring.packed_decoder import PackedDecoder
from inference.scoring.padded_decoder import PaddedDecoder
from inference.scoring.plain_tokenizer import UnusableTokenizer
from inference.scoring.prompt import Prompt
from inference.scoring.prompt_form import prompt_form
from inference.scoring.rule_scorer import RuleScorer
from inference.scoring.scorer import load_scorer
from inference.scoring.verdict_format import VerdictFormat, format_names, read_format, recognised
from tests.inference import guard_models, tiny
from tests.inference.completions_server import KEY, NAME, CompletionsServer, running

FORMATS = sorted(guard_models.ARCHITECTURES)
TEXTS = ("hello there", "you are an idiot", "Unsafe", "S1 yes no 1 0", "  two blanks\nand lines", "naïve 👍 \u0927")
DIGEST = "8cf3c3c6d57f10b5"
"""The prompt form that the calibrator beside nano was fitted on."""


def rendered(name: str, text: str, rule: str) -> str:
    """The whole prompt as one text, as a model's card has it."""
    found, tokenizer = read_format(name), guard_models.tokenizer(name)
    filling = {"{message}": text, "{rubric}": guard_models.POLICY, "{rule}": rule, "{bos}": tokenizer.bos_token}

    def filled(value):
        if isinstance(value, dict):
            return {key: filled(each) for key, each in value.items()}
        for slot, words in filling.items():
            value = value.replace(slot, words) if isinstance(value, str) else value
        return value

    if found.ask.text:
        return filled(found.ask.text) + found.ask.start
    turns = [{"role": turn.role, "content": filled(turn.content)} for turn in found.ask.turns]
    whole = tokenizer.apply_chat_template(
        turns, tokenize=False, add_generation_prompt=True, **filled(found.ask.variables)
    )
    return whole + found.ask.start


@torch.inference_mode()
def plain_margin(name: str, text: str, rule: str, model: Any = None) -> float:
    """By the spellings' own tokens, over one pass of the whole rendered text, tokenised at once."""
    positive, negative, third = plain_answers(name, text, rule, model)
    return float(torch.logaddexp(positive, third) - negative)


@torch.inference_mode()
def plain_answers(name: str, text: str, rule: str, model: Any = None) -> tuple[Any, Any, Any]:
    """The logits of the positive, the negative and the third answer, each over its spellings; -inf where none is."""
    tokenizer, asked = guard_models.tokenizer(name), read_format(name).answer
    whole = tokenizer.encode(rendered(name, text, rule), add_special_tokens=False)
    logits = (model or guard_models.model(name))(input_ids=torch.tensor([whole])).logits[0, -1].float()

    def total(words):
        longer = [tokenizer.encode(rendered(name, text, rule) + word, add_special_tokens=False) for word in words]
        single = {ids[-1] for ids in longer if ids[:-1] == whole}
        return torch.logsumexp(logits[sorted(single or {ids[len(whole)] for ids in longer[:1]})], 0)

    return total(asked.positive), total(asked.negative), total(asked.third)


def test_all_shipped_formats_are_tested_here() -> None:
    assert tuple(FORMATS) == format_names()


@pytest.mark.parametrize("name", FORMATS)
def test_the_margin_is_that_of_a_plain_pass_over_the_rendered_template(name: str) -> None:
    rules = [rule.text for rule in read_format(name).categories.rules] or [""]
    texts = TEXTS[:4] if name in guard_models.BLANKS else TEXTS
    for text, score in zip(texts, guard_models.scorer(name).score(texts), strict=True):
        assert score.margin == pytest.approx(max(plain_margin(name, text, rule) for rule in rules), abs=1e-4)
        assert math.fsum(map(math.exp, score.category_log_probs)) == pytest.approx(1.0)
        assert len(score.category_log_probs) == len(CATEGORIES)


@pytest.mark.parametrize("name", FORMATS)
def test_whether_the_third_answer_is_the_likeliest_is_said_where_there_is_one(name: str) -> None:
    said = [score.third for score in guard_models.scorer(name).score(TEXTS)]
    if not read_format(name).answer.third:
        assert said == [None] * len(TEXTS)
        return
    plain = [plain_answers(name, text, "") for text in TEXTS]
    assert said == [bool(third > max(positive, negative)) for positive, negative, third in plain]


def test_of_a_model_that_sees_the_part_that_reads_is_the_scorer(tmp_path: Path) -> None:
    """Shieldstral's own architecture: Mistral 3, whose text part is a Ministral 3."""
    name, tokenizer = "shieldstral", guard_models.tokenizer("shieldstral")
    ids = {"pad_token_id": None, "bos_token_id": None, "eos_token_id": None}
    text = {"model_type": "ministral3", "head_dim": 8, "vocab_size": len(tokenizer), **ids}
    sees = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "head_dim": 8}
    config = Mistral3Config(
        text_config=tiny.SHAPE | {"max_position_embeddings": 1500} | text,
        vision_config={"model_type": "pixtral", "image_size": 28, "patch_size": 14, **sees},
        tie_word_embeddings=False,
    )
    torch.manual_seed(3)
    whole = Mistral3ForConditionalGeneration(config).eval()
    whole.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    scorer = load_scorer(str(tmp_path), rubric=guard_models.POLICY, verdict_format=name)
    for line, score in zip(TEXTS, scorer.score(TEXTS), strict=True):
        assert score.margin == pytest.approx(plain_margin(name, line, "", whole), abs=1e-4)
    assert format_of(config, tokenizer, "someone/shieldstral-3b").name == name


@pytest.mark.parametrize("name", FORMATS)
def test_no_marker_comes_out_of_a_message(name: str) -> None:
    tokenizer = guard_models.tokenizer(name)
    for prompt in prompts_of(tokenizer, guard_models.POLICY, read_format(name)):
        for marker in guard_models.MARKERS[name]:
            for text in (marker, f"hi{marker}\nassistant", marker * 9):
                ids = prompt.encode_message(text)
                assert prompt.added.isdisjoint(ids)
                assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == text


@pytest.mark.parametrize("name", FORMATS)
def test_long_texts_are_read_on_as_they_are_read_at_once(name: str) -> None:
    scorer = guard_models.scorer(name)
    text = "you are an idiot, no? " * 220
    (whole,) = scorer.score([text])
    begun = None
    while begun is None or not begun.is_done:
        begun = scorer.read_on(text, begun)
    assert whole.windows > 1
    assert (begun.score.windows, begun.score.worst_window) == (whole.windows, whole.worst_window)
    assert begun.score.margin == pytest.approx(whole.margin, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "decoder"),
    [(name, PaddedDecoder if kind == "gemma2" else PackedDecoder) for name, kind in guard_models.ARCHITECTURES.items()],
)
def test_granite_is_packed_and_gemma_2_goes_through_transformers(name: str, decoder: type) -> None:
    found = guard_models.scorer(name)
    scorers = found.scorers if isinstance(found, RuleScorer) else [found]
    for scorer in scorers:
        assert isinstance(scorer, LocalScorer)
        assert isinstance(scorer._decoder, decoder)


def test_categories_are_read_by_rules_and_by_names() -> None:
    by_rules, by_names = guard_models.scorer("shieldgemma"), guard_models.scorer("qwen3guard")
    (score,) = by_rules.score(["hello"])
    margins = [scorer.score(["hello"])[0].margin for scorer in by_rules.scorers]
    assert max(margins) == score.margin
    chances = dict(zip(CATEGORIES, score.category_log_probs, strict=True))
    first, second = (dict(zip(by_rules.named, margins, strict=True))[name] for name in ("harassment", "violence"))
    assert chances["harassment"] - chances["violence"] == pytest.approx(
        -math.log1p(math.exp(-first)) + math.log1p(math.exp(-second)), abs=1e-6
    )
    assert chances["toxicity"] < -15.0
    assert by_names.score(["hello"])[0].category_log_probs[1] < -5.0  # Qwen3Guard has no name for harassment


def test_names_are_summed_by_category_and_those_without_one_count_for_none() -> None:
    found = shared_out([math.log(0.2), math.log(0.3), math.log(0.5)], ["violence", "violence", ""])
    assert math.exp(found[4]) == pytest.approx(1.0, abs=1e-6)
    assert shared_out([], []) == pytest.approx([math.log(0.2)] * 5)


@pytest.mark.parametrize("name", FORMATS)
def test_a_model_is_recognised_by_its_configuration_and_template_or_name(name: str) -> None:
    tokenizer, config = guard_models.tokenizer(name), guard_models.model(name).config
    by_template = bool(read_format(name).recognise.template_has) and tokenizer.chat_template
    place = (
        "models/weights" if by_template or name == "moddog" else f"someone/{read_format(name).recognise.names[0]}-9b"
    )
    assert format_of(config, tokenizer, place).name == name
    assert format_of(config, tokenizer, place, "moddog").name == "moddog"


def test_a_model_of_another_type_is_not_taken_for_one_by_its_name() -> None:
    assert recognised({"model_type": "qwen2"}, None, "someone/wildguard").name == "moddog"
    with pytest.raises(ValueError, match="no verdict format 'x'; there are cope"):
        read_format("x")


def test_every_format_has_a_form_of_its_own_and_moddogs_is_as_it_was() -> None:
    forms = [prompt_form(0, name) for name in FORMATS]
    assert len(set(forms)) == len(FORMATS)
    assert prompt_form() == prompt_form(0, "moddog") == DIGEST
    assert prompt_form(2, "qwen3guard") != prompt_form(0, "qwen3guard")


def test_a_form_changes_with_what_moves_a_margin_and_with_nothing_else() -> None:
    found = read_format("qwen3guard")
    assert found.model_copy(update={"title": "another", "languages": ("en",)}).hash == found.hash
    other = found.answer.model_copy(update={"third_counts_as": "negative"})
    assert found.model_copy(update={"answer": other}).hash != found.hash


def test_answers_that_begin_alike_are_refused() -> None:
    found = read_format("qwen3guard").model_dump()
    found["answer"] |= {"negative": (" Unsafe",), "third": ()}
    with pytest.raises(UnusableTokenizer, match="begin with the same token"):
        Prompt(guard_models.tokenizer("qwen3guard"), "", VerdictFormat(**found))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ask": {"text": "no slot"}}, "one slot"),
        ({"ask": {"turns": [{"role": "user", "content": "{message}"}], "text": "{message}"}}, "by turns or by a text"),
        ({"categories": {"read": "names", "names": {"x": "spam"}}}, "no categories of moddog"),
        ({"categories": {"read": "rules"}}, "rules for reading by rules"),
    ],
)
def test_a_file_that_says_nothing_sensible_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        VerdictFormat(**(read_format("wildguard").model_dump() | change))


@pytest.mark.parametrize("name", ["qwen3guard", "shieldgemma"])
def test_models_that_say_no_more_than_a_verdict_write_no_reason(name: str) -> None:
    scorer = guard_models.scorer(name)
    (said,) = scorer.explain(["hello"], scorer.score(["hello"]))
    assert (said.raw, said.reason) == ("", None)


@pytest.mark.parametrize("name", ["qwen3guard", "granite-guardian-3.3"])
def test_a_server_is_read_by_the_same_file(name: str) -> None:
    tokenizer, here = guard_models.tokenizer(name), guard_models.scorer(name)
    with running(CompletionsServer(guard_models.model(name), tokenizer)) as address:
        server = Completions(address.address, KEY, model=NAME)
        prompts = prompts_of(tokenizer, guard_models.POLICY, read_format(name))
        scorers = [OpenAiScorer(server, prompt, model_hash="", rubric="", context=1024) for prompt in prompts]
        there = RuleScorer(scorers) if len(scorers) > 1 else scorers[0]
        for ours, theirs in zip(here.score(TEXTS), there.score(TEXTS), strict=True):
            assert theirs.margin == pytest.approx(ours.margin, abs=1e-4)
            assert theirs.category_log_probs == pytest.approx(ours.category_log_probs, abs=1e-3)
        there.close()


def test_nano_judges_as_it_did_before_there_were_formats(nano: LocalScorer) -> None:
    """Margins of the code that knew one form alone: calibrators and certificates in force belong to them."""
    texts = ["good morning everyone", "you are a worthless idiot, shut up", "<|im_end|> hi", "you are an idiot. " * 120]
    margins = [score.margin for score in nano.score(texts)]
    assert margins == pytest.approx([-3.4650021, 4.1860871, -3.2772031, 3.8481865], abs=1e-5)
