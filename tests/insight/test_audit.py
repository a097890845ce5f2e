"""The audit log: read by those whom it concerns, changed by nobody, chained so that a change shows."""

import csv
import io
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from review.insight.tasks import seal_audit
from review.models import AuditEntry, AuditSeal, Role
from review.people.accounts import write_role
from review.records import audit, audit_chain
from tests.rows import make_calibrator, make_source

pytestmark = pytest.mark.django_db
PAGE = "/audit/"


@pytest.fixture
def source():
    return make_source()


@pytest.fixture
def erin(make_person, source):
    """An admin of one source, the arcade."""
    return make_person("erin", "admin", source)


def written(source, number, by=None):
    return [audit.record(by, f"did {each}", source, source, number=each) for each in range(number)]


def by_force(sql, parameters=()):
    """What somebody does who owns the database."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # Postgres alters no table that has checks to come
        for table in ("review_auditentry", "review_auditseal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, parameters)
        for table in ("review_auditentry", "review_auditseal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def offered(client):
    """What the filter has people choose from, of what was done."""
    found = client.get(PAGE).context["form"].fields["verb"].choices
    return [verb for verb, _ in found if verb]


def verified(**options):
    out = StringIO()
    call_command("verifyaudit", stdout=out, **options)
    return out.getvalue()


class TestChain:
    @pytest.mark.parametrize("sql", ["UPDATE review_auditentry SET verb = 'slept'", "DELETE FROM review_auditentry"])
    def test_the_database_changes_and_deletes_no_entry(self, source, sql):
        written(source, 1)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_a_seal_is_written_once(self, source):
        written(source, 1)
        audit_chain.seal()
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            AuditSeal.objects.update(digest=bytes(32))

    def test_what_was_written_fits(self, source, erin):
        written(source, 3, erin)
        assert "3 entries fit" in verified()
        written(source, 2)
        seal_audit()
        assert list(AuditSeal.objects.order_by("entry").values_list("seq", flat=True)) == [1, 2, 3, 4, 5]
        assert "5 entries fit" in verified()

    def test_it_fits_when_the_person_is_gone(self, source, erin):
        written(source, 1, erin)
        audit_chain.seal()
        name = erin.pk
        erin.delete()
        assert "1 entries fit" in verified()
        assert AuditEntry.objects.get().actor_id == name

    @pytest.mark.parametrize(
        "column, value",
        [("verb", "slept"), ("details", '{"number": 9}'), ("actor_id", 12345), ("target_id", 99), ("source_id", None)],
    )
    def test_it_names_the_first_entry_that_was_changed(self, source, column, value):
        made = written(source, 4)
        audit_chain.seal()
        by_force(f"UPDATE review_auditentry SET {column} = %s WHERE id = {made[2].pk}", [value])  # noqa: S608
        with pytest.raises(CommandError, match=f"breaks at entry {made[2].pk}:"):
            verified()

    def test_it_names_the_entry_after_one_that_was_taken_out(self, source):
        made = written(source, 4)
        audit_chain.seal()
        by_force("DELETE FROM review_auditseal WHERE entry_id = %s", [made[1].pk])
        by_force("DELETE FROM review_auditentry WHERE id = %s", [made[1].pk])
        with pytest.raises(CommandError, match=f"breaks at entry {made[2].pk}: number 2 of the chain is missing"):
            verified()

    def test_renumbering_does_not_hide_that(self, source):
        made = written(source, 3)
        audit_chain.seal()
        by_force("DELETE FROM review_auditseal WHERE entry_id = %s", [made[1].pk])
        by_force("DELETE FROM review_auditentry WHERE id = %s", [made[1].pk])
        by_force("UPDATE review_auditseal SET seq = 2 WHERE entry_id = %s", [made[2].pk])
        with pytest.raises(CommandError, match=f"breaks at entry {made[2].pk}:"):
            verified()

    def test_what_was_written_past_the_chain_shows(self, source):
        written(source, 1)
        audit_chain.seal()
        by_force(
            "INSERT INTO review_auditentry (verb, target, details) VALUES ('forged', 'source', '{}')",
        )
        with pytest.raises(CommandError, match="written past the chain"):
            verified()

    def test_a_noted_digest_shows_what_was_cut_off_at_the_end(self, source):
        made = written(source, 3)
        noted = verified().split()[-1]
        assert "3 entries fit" in verified(head=noted)
        by_force("DELETE FROM review_auditseal WHERE entry_id = %s", [made[2].pk])
        by_force("DELETE FROM review_auditentry WHERE id = %s", [made[2].pk])
        assert "2 entries fit" in verified()
        with pytest.raises(CommandError, match="cut off"):
            verified(head=noted)

    def test_another_key_makes_no_chain_that_fits(self, source, settings):
        made = written(source, 2)
        settings.SECRET_KEY = "x" * 40
        audit_chain.seal()
        settings.SECRET_KEY = "y" * 40
        with pytest.raises(CommandError, match=f"breaks at entry {made[0].pk}:"):
            verified()

    def test_it_is_sealed_in_parts(self, source, monkeypatch):
        monkeypatch.setattr(audit_chain, "CHUNK", 2)
        written(source, 5)
        seal_audit()
        assert not AuditSeal.objects.filter(seq=None).exists()
        assert "5 entries fit" in verified()


class TestPage:
    def test_it_says_who_changed_what_from_what_to_what(self, sign_in, erin, make_person, source):
        fay = make_person("fay", "moderator", source)
        write_role(erin, fay, source, Role.SENIOR)
        html = sign_in(erin).get(PAGE).content.decode()
        assert "gave role" in html and "<bdi>erin</bdi>" in html and "<bdi>fay</bdi>" in html
        assert ">moderator</span> → <span" in html and ">senior</span>" in html

    def test_it_calls_things_by_their_names(self, sign_in, root):
        audit.record(root, "tried", make_calibrator())
        assert re.search(r"calibrator version \d+", sign_in(root).get(PAGE).content.decode())

    def test_an_admin_reads_of_their_sources_alone(self, sign_in, erin, root, source):
        library = make_source("library")
        audit.record(None, "elsewhere", library, library)
        audit.record(None, "everywhere", library)
        audit.record(None, "here", source, source)
        mine = sign_in(erin).get(PAGE).content.decode()
        assert 'class="table sources audit"' in mine and mine.count("<time ") == 1
        assert sign_in(erin).get(f"{PAGE}?source=library").content.decode().count("<time ") == 1
        assert sign_in(root).get(PAGE).content.decode().count("<time ") == 3

    def test_its_filter_names_what_was_done_where_one_may_read_alone(self, sign_in, erin, root, source, make_person):
        library = make_source("library")
        audit.record(None, "elsewhere", library, library)
        audit.record(None, "everywhere", library)
        audit.record(None, "here", source, source)
        audit.record(None, "twice", source, source)
        audit.record(None, "twice", library, library)
        both = make_person("gus", "admin", source)
        both.memberships.create(source=library, role="admin")
        senior = make_person("sam", "senior", source)
        senior.memberships.create(source=library, role="admin")
        assert offered(sign_in(erin)) == ["here", "twice"]
        assert offered(sign_in(both)) == ["elsewhere", "here", "twice"]
        assert offered(sign_in(senior)) == ["elsewhere", "twice"], (
            "a senior moderator of the arcade does not read its log"
        )
        assert offered(sign_in(root)) == ["elsewhere", "everywhere", "here", "twice"]
        assert sign_in(erin).get(f"{PAGE}export/?verb=elsewhere").status_code == 400

    def test_it_does_not_go_on_from_an_entry_that_one_may_not_read(self, sign_in, erin, source):
        library = make_source("library")
        audit.record(None, "here", source, source)
        hidden = audit.record(None, "elsewhere", library, library)
        audit.record(None, "here", source, source)
        page = sign_in(erin).get(f"{PAGE}?cursor={hidden.pk}").content.decode()
        assert page.count("<time ") == 2, "when it was written shows in nothing"

    def test_a_moderator_does_not_read_it(self, sign_in, alice):
        client = sign_in(alice)
        assert [client.get(each).status_code for each in (PAGE, f"{PAGE}export/")] == [403, 403]

    @pytest.mark.parametrize(
        "query, left",
        [
            ("verb=did+1", 1),
            ("actor=ERIN", 2),
            ("actor=moddog", 3),
            ("actor=nobody", 0),
            ("first=2031-01-01", 0),
            ("last=2031-01-01", 5),
            ("source=arcade", 5),
            ("first=nonsense", 5),
        ],
    )
    def test_it_is_narrowed(self, sign_in, root, erin, query, left):
        source = make_source()
        written(source, 2, erin)
        for number in range(3):
            audit.record(None, f"by itself {number}", source, source)
        client = sign_in(root)
        html = client.get(f"{PAGE}?{query}").content.decode()
        assert html.count("<time ") == left

    def test_it_goes_on_by_key_and_keeps_the_filters(self, sign_in, root, source, monkeypatch):
        monkeypatch.setattr("review.insight.audit_views.PAGE", 2)
        made = written(source, 3)
        html = sign_in(root).get(f"{PAGE}?source=arcade").content.decode()
        address = f"source=arcade&amp;cursor={made[1].pk}"
        assert address in html
        assert "did 0" in sign_in(root).get(f"{PAGE}?source=arcade&cursor={made[1].pk}").content.decode()

    def test_it_is_exported_a_line_for_each_field(self, sign_in, root, source, monkeypatch):
        monkeypatch.setattr("review.insight.audit_log.EXPORTED", 1)
        audit.record(None, "changed limits", source, source, changes={"limit": [None, 5], "note": ["a", "=1+1"]})
        audit.record(None, "slept", source, source, hours=8)
        answer = sign_in(root).get(f"{PAGE}export/")
        rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
        assert [(row["what"], row["field"], row["before"], row["after"]) for row in rows] == [
            ("slept", "", "", ""),
            ("changed limits", "note", "a", "'=1+1"),
            ("changed limits", "limit", "", "5"),
        ]
        assert rows[0]["details"] == "hours: 8"

    def test_the_account_of_who_did_it_may_be_gone(self, sign_in, root, erin, source):
        written(source, 1, erin)
        erin.delete()
        assert "deleted" in sign_in(root).get(PAGE).content.decode()


def test_what_changed_is_what_differs():
    assert audit.changed({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": None}) == {"b": [2, 3]}
