"""A file of /intake/ in a real worker that is killed in the middle: another goes on, nothing is lost or doubled."""

import psutil
import pytest
from django.conf import settings
from django.utils import timezone

from moddog_site.embedded.programs import celery_worker
from review import broker
from review.intake import held_files, long_import, tasks
from review.models import IntakeFile, Message, Pending, User
from tests.rows import make_source
from tests.stack import process_of, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 60_000


def kill(process):
    """Its launcher and all below it, without warning."""
    family = [process, *psutil.Process(process.pid).children(recursive=True)]
    for each in family:
        each.kill()


def test_a_killed_worker_loses_and_doubles_nothing():
    source, by = make_source(), User.objects.create_user("dana")
    content = b"id,text\n" + b"".join(b"%d,text number %d\n" % (number, number) for number in range(ROWS))
    file = held_files.keep(source, by, "chat.csv", [content])
    with process_of(
        celery_worker("default", "default", pool="threads", host="killed"), settings.HOME, "killed"
    ) as worker:
        long_import.start(file, by)
        broker._silent_until = 0.0
        broker.heard(long_import.TASK)
        broker.nudge(long_import.TASK, broker.DEFAULT_QUEUE)
        wait_until(lambda: IntakeFile.objects.filter(rows_done__gte=5_000).exists(), 90)
        kill(worker)
    file.refresh_from_db()
    assert 5_000 <= file.rows_done < ROWS
    assert file.rows_done == file.accepted == Message.objects.count()
    IntakeFile.objects.update(lease_until=timezone.now())
    wait_until(lambda: IntakeFile.objects.filter(lease_until__lt=timezone.now()).exists())
    tasks.take_in_files()
    file.refresh_from_db()
    assert (file.state, file.rows_done, file.accepted, file.duplicates) == ("done", ROWS, ROWS, 0)
    assert Message.objects.count() == Pending.objects.count() == ROWS
