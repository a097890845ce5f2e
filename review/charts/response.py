"""A page's charts as one JSON object, each under its name, with a tag that changes when any of them does."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response


def chart_response(request: HttpRequest, charts: Mapping[str, Any]) -> HttpResponse:
    """The figures for `static/js/chart.js`; 304 where the browser has them already."""
    body = json.dumps(charts, allow_nan=False, separators=(",", ":"), default=float)
    # Of the text itself, and not of what it was made from: a new look of the charts is a change, too.
    etag = f'"{blake2b(body.encode(), digest_size=9).hexdigest()}"'
    response = HttpResponse(body, content_type="application/json", headers={"Cache-Control": "private, no-cache"})
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response
