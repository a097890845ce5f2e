"""Notes when people were last seen, to the minute, and which sessions they have."""

import time
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.db import connection
from django.http import HttpRequest, HttpResponse

from review.access import is_signed_in
from review.models import User

MINUTE = 60
MOST = 10_000
LONGEST_AGENT = 200
NOTE = """
WITH seen AS (
    INSERT INTO usersessions_usersession (user_id, session_key, ip, user_agent, data, created_at, last_seen_at)
    VALUES (%(user)s, %(key)s, %(ip)s, %(agent)s, '{}', now(), now())
    ON CONFLICT (session_key) DO UPDATE SET user_id = excluded.user_id, last_seen_at = now()
)
UPDATE review_user SET last_seen_at = now()
 WHERE id = %(user)s AND (last_seen_at IS NULL OR last_seen_at < now() - interval '1 minute')
"""
_noted: dict[str, float] = {}
"""Session keys and when this process noted them: most requests ask the database nothing."""


def note_presence(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware; comes after authentication."""

    def middleware(request: HttpRequest) -> HttpResponse:
        key, now = request.session.session_key, time.monotonic()
        if key and now - _noted.get(key, -MINUTE) >= MINUTE and is_signed_in(request.user):
            if len(_noted) >= MOST:
                _noted.clear()
            _noted[key] = now
            _note(request, request.user, key)
        return get_response(request)

    return middleware


def _note(request: HttpRequest, user: User, key: str) -> None:
    agent = request.headers.get("User-Agent", "")[:LONGEST_AGENT]
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"user": user.pk, "key": key, "ip": get_adapter().get_client_ip(request), "agent": agent})
