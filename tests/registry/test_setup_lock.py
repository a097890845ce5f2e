"""Who writes cases and who changes what is in force take turns, so that no case is left under what was in force."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from review.judging import leases, results
from review.judging.rerouting import follow, step
from review.judging.scoring_inputs import scoring_inputs
from review.models import Case, Message, Verdict
from review.registry import rerouting
from review.registry.policy_versions import new_version, policy_of, replaced_by
from review.registry.scoring_setup import ScoringSetup
from tests.judging.conftest import KeywordScorer
from tests.rows import make_calibrator, make_judge, make_pending, make_source

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
HIDE_ALL = {"default": [{"at": 0.0, "action": "allow"}, {"at": 0.001, "action": "hide"}]}
ALL_TO_PEOPLE = {"default": [{"at": 0.0, "action": "allow"}, {"at": 0.001, "action": "review"}]}


def blocked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_case_that_is_written_while_the_policy_changes_follows_it():
    make_calibrator()
    setup, source = ScoringSetup(*make_judge()), make_source()
    policy_of(source)
    new_version(source, None, replaced_by(ALL_TO_PEOPLE, 0.0))
    message = make_pending(source, "awful")
    begun = Event()

    def change():
        begun.wait(10)
        try:
            return new_version(source, None, replaced_by(HIDE_ALL, 0.0))
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        changed = pool.submit(change)
        with transaction.atomic():
            lease = leases.take(1)
            messages = list(Message.objects.filter(pk=message.pk))
            results.finish(lease, *scoring_inputs(setup, messages), KeywordScorer().score(["awful"]))
            begun.set()
            while not (blocked() or changed.done()):
                pass
            assert not changed.done(), "what is written now must be seen by the pass that follows the change"
        changed.result(10)
    while step():
        pass
    follow()
    assert Case.objects.get().state == Case.State.CLOSED
    assert Verdict.objects.latest("pk").route == "hide"


@pytest.mark.django_db(transaction=True)
def test_writers_do_not_wait_for_each_other():
    with ThreadPoolExecutor() as pool, transaction.atomic():
        rerouting.hold_in_force()

        def hold():
            try:
                with transaction.atomic():
                    rerouting.hold_in_force()
                return True
            finally:
                connection.close()

        assert pool.submit(hold).result(10)
