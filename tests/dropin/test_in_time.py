"""What is not judged in time is that API's own 503, and nothing of it is left; what is to be stored stays."""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from uuid import uuid4

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connections

from review import broker
from review.intake.dropin import judging, scratch
from review.intake.dropin.scratch import TextToJudge, ask
from review.judging.drain import drain
from review.models import Message, Pending, ScratchText
from review.registry.scoring_setup import ScoringSetup
from tests.dropin.conftest import ANALYZE, error_of
from tests.judging.conftest import KeywordScorer
from tests.rows import make_calibrator, make_judge, make_source
from tests.stack import wait_until

BODY = {"comment": {"text": "you are awful"}, "requestedAttributes": {"TOXICITY": {}}}


class TestTooLate:
    @pytest.fixture(autouse=True)
    def hurry(self, monkeypatch):
        monkeypatch.setattr(judging, "SECONDS", 0.05)

    def test_perspective(self, post):
        response = post(ANALYZE, BODY)
        assert error_of(response, 503)["status"] == "UNAVAILABLE"
        assert response["Retry-After"] == "1"
        assert not ScratchText.objects.exists()

    def test_openai(self, post):
        response = post("/v1/moderations", {"input": "you are awful"})
        assert error_of(response, 503)["type"] == "server_error"
        assert response["Retry-After"] == "1"
        assert not ScratchText.objects.exists()

    def test_what_is_stored_goes_on(self, post, settings_of):
        settings_of(store=True)
        assert post(ANALYZE, BODY).status_code == 503
        assert Pending.objects.get().message.text == "you are awful"

    def test_too_many_at_once(self, post, monkeypatch):
        monkeypatch.setattr(scratch, "_places", BoundedSemaphore(1))
        scratch._places.acquire()
        assert error_of(post(ANALYZE, BODY), 503)["status"] == "UNAVAILABLE"
        assert not ScratchText.objects.exists()


@pytest.mark.usefixtures("judging")
class TestStored:
    @pytest.fixture(autouse=True)
    def stores(self, settings_of):
        settings_of(store=True)

    def test_under_the_clients_token_with_what_it_is_about(self, post):
        entries = [{"text": "the article"}, {"text": "the comment above"}]
        answer = post(ANALYZE, {**BODY, "clientToken": "c-1", "context": {"entries": entries}}).json()
        assert answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"] > 0.9
        kept = Message.objects.get()
        assert (kept.external_id, kept.text) == ("c-1", "you are awful")
        assert [each["text"] for each in kept.context] == ["the article", "the comment above"]

    def test_an_edited_text_gets_a_place_beside_it(self, post):
        for text in ("you are awful", "you are nice", "you are nice"):
            post(ANALYZE, {**BODY, "comment": {"text": text}, "clientToken": "c-1"})
        _, second = Message.objects.order_by("id")
        assert second.external_id.startswith("c-1#")

    def test_do_not_store_is_stronger(self, post):
        assert post(ANALYZE, {**BODY, "doNotStore": True}).status_code == 200
        assert not Message.objects.exists()

    def test_parts_have_scores_and_are_not_stored(self, post):
        body = {**BODY, "comment": {"text": "hello. you are awful."}, "spanAnnotations": True}
        scores = post(ANALYZE, body).json()["attributeScores"]["TOXICITY"]
        assert [span["score"]["value"] > 0.5 for span in scores["spanScores"]] == [False, True]
        assert Message.objects.get().text == "hello. you are awful."
        assert not ScratchText.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestWaiting:
    @pytest.fixture(autouse=True)
    def own(self):
        make_calibrator()
        self.source = make_source()

    def asking(self):
        try:
            return ask("openai", [TextToJudge(self.source.pk, "you are awful")], 20)
        finally:
            connections.close_all()

    def judge(self):
        list(drain(KeywordScorer(), ScoringSetup(*make_judge())))

    def test_a_word_wakes_who_waits(self, monkeypatch):
        for module in (broker, scratch):
            monkeypatch.setattr(module, "MOST_WAIT", 15.0)
        broker.patient_client.cache_clear()
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(self.asking)
            wait_until(lambda: ScratchText.objects.exists() and blocked())
            self.judge()
            [judged] = found.result(8)
        broker.patient_client.cache_clear()
        assert judged.route == "review"
        assert not ScratchText.objects.exists()

    def test_a_lost_word_costs_a_look(self, monkeypatch):
        monkeypatch.setattr("review.judging.scratch_results._tell", lambda requests: None)
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(self.asking)
            wait_until(ScratchText.objects.exists)
            self.judge()
            assert found.result(8)[0].route == "review"

    def test_without_redis_it_looks_often(self, monkeypatch, caplog):
        def gone(*args, **kwargs):
            raise redis.ConnectionError("gone")

        monkeypatch.setattr(redis.Redis, "blpop", gone)
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(self.asking)
            wait_until(ScratchText.objects.exists)
            self.judge()
            assert found.result(8)[0].route == "review"

    def test_nobody_holds_a_connection_meanwhile(self):
        assert not ScratchText.objects.exists()
        before = in_use()  # by this thread, and by others that tests have left behind
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(self.asking)
            wait_until(lambda: ScratchText.objects.exists() and blocked())
            wait_until(lambda: in_use() <= before)
            assert not found.done()
            self.judge()
            found.result(8)


@pytest.mark.django_db
def test_an_error_of_the_database_does_not_tell_the_text(post, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise psycopg.DataError("Failing row contains (you are awful)")

    monkeypatch.setattr(psycopg.Cursor, "execute", broken)
    with pytest.raises(RuntimeError) as raised:
        scratch._insert(uuid4(), "openai", [TextToJudge(1, "you are awful")])
    assert "awful" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_what_nobody_foresaw_is_logged_without_its_words(post, monkeypatch, caplog):
    def broken(door, requested):
        raise KeyError(requested[0].text)

    monkeypatch.setattr("review.intake.dropin.perspective_calls.judge_texts", broken)
    with caplog.at_level(logging.ERROR):
        assert error_of(post(ANALYZE, BODY), 500)["status"] == "INTERNAL"
    assert "KeyError" in caplog.text
    assert "awful" not in caplog.text


def in_use():
    """Connections of this process that somebody holds."""
    stats = connections["default"].pool.get_stats()
    return stats["pool_size"] - stats["pool_available"]


def blocked():
    """Whether somebody listens for a word."""
    with redis.Redis.from_url(settings.REDIS.redis_py) as client:
        return client.info("clients")["blocked_clients"] > 0
