"""The discovery document of Perspective's API with this instance's address: Google's clients are built from it."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest


def root_of(request: HttpRequest) -> str:
    """This instance's address as the client reached it, without a slash; for its own host MODDOG_BASE_URL's scheme."""
    host, base = request.get_host(), urlsplit(settings.BASE_URL)
    return f"{base.scheme if base.netloc == host else request.scheme}://{host}"


def document(request: HttpRequest) -> dict[str, Any]:
    """What a client needs to know to call `comments.analyze` and `comments.suggestscore`, also in batches."""
    root = f"{root_of(request)}/"
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "version": "v1alpha1",
        "revision": "20261101",
        "title": "moddog, as Perspective Comment Analyzer API",
        "description": "Scores of comments, calibrated on the decisions of a site's own moderators.",
        "documentationLink": f"{root}api/v1/docs",
        "protocol": "rest",
        "rootUrl": root,
        "baseUrl": root,
        "basePath": "",
        "servicePath": "",
        "batchPath": "batch",
        "ownerName": "moddog",
        "parameters": PARAMETERS,
        "schemas": SCHEMAS,
        "resources": {"comments": {"methods": {name: _method(name) for name in METHODS}}},
    }


def _method(name: str) -> dict[str, Any]:
    request, response = METHODS[name]
    return {
        "id": f"commentanalyzer.comments.{name}",
        "path": f"v1alpha1/comments:{name}",
        "flatPath": f"v1alpha1/comments:{name}",
        "httpMethod": "POST",
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": request},
        "response": {"$ref": response},
    }


def _string(description: str) -> dict[str, Any]:
    return {"type": "string", "location": "query", "description": description}


PARAMETERS = {
    "key": _string("A token of a source."),
    "alt": _string("Ignored: answers are JSON.") | {"default": "json", "enum": ["json", "media", "proto"]},
    "fields": _string("Ignored."),
    "prettyPrint": {"type": "boolean", "location": "query", "default": "true", "description": "Ignored."},
    "quotaUser": _string("Ignored."),
    "access_token": _string("Not used: send the token as key."),
    "oauth_token": _string("Not used: send the token as key."),
    "callback": _string("Ignored."),
    "uploadType": _string("Ignored."),
    "upload_protocol": _string("Ignored."),
    "$.xgafv": _string("Ignored.") | {"enum": ["1", "2"]},
}
METHODS = {
    "analyze": ("AnalyzeCommentRequest", "AnalyzeCommentResponse"),
    "suggestscore": ("SuggestCommentScoreRequest", "SuggestCommentScoreResponse"),
}
TEXT, BOOLEAN, NUMBER, INTEGER = (
    {"type": "string"},
    {"type": "boolean"},
    {"type": "number", "format": "float"},
    {"type": "integer", "format": "int32"},
)


def _schema(name: str, **properties: Any) -> dict[str, Any]:
    return {"id": name, "type": "object", "properties": properties}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": name}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _map(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


_BOTH = {
    "comment": _ref("TextEntry"),
    "context": _ref("Context"),
    "languages": _list(TEXT),
    "clientToken": TEXT,
    "sessionId": TEXT,
}
SCHEMAS = {
    each["id"]: each
    for each in (
        _schema("TextEntry", text=TEXT, type=TEXT),
        _schema("Context", entries=_list(_ref("TextEntry")), articleAndParentComment=_ref("ArticleAndParentComment")),
        _schema("ArticleAndParentComment", article=_ref("TextEntry"), parentComment=_ref("TextEntry")),
        _schema("AttributeParameters", scoreType=TEXT, scoreThreshold=NUMBER),
        _schema("Score", value=NUMBER, type=TEXT),
        _schema("SpanScore", begin=INTEGER, end=INTEGER, score=_ref("Score")),
        _schema("AttributeScores", summaryScore=_ref("Score"), spanScores=_list(_ref("SpanScore"))),
        _schema(
            "AnalyzeCommentRequest",
            **_BOTH,
            requestedAttributes=_map(_ref("AttributeParameters")),
            doNotStore=BOOLEAN,
            spanAnnotations=BOOLEAN,
            dropUnsupportedAttributes=BOOLEAN,
            communityId=TEXT,
        ),
        _schema(
            "AnalyzeCommentResponse",
            attributeScores=_map(_ref("AttributeScores")),
            languages=_list(TEXT),
            detectedLanguages=_list(TEXT),
            clientToken=TEXT,
        ),
        _schema("SuggestCommentScoreRequest", **_BOTH, attributeScores=_map(_ref("AttributeScores")), communityId=TEXT),
        _schema(
            "SuggestCommentScoreResponse",
            clientToken=TEXT,
            detectedLanguages=_list(TEXT),
            requestedLanguages=_list(TEXT),
        ),
    )
}
