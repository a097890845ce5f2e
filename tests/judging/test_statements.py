"""What a pass asks of the database: as much for many messages as for few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from review.judging.drain import drain
from review.models import Case, Lane, Outcome, Pending, Verdict
from review.registry.policy_versions import new_version, replaced_by
from tests.rows import make_pending, make_source

pytestmark = pytest.mark.django_db

LADDER = [{"at": 0, "action": "allow"}, {"at": 0.3, "action": "review"}, {"at": 0.9, "action": "remove"}]
MOST = 25
"""Savepoints included, which stand here for the begin and the end of a transaction."""


def statements_of_a_pass(scorer, setup, source, each):
    """How many a pass takes with so many messages that are allowed, that are removed, and that people see besides."""
    before = Outcome.objects.count(), Case.objects.count()
    for number in range(each):
        make_pending(source, f"well played {each} {number}")
        make_pending(source, f"awful {each} {number}")
        make_pending(source, f"quite awful {each} {number}", draw=0.01)
    Pending.objects.update(priority=Lane.WAITED_FOR)
    with CaptureQueriesContext(connection) as asked:
        assert next(drain(scorer, setup)) == 3 * each
    assert (Outcome.objects.count(), Case.objects.count()) == (before[0] + 3 * each, before[1] + each)
    return [query["sql"] for query in asked]


def test_many_messages_take_as_many_statements_as_few(scorer, setup):
    source = make_source()
    new_version(source, None, replaced_by({"default": LADDER}, 0.1))
    statements_of_a_pass(scorer, setup, source, 2)  # reads the policy and the calibrator, which later ones know
    few, many = (statements_of_a_pass(scorer, setup, source, each) for each in (1, 20))
    assert len(many) == len(few) <= MOST, "\n".join(many)


def test_what_is_in_force_is_read_again_once_it_changes(scorer, setup):
    source = make_source()
    new_version(source, None, replaced_by({"default": LADDER}, 0.1))
    statements_of_a_pass(scorer, setup, source, 1)
    read = [sql for sql in statements_of_a_pass(scorer, setup, source, 2) if '"ladders"' in sql]
    assert not read
    new_version(source, None, replaced_by({"default": LADDER}, 0.2))
    read = [sql for sql in statements_of_a_pass(scorer, setup, source, 3) if '"ladders"' in sql]
    assert len(read) == 1
    assert set(Verdict.objects.order_by("-pk").values_list("policy__version", flat=True)[:9]) == {3}
