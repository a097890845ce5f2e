"""What keeps a group's name or a source's style from standing in for a label."""

import random

import numpy as np
import pytest

from inference.training.data import Row, source_aurocs
from inference.training.disguise import disguise
from inference.training.groups import KINDS, swapped
from inference.training.leave_out import left_out, mean_of, parts_of
from inference.training.lessons import labelled


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
    asked = {disguise("muslims", random.Random(seed), groups=1.0).lower() for seed in range(80)}
    plain = {disguise("muslims", random.Random(seed)).lower() for seed in range(80)}
    assert "jews" in asked
    assert "jews" not in plain


def rows_of(source: str, flags: list[int]) -> list[Row]:
    return [
        Row(f"{source} {number}", flag, "toxicity" if flag else "benign", None, source)
        for number, flag in enumerate(flags)
    ]


def test_every_source_is_left_out_once_and_those_of_a_kind_together() -> None:
    rows = [
        *rows_of("civil_toxic_spans", [0, 1] * 9),
        *rows_of("civil_safe10k", [0] * 3),
        *rows_of("edos", [0, 1] * 5),
        *rows_of("cad", [1] * 4),
    ]
    parts = parts_of(rows, 2)
    assert sorted(source for part in parts for source in part) == ["cad", "civil_safe10k", "civil_toxic_spans", "edos"]
    assert {"civil_safe10k", "civil_toxic_spans"} in parts


def test_a_row_is_ranked_by_the_model_that_did_not_see_its_source() -> None:
    rows = [*rows_of("edos", [0, 1]), *rows_of("cad", [1])]
    seen: list[set[str]] = []

    def setup(without: set[str], _: str) -> np.ndarray:
        seen.append(without)
        return np.array([1.0 if row.source in without else -1.0 for row in rows])

    assert left_out(rows, [{"edos"}, {"cad"}], setup).tolist() == [1.0, 1.0, 1.0]
    assert seen == [{"edos"}, {"cad"}]


def test_areas_are_of_sources_with_enough_of_both_classes() -> None:
    rows = [*rows_of("edos", [0, 1] * 10), *rows_of("cad", [1] * 30)]
    assert source_aurocs(rows, np.array([float(row.flag) for row in rows])) == {"edos": 1.0}


def test_a_mean_over_sources_has_an_interval_and_a_count() -> None:
    found = mean_of([0.6, 0.7, 0.8, 0.9])
    assert found.mean == pytest.approx(0.75)
    assert 0.6 <= found.low < 0.75 < found.high <= 0.9
    assert found.n == 4


def test_labels_alone_leave_out_what_is_only_not_hate() -> None:
    weak = Row("so what", 0, None, None, "gab_hate_corpus")
    lessons = labelled([weak, *rows_of("edos", [0, 1])])
    sources = [lesson.row.source for lesson in lessons]
    assert sources.count("gab_hate_corpus") == 0
    assert sources.count("edos") == 2
    assert sources.count("written") > 1_000
    assert all(lesson.hint is None for lesson in lessons)
