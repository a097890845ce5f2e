"""`manage.py createmoderator`: a person with a role."""

import io
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from review.management.commands import createmoderator
from review.models import AuditEntry, Membership, Role, Source, User
from tests.rows import make_source

pytestmark = pytest.mark.django_db
GOOD = "seven green bicycles"


@pytest.fixture
def create(monkeypatch, capsys):
    """`create("erin", password=...)`: what was printed; the password comes on standard input."""

    def run(username="erin", password=GOOD, **options):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        call_command("createmoderator", username, password_stdin=True, **options)
        printed = capsys.readouterr()
        assert password not in printed.out + printed.err
        return printed.out.strip()

    return run


def test_it_makes_a_moderator_of_all_sources_who_can_sign_in(create, client):
    assert create() == "erin is moderator of all sources"
    erin = User.objects.get()
    assert erin.check_password(GOOD)
    assert not erin.is_superuser
    assert Membership.objects.get().source is None
    assert list(Source.objects.visible_to(erin)) == list(Source.objects.all())
    assert client.login(username="erin", password=GOOD)


def test_a_source_limits_the_role(create):
    arcade, harbour = make_source(), make_source("harbour")
    assert create(source="arcade", role="senior") == "erin is senior moderator of arcade"
    erin = User.objects.get()
    assert list(Source.objects.visible_to(erin, Role.SENIOR)) == [arcade]
    assert harbour not in Source.objects.visible_to(erin)


def test_an_admin_of_no_source_runs_the_instance(create):
    create(role="admin")
    assert User.objects.get().is_instance_admin
    assert User.objects.get().is_staff


def test_an_admin_of_a_source_does_not(create):
    make_source()
    create(role="admin", source="arcade")
    assert not User.objects.get().is_superuser


def test_a_person_who_exists_gets_the_role_and_keeps_the_password(create, monkeypatch):
    create()
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    call_command("createmoderator", "erin", role="senior")
    assert User.objects.get().check_password(GOOD)
    assert Membership.objects.get().role == "senior"


def test_it_asks_twice_at_a_terminal(monkeypatch):
    answers = iter([GOOD, GOOD, GOOD, "something else"])
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr(createmoderator, "getpass", lambda prompt: next(answers))
    call_command("createmoderator", "erin")
    assert User.objects.get().check_password(GOOD)
    with pytest.raises(CommandError, match="differ"):
        call_command("createmoderator", "frank")
    assert User.objects.count() == 1


def test_without_a_terminal_it_says_how(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(CommandError, match="--password-stdin"):
        call_command("createmoderator", "erin")


@pytest.mark.parametrize("password", ["", "short", "password123", "erin-the-moderator"])
def test_a_weak_password_is_refused(create, password):
    with pytest.raises(CommandError):
        create("erin-the-moderator", password=password)
    assert not User.objects.exists()


@pytest.mark.parametrize("username", ["", "two words", "x" * 151])
def test_a_bad_username_is_refused(create, username):
    with pytest.raises(CommandError):
        create(username)
    assert not User.objects.exists()


def test_an_unknown_source_is_refused(create):
    with pytest.raises(CommandError, match="no source 'nowhere'"):
        create(source="nowhere")


def test_it_is_on_record(create):
    create(role="senior")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_id) == ("gave role", User.objects.get().pk)
    assert entry.details == {"changes": {"role": [None, "senior"]}}


def test_a_name_in_other_letters_is_refused_and_the_first_can_still_sign_in(create, client):
    create("bugsolo")
    with pytest.raises(CommandError, match="already somebody named bugsolo"):
        create("BugSolo")
    assert list(User.objects.values_list("username", flat=True)) == ["bugsolo"]
    client.post("/accounts/login/", {"login": "bugsolo", "password": GOOD})
    assert "_auth_user_id" in client.session


def test_the_database_refuses_such_a_name_too(create):
    create("bugsolo")
    with pytest.raises(IntegrityError, match="one_username_in_any_case"):
        User.objects.create(username="BugSolo")


def test_those_who_were_there_before_are_told_apart():
    tell_apart = import_module("review.migrations.0010_username_in_any_case").tell_apart
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_username_in_any_case")
    for name in ("bugsolo", "BugSolo-2", "BugSolo", "BUGSOLO"):
        User.objects.create(username=name)
    tell_apart(apps, None)
    names = list(User.objects.order_by("pk").values_list("username", flat=True))
    assert names == ["bugsolo", "BugSolo-2", "BugSolo-3", "BUGSOLO-4"]
