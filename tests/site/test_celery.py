"""What beat sends, and where it goes."""

import pytest

from moddog_site.celery import BEAT_SCHEDULE, app


@pytest.fixture(scope="module", autouse=True)
def tasks() -> None:
    app.loader.import_default_modules()


@pytest.mark.parametrize("name", sorted(BEAT_SCHEDULE))
def test_every_entry_names_a_task_and_expires(name: str) -> None:
    entry = BEAT_SCHEDULE[name]
    assert entry["task"] in app.tasks
    assert entry["options"]["expires"] <= entry["schedule"]


@pytest.mark.parametrize(
    ("task", "queue"),
    [("review.judging.tasks.classify_pending", "inference"), ("review.insight.tasks.heartbeat", "default")],
)
def test_tasks_of_the_model_go_to_its_workers(task: str, queue: str) -> None:
    assert app.amqp.router.route({}, task)["queue"].name == queue


def test_a_caller_never_waits_for_a_dead_broker() -> None:
    assert app.conf.task_publish_retry is False
    assert app.conf.task_ignore_result is True
