"""The what-if counts what another ladder would have done, and what blind rulings say of it."""

from hypothesis import given
from hypothesis import strategies as st

from review.policy.ladder import parse
from review.policy.whatif import Case, compare


def ladder(hide):
    return parse(
        {"default": [{"at": 0, "action": "allow"}, {"at": 0.2, "action": "review"}, {"at": hide, "action": "hide"}]}
    )


TRAFFIC = [
    Case(1, 0.1, "toxicity", ruled_violation=True),
    Case(2, 0.5, "toxicity"),
    Case(3, 0.85, "toxicity", ruled_violation=False),
    Case(4, 0.95, "violence", ruled_violation=True),
]


def test_it_counts_both_ladders_and_names_what_moves():
    found = compare(TRAFFIC, ladder(0.9), ladder(0.8))
    assert found.before == {"allow": 1, "review": 2, "hide": 1, "remove": 0}
    assert found.after == {"allow": 1, "review": 1, "hide": 2, "remove": 0}
    assert [(change.message, change.before, change.after) for change in found.changes] == [(3, "review", "hide")]


def test_it_counts_blind_rulings_against_the_proposed_ladder():
    found = compare(TRAFFIC, ladder(0.9), ladder(0.8))
    assert (found.acted_ruled, found.acted_benign) == (2, 1)
    assert (found.allowed_ruled, found.allowed_violations) == (1, 1)


def test_no_traffic_is_no_error():
    found = compare([], ladder(0.9), ladder(0.8))
    assert found.total == 0
    assert found.share(found.after, "hide") == 0


@given(st.lists(st.floats(0, 1)), st.floats(0.3, 1), st.floats(0.3, 1))
def test_every_message_is_counted_once_under_each_ladder(probabilities, one, other):
    traffic = [Case(index, p, "toxicity") for index, p in enumerate(probabilities)]
    found = compare(traffic, ladder(one), ladder(other))
    assert sum(found.before.values()) == sum(found.after.values()) == len(traffic)
    assert sum(abs(found.after[a] - found.before[a]) for a in found.after) <= 2 * len(found.changes)
