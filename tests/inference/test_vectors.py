"""Vectors of texts: the same from both passes, whatever is judged beside, and near each other for near copies."""

from dataclasses import replace

import numpy as np
import pytest

from inference.scoring.cascade import CascadeScorer, Deferral
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.padded_decoder import PaddedDecoder
from inference.scoring.rule_scorer import RuleScorer
from inference.scoring.text_score import InContext
from inference.scoring.text_vectors import HALF
from tests.inference import tiny

RAID = "everybody come to the arcade on friday and shout the owner down"


def vectors(scorer, *texts):
    found = np.array([np.frombuffer(score.vector, "<f2") for score in scorer.score(texts)], dtype=float)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.mark.parametrize("kind", ["qwen2", "gemma"])
def test_a_text_has_the_same_vector_whatever_is_judged_beside_it(kind):
    scorer = tiny.scorer(kind)
    (alone,), (_, beside, _) = vectors(scorer, RAID), vectors(scorer, "gg", RAID, "a longer one " * 12)
    assert len(alone) == 2 * HALF
    assert alone @ beside > 0.999


def test_the_padded_pass_says_the_same(nano: LocalScorer, monkeypatch):
    (packed,) = vectors(nano, RAID)
    monkeypatch.setattr(nano, "_decoder", PaddedDecoder(nano._shared))
    (padded,) = vectors(nano, RAID)
    assert packed @ padded > 0.999


def test_near_copies_are_nearer_than_others(nano: LocalScorer):
    copies = [f"{RAID} 4711", f"@wren {RAID}", RAID.replace("friday", "sunday"), RAID.replace("owner", "ovvner")]
    others = [
        "well played, that was close",
        "you are an idiot",
        "when does the update come out",
        "buy gold at gold.biz",
    ]
    first, *found = vectors(nano, RAID, *copies, *others)
    near = [float(first @ each) for each in found]
    assert min(near[: len(copies)]) > 0.95 > max(near[len(copies) :])


def test_what_was_said_before_is_not_what_a_text_is_about(nano: LocalScorer):
    with_much, with_little = vectors(nano, InContext(RAID, ("well played " * 10,)), InContext(RAID, ("hello",)))
    assert np.allclose(
        with_much[HALF:] / np.linalg.norm(with_much[HALF:]),
        with_little[HALF:] / np.linalg.norm(with_little[HALF:]),
        atol=1e-2,
    )


def test_a_text_in_several_windows_has_none(nano: LocalScorer):
    assert nano.score([RAID * 60])[0].vector == b""


def test_a_format_with_rules_and_a_cascade_give_the_vector_of_what_judges_first(nano: LocalScorer):
    (own,) = nano.score([RAID])
    by_rule = RuleScorer([nano, nano])
    by_rule.named = ("violence", "spam")
    assert by_rule._worst([own, replace(own, margin=9.0, vector=b"of the second rule")]).vector == own.vector
    deferral = Deferral(own.margin - 1, own.margin + 1)
    (spoken,) = CascadeScorer(nano, tiny.scorer("qwen2"), deferral).score([RAID])
    assert spoken.deferred and spoken.vector == own.vector
    assert own.deferred is False
