"""For each kind of client the few lines that connect it, with this instance's address. Pure.

`docs/connect.md` holds the same lines, and the tests run them as they are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

NO_KEY = "md_YOUR_TOKEN"


@dataclass(frozen=True)
class Recipe:
    """How one kind of client is connected: a sentence, and lines to be copied, in `language`."""

    name: str
    title: str | Promise
    note: str | Promise
    language: str
    code: str


def recipes(address: str, key: str = NO_KEY) -> Sequence[Recipe]:
    """All of them for an instance's address, without a slash at its end, and a token."""
    values = {"address": address, "key": key, "host": urlsplit(address).hostname}
    return [Recipe(each.name, each.title, each.note, each.language, each.code % values) for each in _RECIPES]


_RECIPES = (
    Recipe(
        "curl",
        "curl",
        gettext_lazy(
            "Send a message and wait up to five seconds for its verdict. Without wait it is judged in the background."
        ),
        "sh",
        """curl -s '%(address)s/api/v1/messages?wait=5' \\
  -H 'Authorization: Bearer %(key)s' \\
  -H 'Content-Type: application/json' \\
  -d '{"id": "post-1", "text": "good game everyone", "author": "kestrel"}'""",
    ),
    Recipe(
        "requests",
        "Python, requests",
        gettext_lazy(
            "The id is yours. Sending the same message again changes nothing, and finds a verdict that was late."
        ),
        "python",
        """import requests

message = {"id": "post-2", "text": "good game everyone", "author": "kestrel"}
headers = {"Authorization": "Bearer %(key)s"}
answer = requests.post("%(address)s/api/v1/messages?wait=5", json=message, headers=headers, timeout=10)
for verdict in answer.json().get("verdicts", []):
    print(verdict["route"])""",
    ),
    Recipe(
        "google-python",
        gettext_lazy("Perspective, Google's client for Python"),
        gettext_lazy("Only the discovery address and the key change. Batches work too."),
        "python",
        """from googleapiclient import discovery

url = "%(address)s/$discovery/rest?version=v1alpha1"
client = discovery.build(
    "commentanalyzer", "v1alpha1", developerKey="%(key)s", discoveryServiceUrl=url, static_discovery=False
)
body = {"comment": {"text": "good game everyone"}, "requestedAttributes": {"TOXICITY": {}}, "doNotStore": True}
print(client.comments().analyze(body=body).execute()["attributeScores"]["TOXICITY"]["summaryScore"])""",
    ),
    Recipe(
        "google-node",
        gettext_lazy("Perspective, Google's client for Node"),
        gettext_lazy("Only the discovery address and the key change."),
        "js",
        """const { google } = require("googleapis");

const url = "%(address)s/$discovery/rest?version=v1alpha1";
google.discoverAPI(url).then(async (client) => {
  const resource = { comment: { text: "good game everyone" }, requestedAttributes: { TOXICITY: {} }, doNotStore: true };
  const answer = await client.comments.analyze({ key: "%(key)s", resource });
  console.log(answer.data.attributeScores.TOXICITY.summaryScore);
});""",
    ),
    Recipe(
        "perspective",
        gettext_lazy("Perspective, plain HTTP"),
        gettext_lazy(
            "For programs in which the address is a setting. The key may stand in the address, as here, or in a header."
        ),
        "sh",
        """curl -s '%(address)s/v1alpha1/comments:analyze?key=%(key)s' \\
  -d '{comment: {text: "good game everyone"}, languages: ["en"], requestedAttributes: {TOXICITY: {}}}'""",
    ),
    Recipe(
        "openai",
        gettext_lazy("OpenAI's client"),
        gettext_lazy("Only base_url and api_key change. The categories that moddog does not judge say so."),
        "python",
        """from openai import OpenAI

client = OpenAI(base_url="%(address)s/v1", api_key="%(key)s")
result = client.moderations.create(model="omni-moderation-latest", input="good game everyone").results[0]
print(result.flagged, result.category_scores.harassment)""",
    ),
    Recipe(
        "coral",
        gettext_lazy("Coral, external moderation phase"),
        gettext_lazy(
            "The better of Coral's two doors: it sends author and story, and takes a verdict with a reason. Add a "
            "phase with these values under Configure, Moderation phases; then paste the signing secret that Coral "
            "shows into the page of this source."
        ),
        "text",
        """Callback URL:         %(address)s/api/v1/coral
Request timeout:      1000
Comment body format:  Plain text""",
    ),
    Recipe(
        "coral-toxic",
        gettext_lazy("Coral, toxic comment filter"),
        gettext_lazy(
            "Coral sends no id and publishes what is not answered within its time. It withholds what is above "
            "its threshold: choose the anchored scale with the same number. What its moderators decide comes as "
            "suggestions."
        ),
        "text",
        """API key:          %(key)s
Custom endpoint:  %(address)s/v1alpha1
Custom model:     TOXICITY
Threshold:        80""",
    ),
    Recipe(
        "osmod",
        "OSMod",
        gettext_lazy(
            "It asks for sixteen attributes at once, and one that is refused loses the whole comment: have this source "
            "leave out what moddog cannot give. In OSMod this is the extra of the service user that scores:"
        ),
        "json",
        """{
  "endpoint": "%(address)s/$discovery/rest?version=v1alpha1",
  "apiKey": "%(key)s",
  "userAgent": "osmod",
  "attributes": {"TOXICITY": {}, "INSULT": {}, "THREAT": {}, "SPAM": {}, "OBSCENE": {}}
}""",
    ),
    Recipe(
        "dns",
        gettext_lazy("Programs with the address written in"),
        gettext_lazy(
            "Let the name lead to a proxy of yours inside your own network, with a certificate of your own that the "
            "program's machine trusts. Lines for dnsmasq, Caddy and moddog's own environment:"
        ),
        "text",
        """address=/commentanalyzer.googleapis.com/10.0.0.5

commentanalyzer.googleapis.com {
    tls internal
    reverse_proxy %(address)s
}

MODDOG_ALLOWED_HOSTS=%(host)s,commentanalyzer.googleapis.com,api.openai.com""",
    ),
)
