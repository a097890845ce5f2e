"""The official clients, as their documentation says to use them, against a server and a worker that judge for real."""

import warnings

import httplib2
import openai
import pytest
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from review.models import ApiToken, Message, ScratchText
from tests.rows import make_source

pytestmark = [pytest.mark.usefixtures("worker"), pytest.mark.filterwarnings("ignore::DeprecationWarning")]
AWFUL, FINE = "you are a disgusting piece of trash and everyone hates you", "good game everyone, see you tomorrow"


@pytest.fixture
def key(transactional_db):
    return ApiToken.issue(make_source(), "tests", ["ingest", "read"])


@pytest.fixture
def perspective(server, key):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client = build(
            "commentanalyzer",
            "v1alpha1",
            developerKey=key,
            discoveryServiceUrl=f"{server}/$discovery/rest?version=v1alpha1",
            static_discovery=False,
            http=httplib2.Http(timeout=30),
        )
    yield client
    client.close()


def asked(text, **fields):
    return {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}, "languages": ["en"], **fields}


def toxicity(response):
    return response["attributeScores"]["TOXICITY"]["summaryScore"]["value"]


class TestGoogle:
    def test_analyze(self, perspective):
        high = perspective.comments().analyze(body=asked(AWFUL, doNotStore=True)).execute(num_retries=5)
        low = perspective.comments().analyze(body=asked(FINE, doNotStore=True)).execute(num_retries=5)
        assert toxicity(high) > 0.5 > toxicity(low)

    def test_an_error_is_read_as_one(self, perspective):
        with pytest.raises(HttpError) as refused:
            perspective.comments().analyze(body=asked("bonjour", languages=["fr"])).execute(num_retries=5)
        assert refused.value.status_code == 400
        [detail] = refused.value.error_details
        assert detail["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
        assert detail["languageNotSupportedByAttributeError"]["attribute"] == "TOXICITY"

    def test_suggestscore(self, perspective):
        body = {
            "comment": {"text": AWFUL},
            "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1.0}}},
            "clientToken": "comment-1",
        }
        assert perspective.comments().suggestscore(body=body).execute(num_retries=5) == {"clientToken": "comment-1"}

    def test_a_batch(self, perspective):
        found = {}
        batch = perspective.new_batch_http_request(
            callback=lambda name, answer, error: found.update({name: answer or error})
        )
        for name, text in {"awful": AWFUL, "fine": FINE, "empty": ""}.items():
            batch.add(perspective.comments().analyze(body=asked(text)), request_id=name)
        batch.execute()
        assert toxicity(found["awful"]) > 0.5 > toxicity(found["fine"])
        assert isinstance(found["empty"], HttpError)
        assert "COMMENT_EMPTY" in found["empty"].content.decode()


class TestOpenAI:
    @pytest.fixture
    def client(self, server, key):
        with openai.OpenAI(base_url=f"{server}/v1", api_key=key, max_retries=5, timeout=30) as client:
            yield client

    def test_one_text(self, client):
        response = client.moderations.create(model="omni-moderation-latest", input=AWFUL)
        [result] = response.results
        assert result.flagged
        assert result.category_scores.harassment > result.category_scores.sexual
        assert result.category_scores.self_harm == 0
        assert result.category_applied_input_types.violence == ["text"]
        assert response.model.startswith("nano@")

    def test_several(self, client):
        response = client.moderations.create(input=[FINE, AWFUL])
        assert [each.flagged for each in response.results] == [False, True]

    def test_an_image_is_a_bad_request(self, client):
        parts = [{"type": "image_url", "image_url": {"url": "https://images.example/a.png"}}]
        with pytest.raises(openai.BadRequestError) as refused:
            client.moderations.create(input=parts)
        assert refused.value.param == "input[0].type"

    def test_a_wrong_key(self, server):
        with (
            openai.OpenAI(base_url=f"{server}/v1", api_key="md_wrong", max_retries=0) as client,
            pytest.raises(openai.AuthenticationError),
        ):
            client.moderations.create(input=FINE)


def test_nothing_is_left_of_what_was_asked(perspective):
    perspective.comments().analyze(body=asked(AWFUL, doNotStore=True)).execute(num_retries=5)
    assert not ScratchText.objects.exists()
    assert not Message.objects.exists()
