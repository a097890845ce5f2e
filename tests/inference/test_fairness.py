"""What keeps a group's name or a source's style from standing in for a label."""

import random

import numpy as np

from inference.finetuning.disguise import disguise
from inference.finetuning.row import Row
from inference.training.group_swaps import KINDS, swapped, swapped_and_disguised
from inference.training.labelled_sources import source_aurocs


def test_a_group_is_replaced_by_one_of_its_kind_in_the_same_casing() -> None:
    found = {swapped("MUSLIMS and Women", random.Random(seed)) for seed in range(200)}
    kinds = {term: kind for kind in KINDS for term in kind}
    for text in found:
        first, _, second = text.partition(" and ")
        assert first.isupper()
        assert "muslims" in kinds[first.lower()]
        assert second in ("Women", "Men")
    assert len(found) > 5


def test_one_group_stays_one_group() -> None:
    for seed in range(50):
        first, second = swapped("gay is gay", random.Random(seed)).split(" is ")
        assert first == second


def test_two_groups_stay_two() -> None:
    found = {swapped("women and men", random.Random(seed)) for seed in range(50)}
    assert found == {"women and men", "men and women"}


def test_a_text_without_a_group_stays_as_it_is() -> None:
    for text in ("a blacklist of manly whiteness", "go straight up, then polish it", "nice shot"):
        assert swapped(text, random.Random(0)) == text


def test_groups_are_swapped_only_where_it_was_asked_for() -> None:
    asked = {swapped_and_disguised("muslims", random.Random(seed)).lower() for seed in range(80)}
    plain = {disguise("muslims", random.Random(seed)).lower() for seed in range(80)}
    assert "jews" in asked
    assert "jews" not in plain


def rows_of(source: str, flags: list[int]) -> list[Row]:
    return [
        Row(f"{source} {number}", flag, "toxicity" if flag else "benign", None, source)
        for number, flag in enumerate(flags)
    ]


def test_areas_are_of_sources_with_enough_of_both_classes() -> None:
    rows = [*rows_of("edos", [0, 1] * 10), *rows_of("cad", [1] * 30)]
    assert source_aurocs(rows, np.array([float(row.flag) for row in rows])) == {"edos": 1.0}
