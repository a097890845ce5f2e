"""The logs of our own processes tell which error it was, and not what was to be stored."""

import io
import logging
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from moddog_site.log_lines import Line

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger with the product's own formatter, and what it wrote."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Line(settings.LOGGING["formatters"]["line"]["format"], style="{"))
    logger = logging.Logger("under test")
    logger.addHandler(handler)
    yield logger, written


def fail_to_store() -> Exception:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE said (text text CONSTRAINT once UNIQUE)")
        cursor.execute("INSERT INTO said VALUES (%s)", ["whispered\nin 'two' lines"])
        with pytest.raises(DatabaseError) as caught, transaction.atomic():
            cursor.execute("INSERT INTO said VALUES (%s)", ["whispered\nin 'two' lines"])
    return caught.value


def test_a_traceback_tells_the_kind_and_the_constraint(lines: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = lines
    logger.error("it failed", exc_info=fail_to_store())
    text = written.getvalue()
    assert "IntegrityError: PostgreSQL's error 23505, table said, constraint once" in text
    assert "whispered" not in text.replace('"whispered\\nin', "")  # this test's own source line stands in it
    assert "two' lines" not in text.replace("in 'two' lines\"", "")


def test_an_error_within_a_sentence_is_cut_too(lines: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = lines
    error = fail_to_store()
    logger.warning("could not store: %s", error)
    logger.warning("could not store: %r", error)
    assert written.getvalue().count("PostgreSQL's error 23505") == 2
    assert "whispered" not in written.getvalue()


def test_what_the_server_did_not_send_stays_as_it_is(lines: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = lines
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect("postgresql://nobody@127.0.0.1:1/nothing", connect_timeout=2)
    logger.warning("away: %s", caught.value)
    assert "Connection refused" in written.getvalue() or "connection failed" in written.getvalue()
