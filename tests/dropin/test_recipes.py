"""The lines that connect a client, run as they are written, and found in the same words in the documentation."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from moddog_site.variables import PROJECT
from review.intake.sources.recipes import recipes
from review.models import ApiToken, ClientSettings, Message
from tests.dropin.test_coral import SENT, sign
from tests.rows import make_source

DOCUMENT = (PROJECT / "docs" / "connect.md").read_text()
EXAMPLE = recipes("https://moddog.example.org")


@pytest.fixture
def lines(server, transactional_db):
    """The code of each recipe, filled in for the server and a token of a source."""
    key = ApiToken.issue(make_source(), "tests", ["ingest", "read"])
    return {recipe.name: recipe.code for recipe in recipes(server, key)}


TRIES = 5
"""A busy machine may need longer than a recipe waits; then it is run again, as a person would."""


def run(*command):
    for _ in range(TRIES):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 0 and '"error"' not in done.stdout:
            return done.stdout.strip()
    raise AssertionError(done.stderr or done.stdout)


def python(code):
    return run(sys.executable, "-W", "ignore", "-c", code)


def shell(code):
    return json.loads(run("/bin/sh", "-c", code))


@pytest.mark.parametrize("recipe", EXAMPLE, ids=lambda recipe: recipe.name)
def test_the_documentation_has_the_same_words(recipe):
    assert f"### {recipe.title}\n\n{recipe.note}\n\n```{recipe.language}\n{recipe.code}\n```\n" in DOCUMENT


def test_the_documentation_has_no_other_recipes():
    assert len(re.findall(r"^```\w", DOCUMENT, re.MULTILINE)) == len(EXAMPLE)


@pytest.mark.usefixtures("worker")
class TestRun:
    @pytest.mark.skipif(not shutil.which("curl"), reason="no curl on PATH")
    def test_curl(self, lines):
        answer = shell(lines["curl"])
        while "verdicts" not in answer:
            answer = shell(lines["curl"])
        assert answer["verdicts"][0]["id"] == "post-1"
        assert Message.objects.get().author == "kestrel"

    def test_requests(self, lines):
        assert python(lines["requests"]) == "allow"

    def test_google_for_python(self, lines):
        assert "'type': 'PROBABILITY'" in python(lines["google-python"])

    @pytest.mark.skipif(not shutil.which("curl"), reason="no curl on PATH")
    def test_perspective_by_curl(self, lines):
        assert "TOXICITY" in shell(lines["perspective"])["attributeScores"]

    def test_openai(self, lines):
        flagged, score = python(lines["openai"]).split()
        assert flagged == "False"
        assert 0 <= float(score) < 0.5

    def test_coral(self, lines, server):
        ClientSettings.objects.create(source=make_source(), coral_secrets=["coral_1234567890"], coral_wait_ms=10_000)
        address = re.search(r"Callback URL: +(\S+)", lines["coral"])[1]
        body = json.dumps(SENT, indent=2).encode()
        answer = httpx.post(address, content=body, headers={"X-Coral-Signature": sign(body, "coral_1234567890")})
        assert answer.status_code in (200, 204)
        assert Message.objects.get().thread == "s-1"

    def test_corals_filter_finds_the_endpoint(self, lines):
        endpoint = re.search(r"endpoint: +(\S+)", lines["coral-toxic"])[1]
        key = re.search(r"API key: +(\S+)", lines["coral-toxic"])[1]
        body = {
            "comment": {"text": "hello"},
            "doNotStore": True,
            "requestedAttributes": {"TOXICITY": {}},
            "languages": ["en"],
        }
        answer = httpx.post(f"{endpoint}/comments:analyze?key={key}", json=body, timeout=30)
        while answer.status_code == 503:
            answer = httpx.post(f"{endpoint}/comments:analyze?key={key}", json=body, timeout=30)
        assert answer.json()["attributeScores"]["TOXICITY"]["summaryScore"]["value"] < 0.5

    def test_osmod(self, lines):
        ClientSettings.objects.create(source=make_source(), unsupported="leave_out")
        extra = json.loads(lines["osmod"])
        code = f"""
from googleapiclient import discovery
client = discovery.build("commentanalyzer", "v1alpha1", developerKey={extra["apiKey"]!r},
                         discoveryServiceUrl={extra["endpoint"]!r}, static_discovery=False)
body = {{"comment": {{"text": "hello. bye."}}, "context": {{"entries": []}}, "clientToken": "osmod_request1",
        "languages": ["en"], "spanAnnotations": True, "requestedAttributes": {extra["attributes"]!r}}}
print(sorted(client.comments().analyze(body=body).execute()["attributeScores"]))"""
        assert python(code) == "['INSULT', 'THREAT', 'TOXICITY']"


def test_the_names_of_the_dns_recipe_are_those_that_must_be_allowed():
    [recipe] = [each for each in EXAMPLE if each.name == "dns"]
    assert "MODDOG_ALLOWED_HOSTS=moddog.example.org,commentanalyzer.googleapis.com,api.openai.com" in recipe.code
    assert Path(PROJECT / "docs" / "connect.md").is_file()
