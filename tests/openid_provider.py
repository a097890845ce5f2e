"""A tiny OpenID provider: discovery, a page with one button, codes, tokens that it signs, and who somebody is."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CLIENT, SECRET = "moddog", "a secret between two servers"


class Provider(ThreadingHTTPServer):
    """Says that whoever presses its button is `person`, an object of claims with `sub` in it."""

    def __init__(self, person: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.person = person
        self.codes: dict[str, str] = {}
        self.tokens: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self._json(self._configuration())
        elif parts.path == "/jwks":
            key = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
            self._json({"keys": [{**key, "kid": "one", "alg": "RS256", "use": "sig"}]})
        elif parts.path == "/authorize":
            self._page(asked)
        elif parts.path == "/userinfo" and self.headers["Authorization"].removeprefix("Bearer ") in self.server.tokens:
            self._json(self.server.person)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        sent = {name: values[0] for name, values in parse_qs(content).items()}
        if self.path == "/approve":
            code = secrets.token_urlsafe()
            self.server.codes[code] = sent["redirect_uri"]
            self.send_response(302)
            self.send_header("Location", f"{sent['redirect_uri']}?{urlencode({'code': code, 'state': sent['state']})}")
            self.end_headers()
        elif self.path == "/token" and self.server.codes.pop(sent["code"]) == sent["redirect_uri"]:
            assert (sent["client_id"], sent["client_secret"]) == (CLIENT, SECRET)
            self._json(self._tokens())
        else:
            self.send_error(404)

    def _configuration(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
        found = {name: f"{self.server.url}/{path}" for name, path in {**places, "jwks_uri": "jwks"}.items()}
        return {"issuer": self.server.url, "token_endpoint_auth_methods_supported": ["client_secret_post"], **found}

    def _page(self, asked: dict[str, str]) -> None:
        hidden = "".join(f'<input type="hidden" name="{n}" value="{asked[n]}">' for n in ("redirect_uri", "state"))
        page = f'<h1>The provider</h1><form method="post" action="/approve">{hidden}<button>It is me</button></form>'
        self._send("text/html", page.encode())

    def _tokens(self) -> dict[str, Any]:
        token, now = secrets.token_urlsafe(), int(time.time())
        self.server.tokens.add(token)
        claims = {**self.server.person, "iss": self.server.url, "aud": CLIENT, "iat": now, "exp": now + 60}
        signed = jwt.encode(claims, KEY, "RS256", {"kid": "one"})
        return {"access_token": token, "token_type": "Bearer", "expires_in": 60, "id_token": signed}

    def _json(self, value: object) -> None:
        self._send("application/json", json.dumps(value).encode())

    def _send(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """The tests' output is no place for it."""


@contextmanager
def serving(person: dict[str, Any]) -> Iterator[Provider]:
    """A provider on a port of its own, for the block's duration."""
    with Provider(person) as provider:
        thread = threading.Thread(target=provider.serve_forever)
        thread.start()
        try:
            yield provider
        finally:
            provider.shutdown()
            thread.join()
