"""The OpenAPI document, and its page: from this host alone, under the policy that forbids inline scripts."""

import re
from urllib.parse import urlsplit


def test_the_document_describes_what_is_sent_and_answered(stack, client):
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {"/api/v1/messages", "/api/v1/messages/{external_id}", "/api/v1/stats"} <= set(document["paths"])
    post = document["paths"]["/api/v1/messages"]["post"]
    assert set(post["requestBody"]["content"]) == {"application/json", "application/x-ndjson"}
    one, many = post["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    assert one == many["items"] == {"$ref": "#/components/schemas/IncomingMessage"}
    assert {"202", "401", "409", "413", "422"} <= set(post["responses"])
    incoming = document["components"]["schemas"]["IncomingMessage"]
    assert incoming["required"] == ["id", "text"]
    assert incoming["properties"]["text"]["maxLength"] == 100_000
    schemes = document["components"]["securitySchemes"]
    assert {schemes[name]["scheme"] for each in post["security"] for name in each} == {"bearer"}


def test_every_reference_leads_somewhere(stack, client):
    document = client.get("/api/v1/openapi.json").json()

    def references(node):
        if isinstance(node, dict):
            yield from ([node["$ref"]] if "$ref" in node else [])
            node = list(node.values())
        if isinstance(node, list):
            for each in node:
                yield from references(each)

    names = {reference.rpartition("/")[2] for reference in references(document)}
    assert names
    assert names <= set(document["components"]["schemas"])


def test_the_page_shows_every_call_and_loads_nothing_from_elsewhere(page, server):
    loaded, complaints = [], []
    page.on("request", lambda request: loaded.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answer = page.goto(f"{server}/api/v1/docs")
    assert "'unsafe-inline'" not in re.search("script-src[^;]*", answer.headers["content-security-policy"])[0]
    page.locator(".opblock").nth(2).wait_for()
    page.locator(".opblock-post .opblock-summary").first.click()
    page.get_by_text("Sending again what was sent is safe").wait_for()
    assert page.locator(".opblock").count() >= 9
    assert complaints == []
    assert {urlsplit(url).netloc for url in loaded if not url.startswith("data:")} == {urlsplit(server).netloc}
