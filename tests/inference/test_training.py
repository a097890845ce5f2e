"""nano's training from its first command to its last, at a tiny size: real files, a real (small, random) encoder."""

import gzip
import json
import random
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers.models.bert import BertConfig, BertModel

from inference.finetuning.examples import TrainingExample, collate, encode_examples
from inference.finetuning.row import Row
from inference.scoring.prompt import Prompt
from inference.scoring.scorer import load_scorer
from inference.training import distilled_examples, encoder_teacher, lines_for_training, measure, teach_everyday
from inference.training.data_parallel import Task
from inference.training.labelled_sources import read_rows
from inference.training.train import train
from inference.training.training_run import Recipe, TrainingRun

KIND = ("nice shot {}", "see you at {} tonight", "thanks {} that was fun", "who plays {} later")
RUDE = ("you are an idiot {}", "shut up {} you moron", "{} is a stupid loser", "nobody likes you {} go away")
PLACES = (
    "alpha",
    "bravo",
    "castle",
    "delta",
    "echo",
    "forest",
    "gate",
    "harbour",
    "island",
    "jungle",
    "keep",
    "lake",
    "mine",
    "north",
)
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def written(folder: Path) -> Path:
    folder.mkdir()
    rows = [
        {"text": pattern.format(place), "flag": flag, "category": category, "score": None, "source": source}
        for source in ("edos", "paradetox")
        for flag, category, patterns in ((0, "benign", KIND), (1, "harassment", RUDE))
        for pattern in patterns
        for place in (PLACES if source == "edos" else [place + " team" for place in PLACES])
    ]
    for name, taken in (("train", rows[::2]), ("dev", rows[1::2])):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as lines:
            lines.write("".join(json.dumps(row) + "\n" for row in taken))
    return folder


def small_encoder(folder: Path, texts: list[str]) -> Path:
    pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    pieces.normalizer = normalizers.BertNormalizer()
    pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    pieces.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=400, special_tokens=SPECIAL))
    pieces.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    shape = BertConfig(
        vocab_size=pieces.get_vocab_size(),
        hidden_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    torch.manual_seed(0)
    BertModel(shape).save_pretrained(folder)
    pieces.save(str(folder / "tokenizer.json"))
    return folder


def command(module: str, *arguments: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module, *map(str, arguments)])
        import_module(f"inference.training.{module}").main()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few written lines, short chunks and few written answers, so that a command takes seconds."""
    monkeypatch.setattr(lines_for_training, "LINES", 300)
    monkeypatch.setattr(distilled_examples, "CHUNK", 64)
    monkeypatch.setattr(encoder_teacher, "CHUNK", 64)
    monkeypatch.setattr(measure, "WRITTEN", 4)
    for name, count in {"REHEARSED": 30, "WRITTEN": 10, "EVERYDAY": 20}.items():
        monkeypatch.setattr(teach_everyday, name, count)


@pytest.mark.usefixtures("short")
def test_every_command_leads_to_the_next_and_the_last_to_a_model_that_judges(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, work, out = written(tmp_path / "data"), tmp_path / "work", tmp_path / "out"
    teacher = small_encoder(tmp_path / "encoder", [row.text for row in read_rows(data / "train.jsonl.gz")])
    command("tokenizer", "--data", data, "--out", out)
    command("ngram_teacher", "--data", data, "--work", work)
    command("encoder_teacher", "--data", data, "--work", work, "--encoder", teacher)
    shape = ("--width", 32, "--layers", 1, "--device", "cpu", "--encoder", teacher)
    command("train", "--data", data, "--work", work, "--out", out, *shape, "--chunks", 24, "--every", 12, "--seed", 1)
    command("self_distillation", "--data", data, "--work", work, "--model", out)
    second = tmp_path / "second"
    capsys.readouterr()
    command("train", "--data", data, "--work", work, "--out", second, *shape, "--start", out, "--chunks", 1)
    printed = capsys.readouterr().out
    (weights,) = re.findall(r"teachers together, weights \[(.*?)\]", printed)
    assert len(weights.split()) == 3
    assert "going on from" not in printed
    assert load_scorer(str(second), device="cpu").score(["nice shot"])
    command("train", "--data", data, "--work", work, "--out", second, *shape, "--start", out, "--chunks", 1)
    assert f"going on from {work / 'second.pt'}, after 1 chunks" in capsys.readouterr().out
    taught = tmp_path / "taught"
    taught.mkdir()
    command("teach_everyday", "--data", data, "--out", taught, "--start", out)
    found = re.search(r"(\d+) tokens of emoji, (\d+) examples", capsys.readouterr().out)
    assert found
    before, after = (load_file(folder / "model.safetensors") for folder in (out, taught))
    moved = [name for name in before if not torch.equal(before[name], after[name])]
    assert set(moved) <= {"model.embed_tokens.weight"}
    assert bool(moved) is (int(found[1]) > 0)
    command("read_emoji", "--data", data, "--model", out)
    command("calibrate", "--data", data, "--model", out)
    mean = tmp_path / "mean"
    capsys.readouterr()
    command("average_weights", "--data", data, "--models", out, out, "--out", mean)
    assert capsys.readouterr().out.count("within sources") == 3
    assert all(
        torch.equal(one, load_file(mean / "model.safetensors")[name])
        for name, one in load_file(out / "model.safetensors").items()
    )
    command("measure", "--data", data, "--model", out, "--files", "dev")
    table = capsys.readouterr().out
    assert "| dev | nano | " in table
    assert json.loads((out / "calibrator.json").read_text())["provisional"] is True
    scorer = load_scorer(str(out))
    kind, rude = scorer.score(["see you at island tonight", "shut up island you moron"])
    assert rude.margin > kind.margin


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ('{"flag": true, "category": "violence", "confidence": 0.9, "reason": "a threat"}', True),
        ('{"flag": true, "category": "violence", "confidence": 0.9, "reason": "a threat"} {', False),
        ('{"flag": 1, "category": "violence", "confidence": 0.9, "reason": "a threat"}', False),
        ('{"flag": true, "category": "spam", "confidence": 0.9, "reason": "a threat"}', False),
        ('{"flag": true, "category": [], "confidence": 0.9, "reason": "a threat"}', False),
        ('{"flag": false, "category": "benign", "confidence": 0.9}', False),
        ("[]", False),
        ("", False),
    ],
)
def test_an_answer_is_whole_only_with_every_key_of_its_kind(written: str, whole: bool) -> None:
    assert measure.is_whole(written) is whole


def test_two_processes_learn_what_one_does(prompt: Prompt, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        Row(text.format(place), flag, None, None, "r")
        for flag, text in enumerate(("hi {}", "shut up {}"))
        for place in PLACES[:8]
    ]
    examples = encode_examples(
        [TrainingExample(row, row.target, 1.0) for row in rows], prompt, random.Random(0), change=None
    )
    tasks = [Task(collate(examples[start : start + 4]), prompt.prefix, 0.0, 0.0) for start in range(0, 16, 4)]
    gradients, threads = [], torch.get_num_threads()
    for count in (1, 2):
        monkeypatch.setattr(torch, "get_num_threads", lambda count=count: count)
        run = TrainingRun.begin(prompt, width=32, layers=1, seed=0, device="cpu")
        assert run.workers.count == count
        flags = run.workers.learn([tasks[each::count] for each in range(count)])
        run.workers.end()
        assert len(flags) == len(tasks)
        gradients.append([weight.grad for weight in run.model.parameters()])
    torch.set_num_threads(threads)
    for alone, together in zip(*gradients, strict=True):
        assert alone.abs().max() > 0
        assert torch.allclose(alone, together, rtol=1e-3, atol=1e-6)


@pytest.mark.usefixtures("short")
def test_a_stopped_run_goes_on_as_if_it_had_not_been(
    tmp_path: Path, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        Row(pattern.format(place), flag, "harassment" if flag else "benign", None, "edos")
        for flag, patterns in ((0, KIND), (1, RUDE))
        for pattern in patterns
        for place in PLACES
    ]
    taught = [TrainingExample(row, row.target, 1.0) for row in rows]
    recipe = Recipe(chunks=3, every=9)

    def begun() -> TrainingRun:
        return TrainingRun.begin(prompt, width=32, layers=1, seed=0, device="cpu")

    whole = begun()
    train(whole, prompt, taught, rows, recipe, checkpoint=tmp_path / "whole.pt")
    stopped, save = begun(), TrainingRun.save

    def stop(run: TrainingRun, path: Path) -> None:
        save(run, path)
        if run.chunk == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(TrainingRun, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        train(stopped, prompt, taught, rows, recipe, checkpoint=tmp_path / "stopped.pt")
    monkeypatch.setattr(TrainingRun, "save", save)
    resumed = begun()
    resumed.load(tmp_path / "stopped.pt")
    train(resumed, prompt, taught, rows, recipe, checkpoint=tmp_path / "stopped.pt")
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, resumed.model.state_dict()[name]), name
