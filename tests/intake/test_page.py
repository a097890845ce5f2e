"""/intake/: drop a file, see how it will be read, start it, watch it, get what was rejected."""

import gzip
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from review.intake import held_files, long_import, tasks
from review.models import AuditEntry, IntakeFile, IntakePart, Label, Message
from tests.rows import make_source

pytestmark = pytest.mark.django_db
PAGE = "/intake/"
CSV = "Message ID;Body;User;Verdict\r\n1;hello;wren;0\r\n2;awful;kes;1.0\r\n3;;wren;\r\n4;=1+1;x;maybe\r\n"
COLUMNS = {"id": "Message ID", "text": "Body", "author": "User"}


@pytest.fixture
def drop(sign_in, dana):
    """`drop(name, content)`: the response to the form, by an admin of all sources."""

    def post(name, content, person=dana):
        source = make_source()
        content = content.encode() if isinstance(content, str) else content
        return sign_in(person).post(PAGE, {"source": source.pk, "file": SimpleUploadedFile(name, content)})

    return post


@pytest.fixture
def dropped(drop):
    def keep(name="chat.csv", content=CSV):
        assert drop(name, content).status_code == 302
        return IntakeFile.objects.get()

    return keep


def test_a_file_is_kept_and_shown_as_it_will_be_read(dropped, client):
    file = dropped()
    assert (file.state, file.bytes, file.by.username) == ("ready", len(CSV), "dana")
    html = client.get(f"{PAGE}{file.pk}/").content.decode()
    assert "hello" in html
    assert "1 of the first 4 rows will be rejected" in html
    assert '<option value="Body" selected>' in html
    assert not Message.objects.exists()
    assert "chat.csv" in client.get(PAGE).content.decode()


def test_what_the_columns_of_a_conversation_hold_is_shown_too(dropped, client):
    context = [{"author": "kes", "text": "last round?"}, {"text": "<b>who plays?</b>"}]
    row = {"id": "1", "text": "hello", "thread": "t-7", "context": context, "metadata": {"level": 12}}
    file = dropped("chat.jsonl", json.dumps(row) + "\n" + json.dumps({"id": "2", "text": "you"}) + "\n")
    html = client.get(f"{PAGE}{file.pk}/").content.decode()
    for shown in ("Thread</th>", "t-7", "2: &lt;b&gt;who plays?&lt;/b&gt;", "{&quot;level&quot;:12}"):
        assert shown in html
    assert "Channel</th>" not in html, "no column holds it"


def test_a_label_column_shows_its_labels_and_errors(dropped, client):
    file = dropped()
    html = client.get(f"{PAGE}{file.pk}/", {**COLUMNS, "label": "Verdict"}, headers={"HX-Request": "true"}).content
    assert b"<html" not in html
    assert b"benign" in html
    assert b"toxicity" in html
    assert "must be 0, 1 or a category, not &#x27;maybe&#x27;" in html.decode()


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"id": "", "text": "Body"}, "This field is required"),
        ({"id": "Body", "text": "Body"}, "can hold one field only"),
        ({**COLUMNS, "drawn": "0.5"}, "which column holds the labels"),
        ({**COLUMNS, "label": "Verdict", "drawn": "2"}, "A rate lies above 0"),
        ({"id": "nothing", "text": "Body"}, "Select a valid choice"),
    ],
)
def test_columns_that_make_no_sense_start_nothing(dropped, client, sent, reason):
    file = dropped()
    assert reason in client.post(f"{PAGE}{file.pk}/start/", sent).content.decode()
    file.refresh_from_db()
    assert file.state == "ready"


def test_it_looks_again_without_starting(dropped, client):
    file = dropped()
    response = client.post(f"{PAGE}{file.pk}/start/", {"id": "User", "text": "Body", "look": "again"})
    assert response.status_code == 200
    file.refresh_from_db()
    assert file.state == "ready"


def test_it_is_taken_in_and_tells_what_was_rejected(dropped, client):
    file = dropped()
    client.post(f"{PAGE}{file.pk}/start/", {**COLUMNS, "label": "Verdict", "drawn": "0.5"})
    assert AuditEntry.objects.get(verb="started file").details == {"labels": True, "drawn": 0.5, "relabel": False}
    assert "Being taken in" in client.get(f"{PAGE}{file.pk}/").content.decode()
    tasks.take_in_files()
    file.refresh_from_db()
    assert (file.state, file.rows_done, file.accepted, file.rejected, file.labels) == ("done", 4, 2, 2, 2)
    assert file.bytes_done == file.bytes
    assert list(Message.objects.order_by("external_id").values_list("text", "author")) == [
        ("hello", "wren"),
        ("awful", "kes"),
    ]
    assert set(Label.objects.values_list("category", "declared")) == {("benign", True), ("toxicity", True)}
    assert not IntakePart.objects.filter(kind="sent").exists()
    html = client.get(f"{PAGE}{file.pk}/").content.decode()
    assert "hx-trigger" not in html.partition("</header>")[2]
    response = client.get(f"{PAGE}{file.pk}/rejected.csv")
    listed = b"".join(response.streaming_content).decode().splitlines()
    assert listed[0] == "line,id,code,reason"
    assert listed[1] == "4,3,invalid,text: is required"
    assert listed[2].startswith('5,4,invalid,"Verdict: must be')
    assert response["Content-Disposition"].startswith("attachment")


def test_a_cell_that_could_be_a_formula_is_none(dropped):
    file = dropped("chat.jsonl", '{"id": "=cmd()"}\n')
    long_import.start(file, file.by)
    tasks.take_in_files()
    assert "'=cmd()" in "".join(held_files.rejections_as_csv(file))


def test_json_lines_have_columns_too(dropped, client):
    rows = [{"uuid": "1", "comment": "hello", "id": 7}, {"uuid": "2", "comment": "you"}]
    file = dropped("chat.jsonl.gz", gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode(), mtime=0))
    client.post(f"{PAGE}{file.pk}/start/", {"id": "uuid", "text": "comment"})
    tasks.take_in_files()
    assert set(Message.objects.values_list("external_id", "text")) == {("1", "hello"), ("2", "you")}


def test_a_file_that_breaks_off_says_why_and_keeps_what_came_before(dropped, client):
    content = "id,text\n" + "".join(f"{number},x\n" for number in range(6_000)) + '6000,"open\n'
    file = dropped("chat.csv", content)
    assert client.post(f"{PAGE}{file.pk}/start/", {"id": "id", "text": "text"}).status_code == 302
    tasks.take_in_files()
    file.refresh_from_db()
    assert (file.state, file.rows_done, Message.objects.count()) == ("broken", 5_000, 5_000)
    assert "line 6002: a quote opens here" in client.get(f"{PAGE}{file.pk}/").content.decode()


def test_a_file_that_cannot_be_read_is_not_started(dropped, client):
    file = dropped("chat.csv", "id,text\n".encode("utf-32"))
    assert "this is UTF-32" in client.get(f"{PAGE}{file.pk}/").content.decode()
    client.post(f"{PAGE}{file.pk}/start/", {"id": "id", "text": "text"})
    file.refresh_from_db()
    assert file.state == "ready"


def test_another_ending_is_refused(drop):
    assert "neither .jsonl nor .csv" in drop("chat.xlsx", "x").content.decode()
    assert not IntakeFile.objects.exists()


def test_it_is_discarded(dropped, client):
    file = dropped()
    client.post(f"{PAGE}{file.pk}/discard/")
    assert not IntakeFile.objects.exists()
    assert not IntakePart.objects.exists()


def test_what_runs_is_not_discarded_nor_started_again(dropped, client):
    file = dropped()
    for _ in range(2):
        client.post(f"{PAGE}{file.pk}/start/", COLUMNS)
    client.post(f"{PAGE}{file.pk}/discard/")
    assert IntakeFile.objects.get().state == "running"
    assert AuditEntry.objects.filter(verb="started file").count() == 1


def test_a_page_that_watches_is_told_only_news(dropped, client):
    file = dropped()
    long_import.start(file, file.by)
    first = client.get(f"{PAGE}{file.pk}/", headers={"HX-Request": "true"})
    again = {"HX-Request": "true", "If-None-Match": first["ETag"]}
    assert client.get(f"{PAGE}{file.pk}/", headers=again).status_code == 304
    tasks.take_in_files()
    assert client.get(f"{PAGE}{file.pk}/", headers=again).status_code == 200


def test_it_goes_on_behind_the_last_batch_and_counts_nothing_twice(dropped, monkeypatch):
    content = "id,text\n" + "".join(f"{number},{'x' if number % 1_000 else ''}\n" for number in range(12_000))
    file = dropped("chat.csv", content)
    long_import.start(file, file.by)
    take, taken = long_import.Ingestion.take, []

    def die(self, batch):
        if taken:
            raise SystemExit
        taken.append(take(self, batch))

    monkeypatch.setattr(long_import.Ingestion, "take", die)
    with pytest.raises(SystemExit):
        tasks.take_in_files()
    monkeypatch.setattr(long_import.Ingestion, "take", take)
    file.refresh_from_db()
    assert (file.rows_done, file.accepted, file.rejected) == (5_000, 4_995, 5)
    assert long_import.take_up() is None  # leased
    IntakeFile.objects.update(lease_until=file.started_at)
    tasks.take_in_files()
    file.refresh_from_db()
    assert (file.state, file.rows_done, file.accepted, file.duplicates, file.rejected) == (
        *("done", 12_000, 11_988, 0, 12),
    )
    lines = [line.partition(",")[0] for line in "".join(held_files.rejections_as_csv(file)).splitlines()[1:]]
    assert lines == [str(number + 2) for number in range(0, 12_000, 1_000)]


def test_a_worker_whose_lease_was_lost_stores_nothing_more(dropped):
    file = dropped()
    long_import.start(file, file.by)
    mine = long_import.take_up()
    IntakeFile.objects.update(lease_until=file.created_at)
    assert long_import.take_up().token != mine.token
    with pytest.raises(long_import.LeaseLost):
        long_import.take_in(mine)
    assert not Message.objects.exists()


def test_a_file_that_kills_its_worker_is_given_up(dropped):
    file = dropped()
    long_import.start(file, file.by)
    IntakeFile.objects.update(attempts=long_import.MOST_ATTEMPTS)
    tasks.take_in_files()
    file.refresh_from_db()
    assert (file.state, Message.objects.count()) == ("broken", 0)
    assert "came no further" in file.problem


def test_a_file_that_fails_holds_up_none_behind_it(dropped, drop, caplog):
    failing = dropped()
    drop("next.csv", "id,text\n1,hello\n")
    behind = IntakeFile.objects.latest("pk")
    failing.fields = ["no columns"]
    for file in (failing, behind):
        long_import.start(file, file.by)
    tasks.take_in_files()
    behind.refresh_from_db()
    failing.refresh_from_db()
    assert (failing.state, behind.state, behind.accepted) == ("running", "done", 1)
    assert f"file {failing.pk} failed" in caplog.text


def test_a_row_whose_category_is_no_name_is_rejected_and_the_rest_taken_in(dropped, client):
    rows = [{"id": "1", "text": "a", "flag": 1, "category": ["x"]}, {"id": "2", "text": "b", "flag": 1}]
    file = dropped("chat.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    sent = {"id": "id", "text": "text", "label": "flag"}
    html = client.get(f"{PAGE}{file.pk}/", sent, headers={"HX-Request": "true"}).content.decode()
    assert "category: must be one name" in html
    client.post(f"{PAGE}{file.pk}/start/", sent)
    tasks.take_in_files()
    file.refresh_from_db()
    assert (file.state, file.accepted, file.rejected, file.labels) == ("done", 1, 1, 1)


def test_old_files_are_forgotten(dropped):
    file = dropped()
    IntakeFile.objects.update(created_at=file.created_at - held_files.KEPT)
    tasks.take_in_files()
    assert not IntakeFile.objects.exists()


@pytest.fixture
def outsiders(alice, charlie, make_person):
    return [alice, charlie, make_person("erin", "admin", make_source("harbour"))]


def test_only_admins_see_it_and_only_their_own(dropped, client, sign_in, outsiders):
    file = dropped()
    addresses = [f"{PAGE}{file.pk}/{end}" for end in ("", "start/", "discard/", "rejected.csv")]
    client.logout()
    assert client.get(PAGE).status_code == 302
    for person in outsiders:
        sign_in(person)
        is_admin = person.username == "erin"
        assert client.get(PAGE).status_code == (200 if is_admin else 403)
        assert "chat.csv" not in client.get(PAGE).content.decode()
        for address in addresses:
            method = client.post if address.endswith(("start/", "discard/")) else client.get
            assert method(address).status_code == (404 if is_admin else 403), address
    assert IntakeFile.objects.get().state == "ready"


def test_no_one_drops_a_file_for_another_s_source(sign_in, make_person):
    mine, other = make_source("harbour"), make_source()
    client = sign_in(make_person("erin", "admin", mine))
    response = client.post(PAGE, {"source": other.pk, "file": SimpleUploadedFile("a.csv", b"id,text\n")})
    assert "Select a valid choice" in response.content.decode()
    assert not IntakeFile.objects.exists()


def test_it_is_started_and_discarded_by_post_only(dropped, client):
    file = dropped()
    for end in ("start/", "discard/"):
        assert client.get(f"{PAGE}{file.pk}/{end}").status_code == 405


def test_labels_that_differ_from_those_in_force_are_listed_and_corrected_when_wanted(dropped, drop, client):
    sent = {"id": "id", "text": "text", "label": "flag"}

    def taken_in(flag, **more):
        drop("chat.jsonl", json.dumps({"id": "1", "text": "a", "flag": flag}) + "\n")
        file = IntakeFile.objects.latest("pk")
        client.post(f"{PAGE}{file.pk}/start/", sent | more)
        tasks.take_in_files()
        file.refresh_from_db()
        return file

    assert taken_in(1).labels == 1
    second = taken_in(0)
    assert (second.state, second.labels, second.rejected, second.differing) == ("done", 0, 0, 1)
    assert "their lines" in client.get(f"{PAGE}{second.pk}/").content.decode()
    listed = b"".join(client.get(f"{PAGE}{second.pk}/rejected.csv").streaming_content).decode()
    assert "1,1,label_differs,the label differs from what stands (toxicity)" in listed
    third = taken_in(0, relabel="on")
    assert (third.corrected, third.differing) == (1, 0)
