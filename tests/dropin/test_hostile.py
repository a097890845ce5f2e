"""Whatever a client sends is answered in its API's own words: never a 500, never a traceback, never HTML."""

import json
from email.errors import MessageError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.intake.dropin.analysis import Analysis, analysis_of
from review.intake.dropin.batch import Part, parts_of
from review.intake.dropin.coral import Comment, InvalidComment, comment_of
from review.intake.dropin.google_errors import Refusal
from review.intake.dropin.openai import texts_of
from review.intake.dropin.openai_errors import Refusal as OpenAIRefusal
from review.intake.dropin.suggestions import Suggested, suggested_of
from tests.dropin.conftest import ANALYZE

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["a", "\0", "\ud800"])
)
ANY = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("comment", "text", "requestedAttributes", "languages", "doNotStore", "clientToken", "context", "entries")
NAMES += ("attributeScores", "summaryScore", "value", "TOXICITY", "scoreType", "scoreThreshold", "communityId", "input")
NAMES += ("type", "action", "body", "author", "id", "story", "parentID", "spanAnnotations", "site", "tenantID")
BODIES = st.dictionaries(
    st.sampled_from(NAMES),
    st.recursive(
        LEAVES | st.sampled_from(["NEW", "EDIT", "text", "en"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
        max_leaves=12,
    ),
    max_size=6,
)


@given(BODIES)
@settings(max_examples=300)
def test_a_body_is_read_or_refused(body):
    for read, refused, found in (
        (analysis_of, Refusal, Analysis),
        (suggested_of, Refusal, Suggested),
        (texts_of, OpenAIRefusal, list),
        (comment_of, InvalidComment, Comment),
    ):
        try:
            assert isinstance(read(body), found)
        except refused as error:
            assert len(str(error)) < 200


@given(st.binary(max_size=400), st.text(max_size=60))
@settings(max_examples=200)
def test_a_batch_is_read_or_refused(body, boundary):
    for content_type in (f"multipart/mixed; boundary={boundary}", 'multipart/mixed; boundary="x"'):
        for data in (body, b"--x\r\n" + body + b"\r\n--x\r\n\r\n" + body + b"\r\n--x--"):
            try:
                assert all(isinstance(part, Part) for part in parts_of(data, content_type))
            except Refusal:
                pass
            except MessageError as error:
                raise AssertionError(content_type) from error


@pytest.mark.usefixtures("judging")
@given(body=ANY)
@settings(max_examples=60)
def test_no_door_ever_breaks(post, body):
    raw = json.dumps(body).encode()
    for path in (ANALYZE, "/v1alpha1/comments:suggestscore", "/v1/moderations", "/batch", "/api/v1/coral"):
        response = post(path, raw)
        assert response.status_code in (400, 401), (path, response.content)
        assert response.json()["error"]["message"]
