"""The lines that connect a client, run as they are written, and found in the same words in the documentation."""

import json
import os
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


HAS_GOOGLE_FOR_NODE = shutil.which("node") and Path(os.environ.get("NODE_PATH", ""), "googleapis").is_dir()
"""It is no development dependency: `npm install googleapis`, and NODE_PATH names its node_modules."""


def python(code):
    return run(sys.executable, "-W", "ignore", "-c", code)


def shell(code):
    return json.loads(run("/bin/sh", "-c", code))


@pytest.mark.parametrize("recipe", EXAMPLE, ids=lambda recipe: recipe.name)
def test_the_documentation_has_the_same_words(recipe):
    assert f"### {recipe.title}\n\n{recipe.note}\n\n```{recipe.language}\n{recipe.code}\n```\n" in DOCUMENT


def snippets():
    """What stands in the documentation besides the recipes: (heading, language), and the code."""
    codes, heading = {each.code for each in EXAMPLE}, ""
    for found in re.finditer(r"^### ([^\n]+)$|^```(\w+)\n(.*?)\n```$", DOCUMENT, re.MULTILINE | re.DOTALL):
        if found[1]:
            heading = found[1]
        elif found[3] not in codes:
            yield (heading, found[2]), found[3]


SNIPPETS = dict(snippets())


def test_the_documentation_has_no_code_that_is_not_run_here():
    assert set(SNIPPETS) == {
        ("Many messages, as a stream", "sh"),
        ("Many messages, as a stream", "json"),
        ("Many messages, as a stream", "python"),
        ("A file", "sh"),
        ("A message in its conversation", "sh"),
        ("What became of it", "sh"),
        ("Limits, and when to come again", "python"),
    }


def test_allowed_hosts_are_named_without_their_port():
    lines = [line for each in recipes("http://10.0.0.7:8000") for line in each.code.splitlines()]
    [allowed] = [line for line in lines if line.startswith("MODDOG_ALLOWED_HOSTS=")]
    assert allowed == "MODDOG_ALLOWED_HOSTS=10.0.0.7,commentanalyzer.googleapis.com,api.openai.com"


@pytest.mark.usefixtures("worker")
class TestRestOfTheDocumentation:
    """What stands there besides the recipes, in a folder of its own."""

    @pytest.fixture
    def answer_to(self, server, tmp_path):
        key = ApiToken.issue(make_source(), "tests", ["ingest", "read"])

        def run_it(heading, language):
            code = SNIPPETS[heading, language].replace("https://moddog.example.org", server)
            command = [sys.executable, "-c"] if language == "python" else ["/bin/sh", "-c"]
            written = code.replace("md_YOUR_TOKEN", key)
            done = subprocess.run(
                [*command, written], capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path
            )
            return json.loads(done.stdout)

        return run_it

    @pytest.mark.skipif(not shutil.which("curl"), reason="no curl on PATH")
    def test_by_curl(self, transactional_db, answer_to):
        stream = "Many messages, as a stream"
        assert answer_to(stream, "sh") == json.loads(SNIPPETS[stream, "json"])
        assert answer_to("A file", "sh")["accepted"] == 2
        assert Message.objects.get(external_id="post-5").text == "good game, everyone"
        assert answer_to("A message in its conversation", "sh")["accepted"] == 1
        message = Message.objects.get(external_id="post-7")
        assert (message.thread, len(message.context), message.metadata) == ("match-12", 2, {"level": 12})
        assert answer_to("What became of it", "sh")["id"] == "post-7"

    def test_by_python(self, transactional_db, answer_to):
        assert answer_to("Many messages, as a stream", "python") == 100
        assert answer_to("Limits, and when to come again", "python") == 1


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
        assert next(filter(None, (python(lines["requests"]) for _ in range(TRIES)))) == "allow"

    @pytest.mark.skipif(not HAS_GOOGLE_FOR_NODE, reason="no googleapis for Node on NODE_PATH")
    def test_google_for_node(self, lines):
        assert "type: 'PROBABILITY'" in run("node", "-e", lines["google-node"])

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
        answer = httpx.post(
            address, content=body, headers={"X-Coral-Signature": sign(body, "coral_1234567890")}, timeout=30
        )
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
