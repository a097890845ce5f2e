"""`manage.py finetune`, with a real model: what people decided moves what the model says of messages it never saw."""

import json
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from inference.scoring.scorer import load_scorer
from review.candidates import finetuning
from review.models import AuditEntry, Message, ModelVersion
from tests.candidates.conftest import SLANG, UNSEEN_INSULTS, UNSEEN_PLAIN, decided, margins, rule_on_slang

pytestmark = pytest.mark.django_db


def test_decisions_that_teach_a_slang_word_move_unseen_messages_with_it(setup, nano, alice, tmp_path, capsys):
    handed_down = decided("taught to the base", alice, "toxicity", ago=timedelta(hours=-1))
    setup.model.taught.add(handed_down)
    rule_on_slang(alice)
    call_command("finetune", "--out", str(tmp_path / "slang"), "--shadow")
    printed = capsys.readouterr().out
    assert "texts to teach" in printed
    candidate = ModelVersion.objects.get(base=setup.model)
    assert (candidate.is_active, candidate.in_shadow) == (False, True)
    tuned = load_scorer(candidate.location)
    assert tuned.model_hash == candidate.weights_hash != nano.model_hash
    insults = moved(nano, tuned, [insult.format(SLANG) for insult in UNSEEN_INSULTS])
    plain = moved(nano, tuned, [line.format(thing) for line in UNSEEN_PLAIN for thing in ("lamp", "bike")])
    assert insults.min() > 1.0
    assert insults.mean() - plain.mean() > 1.5
    training = candidate.training
    assert training["taught"] + training["held_out"] == 54
    assert candidate.taught.count() == training["taught"] + 1
    assert candidate.taught.contains(handed_down)
    verbs = AuditEntry.objects.values_list("verb", flat=True)
    assert {"registered candidate", "began shadow"} <= set(verbs)


def moved(old, new, texts):
    """By how much the margin of each text has risen."""
    return np.array(margins(new, texts)) - np.array(margins(old, texts))


def test_it_says_what_is_missing(setup, alice):
    decided("you fool", alice, "harassment")
    with pytest.raises(CommandError, match="needs decisions on 40 texts, 5 of each kind; there are 1, 1 of them"):
        call_command("finetune")


def test_decisions_by_one_author_cannot_be_divided(setup, alice):
    rule_on_slang(alice)
    Message.objects.update(author="kestrel")
    with pytest.raises(CommandError, match="none can be held out"):
        call_command("finetune")


def test_without_a_model_there_is_nothing_to_tune(db):
    with pytest.raises(CommandError, match="no model has judged here yet"):
        call_command("finetune")


def test_four_bits_need_cuda(setup, alice, tmp_path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    rule_on_slang(alice)
    with pytest.raises(CommandError, match="4-bit training needs a CUDA device"):
        call_command("finetune", "--four-bit", "--out", str(tmp_path / "four"))
    assert not (tmp_path / "four").exists()
    assert ModelVersion.objects.count() == 1


@pytest.fixture
def unmeasurable(monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr("review.candidates.finetuning.measure", fail)


@pytest.mark.usefixtures("unmeasurable")
def test_a_candidate_that_cannot_be_measured_is_registered_all_the_same(setup, alice, tmp_path, sign_in, root):
    rule_on_slang(alice)
    with pytest.raises(CommandError, match=r"is candidate \d+, but could not be measured: MemoryError"):
        call_command("finetune", "--out", str(tmp_path / "slang"), "--epochs", "1", "--shadow")
    candidate = ModelVersion.objects.get(base=setup.model)
    assert candidate.taught.exists()
    assert candidate.in_shadow
    page = sign_in(root).get(f"/models/{candidate.pk}/").content.decode()
    assert "It has not been measured on these." in page


@pytest.mark.parametrize("option", ["--epochs", "--rank", "--rows"])
@pytest.mark.parametrize("given", ["0", "-1", "many"])
def test_numbers_that_make_no_training_are_refused(setup, option, given):
    with pytest.raises(CommandError, match=f"argument {option}: '{given}' is not a whole number of at least 1"):
        call_command("finetune", option, given)


@pytest.mark.parametrize("given", ["0", "-1", "nan", "inf", "fast"])
def test_a_rate_that_teaches_nothing_is_refused(setup, given):
    with pytest.raises(CommandError, match=f"argument --rate: '{given}' is not a number above 0"):
        call_command("finetune", "--rate", given)


def test_a_place_that_no_folder_can_be_made_in_is_refused_before_the_work(setup, alice, tmp_path):
    rule_on_slang(alice)
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match=r"Not a directory|File exists"):
        call_command("finetune", "--out", str(tmp_path / "file" / "tuned"))
    with pytest.raises(CommandError, match=r"nothing could be exported: .*No such file or directory"):
        call_command("finetune", "--export", str(tmp_path / "nowhere" / "taught.jsonl"))


def test_a_full_disk_is_told_before_the_work(setup, alice, tmp_path, monkeypatch):
    rule_on_slang(alice)
    monkeypatch.setattr("inference.finetuning.finetune.shutil.disk_usage", lambda place: SimpleNamespace(free=3 << 20))
    with pytest.raises(CommandError, match="has 3 MB free, and the weights need 5"):
        call_command("finetune", "--out", str(tmp_path / "tuned"))
    assert not (tmp_path / "tuned").exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_was_started_anew_meanwhile_costs_nothing(setup):
    other = connection.copy()
    with connection.cursor() as cursor, other.cursor() as killer:
        cursor.execute("SELECT pg_backend_pid()")
        killer.execute("SELECT pg_terminate_backend(%s)", cursor.fetchone())
    other.close()
    finetuning.reconnect()
    assert ModelVersion.objects.get() == setup.model


def test_a_folder_that_is_there_is_left_alone(setup, alice, tmp_path):
    rule_on_slang(alice)
    with pytest.raises(CommandError, match="is there already"):
        call_command("finetune", "--out", str(tmp_path))


def test_what_would_be_taught_can_be_written_out(setup, alice, tmp_path):
    rule_on_slang(alice)
    call_command("finetune", "--export", str(tmp_path / "decisions.jsonl"))
    rows = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()]
    assert len(rows) == 54
    assert {row["part"] for row in rows} == {"taught", "held_out"}
    assert {row["category"] for row in rows if row["flag"]} == {"harassment"}
    assert ModelVersion.objects.count() == 1
