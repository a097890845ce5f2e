"""`POST /batch`: many calls in one, each answered by itself."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from review.intake.dropin import scratch
from review.intake.dropin.batch import MOST_PARTS
from review.models import ApiToken, ClientError, Scope, ScratchText
from tests.dropin.conftest import AWFUL, error_of
from tests.rows import make_source

pytestmark = pytest.mark.usefixtures("judging")
SUGGEST = "/v1alpha1/comments:suggestscore"


def call(text, path="/v1alpha1/comments:analyze", **fields):
    body = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}, **fields}
    return path, json.dumps(body)


def send(*calls, key="", line="POST {} HTTP/1.1", end="\r\n"):
    """A batch as Google's clients write it; `calls` are pairs of address and body."""
    pieces = []
    for number, (address, body) in enumerate(calls):
        head = f"Content-Type: application/http{end}MIME-Version: 1.0{end}Content-ID: <base + {number}>{end}{end}"
        request = (
            f"{line.format(address)}{end}content-type: application/json{end}accept: application/json{end}{end}{body}"
        )
        pieces.append(f"--frontier{end}{head}{request}{end}")
    data = f"{''.join(pieces)}--frontier--"
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return post(data.encode(), headers=headers)


def post(data, content_type='multipart/mixed; boundary="frontier"', **more):
    return Client(raise_request_exception=False).generic("POST", "/batch", data, content_type=content_type, **more)


def answers(response):
    """Each part's id, status and body."""
    assert response.status_code == 200, response.content
    boundary = response["Content-Type"].partition("boundary=")[2]
    parts = response.content.decode().split(f"--{boundary}")[1:-1]
    found = []
    for part in parts:
        head, request, body = part.strip().split("\r\n\r\n", 2)
        name = next(line for line in head.split("\r\n") if line.startswith("Content-ID"))
        found.append((name.partition(": ")[2], int(request.split()[1]), json.loads(body)))
    return found


def test_each_call_is_answered_under_its_id_and_judged_together(key, judging):
    one, two = answers(send(call("hello"), call("you are awful"), key=key))
    assert (one[0], two[0]) == ("<response-base + 0>", "<response-base + 1>")
    scores = [each[2]["attributeScores"]["TOXICITY"]["summaryScore"]["value"] for each in (one, two)]
    assert scores == pytest.approx([1 - AWFUL, AWFUL])
    assert len(judging.batches) == 1


def test_a_bad_one_spoils_no_other(key):
    calls = [call("hello"), call(""), ("/v1alpha1/comments:guess", "{}"), call("poison"), ("/x", "{"), call("bye")]
    found = answers(send(*calls, key=key))
    assert [status for _, status, _ in found] == [200, 400, 404, 400, 404, 200]
    assert found[1][2]["error"]["details"][0]["errorType"] == "COMMENT_EMPTY"
    assert ClientError.objects.count() == 3


def test_each_call_has_its_own_key_or_that_of_the_whole(key, source):
    weak = ApiToken.issue(source, "reads", [Scope.READ])
    address = "/v1alpha1/comments:analyze?alt=json&key="
    calls = [call("a", f"{address}{key}"), call("b", f"{address}md_no"), call("c", f"{address}{weak}"), call("d")]
    assert [status for _, status, _ in answers(send(*calls))] == [200, 401, 403, 401]
    assert [status for _, status, _ in answers(send(*calls, key=key))] == [200, 401, 403, 200]


def test_suggestions_and_sources_may_be_mixed(key):
    other = ApiToken.issue(make_source("book-club"), "theirs", [Scope.SCORE])
    suggested = json.dumps({"comment": {"text": "a"}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}}})
    calls = [
        (f"{SUGGEST}?key={key}", suggested),
        (f"{SUGGEST}?key={other}", suggested),
        call("b", f"/v1alpha1/comments:analyze/?key={other}"),
    ]
    assert [status for _, status, _ in answers(send(*calls))] == [200, 403, 200]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("line", ["POST {} HTTP/1.1", "POST https://host.example{} HTTP/1.1"])
def test_line_ends_and_whole_addresses(key, line, end):
    [found] = answers(send(call("hello ü 😀"), key=key, line=line, end=end))
    assert found[1] == 200


def test_the_version_stands_in_each_part(key):
    assert b"Moddog-Version: model=nano@" in send(call("hello"), key=key).content


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "multipart/mixed; boundary=x"),
        (b"--x\r\n\r\n--x--", "application/json"),
        (b"{}", "multipart/mixed"),
        (b"\xff" * 1000, "multipart/mixed; boundary=x"),
    ],
)
def test_what_is_no_batch_is_refused(data, kind):
    assert error_of(post(data, kind), 400)["status"] == "INVALID_ARGUMENT"


def test_too_many_calls_are_refused(key):
    response = send(*[call("a")] * (MOST_PARTS + 1), key=key)
    assert "1,000" in error_of(response, 400)["message"]


def test_parts_that_are_no_calls_are_404(key):
    data = b"--frontier\r\nContent-Type: text/plain\r\n\r\nhello\r\n--frontier\r\n\r\n\r\n--frontier--"
    response = post(data, headers={"Authorization": f"Bearer {key}"})
    assert response.content.count(b"HTTP/1.1 404 Not Found") == 2


def test_a_token_that_can_be_no_id_spoils_its_own_call_alone(key, settings_of):
    settings_of(store=True)
    found = answers(send(call("hello", clientToken=".."), call("bye", clientToken="b" * 999), key=key))
    assert [status for _, status, _ in found] == [400, 200]
    assert "id" in found[0][2]["error"]["message"]


def test_an_address_that_is_none_spoils_its_own_call_alone(key):
    found = answers(send(("https://[x", "{}"), call("hello"), key=key))
    assert [status for _, status, _ in found] == [404, 200]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_call_may_have_no_headers(key, end):
    address, body = call("hello")
    lines = [
        "--frontier",
        "Content-Type: application/http",
        "Content-ID: <a>",
        "",
        f"POST {address} HTTP/1.1",
        "",
        body,
    ]
    data = end.join([*lines, "--frontier--"]).encode()
    [found] = answers(post(data, headers={"Authorization": f"Bearer {key}"}))
    assert found[1] == 200, found


def test_calls_with_more_sentences_than_are_judged_at_once_are_refused_one_by_one(key, monkeypatch):
    monkeypatch.setattr(scratch, "MOST_TEXTS", 7)
    two = call("One. Two.", spanAnnotations=True)  # three texts: the whole and its sentences
    found = answers(send(two, two, two, call("hello"), key=key))
    assert [status for _, status, _ in found] == [200, 200, 400, 200]
    assert "another" in found[2][2]["error"]["message"]


def test_the_scratch_table_numbers_as_many_texts_as_are_judged_at_once(db, source):
    texts = [scratch.TextToJudge(source.pk, "a")] * scratch.MOST_TEXTS
    request = uuid4()
    scratch._insert(request, "perspective", texts)
    assert ScratchText.objects.filter(request=request).count() == scratch.MOST_TEXTS
