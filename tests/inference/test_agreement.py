"""Agreement: figures that are known by hand, and intervals that cover the truth of simulated teams."""

import numpy as np
import pytest

from inference.reliability.agreement import LEAST, accuracy, agreement, alpha_of, kappa_of

CATEGORIES = np.array(["benign", "toxicity", "harassment", "violence"])
MIX = np.array([0.6, 0.2, 0.15, 0.05])
TEAMS = 80


def judge(rng, truth, skill):
    """What a person says of items who recognises a share `skill`, and guesses by the mix elsewhere."""
    guessed = rng.choice(CATEGORIES, size=len(truth), p=MIX)
    return np.where(rng.random(len(truth)) < skill, truth, guessed)


def team(rng, items, skill):
    truth = rng.choice(CATEGORIES, size=items, p=MIX)
    return truth, judge(rng, truth, skill), judge(rng, truth, skill)


def test_a_table_that_was_worked_out_by_hand():
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    found = agreement(first, second)
    assert found["share"].value == 0.7
    assert found["kappa"].value == pytest.approx(0.4)
    # observed disagreement 0.3; expected, of 100 values with 55 "yes": 2 * 55 * 45 / (100 * 99) = 0.5
    assert found["alpha"].value == pytest.approx(1 - 0.3 / 0.5)


def test_what_the_draws_take_is_what_the_libraries_say():
    rng = np.random.default_rng(4)
    _, first, second = team(rng, 60, 0.7)
    numbers = [[list(CATEGORIES).index(each) for each in said] for said in (first, second)]
    table = np.zeros((4, 4))
    np.add.at(table, tuple(numbers), 1)
    found = agreement(first, second, draws=20)
    assert found["alpha"].value == pytest.approx(alpha_of(table), abs=1e-12)
    assert found["kappa"].value == pytest.approx(kappa_of(table), abs=1e-12)
    assert np.isnan([alpha_of(np.diag([5.0, 0.0])), kappa_of(np.diag([5.0, 0.0]))]).all()


def test_it_says_nothing_of_a_few_items_nor_of_chance_where_all_say_the_same():
    assert agreement(["benign"] * (LEAST - 1), ["benign"] * (LEAST - 1)) == {}
    assert set(agreement(["benign"] * 40, ["benign"] * 40)) == {"share"}


def test_the_same_decisions_show_the_same_figures():
    _, first, second = team(np.random.default_rng(3), 100, 0.8)
    assert agreement(first, second, draws=50) == agreement(first, second, draws=50)


def test_no_gold_answers_say_nothing_of_accuracy():
    assert accuracy(0, 0) is None


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    """At 95 %, 80 teams: fewer than 69 that cover would happen once in a thousand times to an interval of 93 %."""
    rng, skill = np.random.default_rng(20), 0.85
    _, *many = team(rng, 400_000, skill)
    same = float(np.mean(many[0] == many[1]))
    by_chance = float((MIX**2).sum())
    truth = {"share": same, "alpha": (same - by_chance) / (1 - by_chance)}
    truth |= {"kappa": truth["alpha"], "gold": skill + (1 - skill) * by_chance}
    covered = dict.fromkeys(truth, 0)
    for seed in range(TEAMS):
        items, first, second = team(rng, 150, skill)
        found = agreement(first, second, seed=seed, draws=100) | {"gold": accuracy(int((first == items).sum()), 150)}
        for name, true in truth.items():
            covered[name] += found[name].low <= true <= found[name].high
    assert min(covered.values()) >= 69, covered
