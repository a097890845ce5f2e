"""Three cases that wait, and what the browser complained about."""

import pytest

from tests.rows import make_case, make_message, make_source, make_verdict


@pytest.fixture
def queue():
    """Three cases, most urgent first; the middle one is blind."""
    source = make_source()
    made = []
    for number, text in enumerate(("first words", "second words", "third words")):
        message = make_message(source, text)
        verdict = make_verdict(message, 0.58)
        made.append(make_case(source, message, verdict=verdict, priority=-number, blind=number == 1))
    return made


GIVEN_UP = ("htmx:sendAbort", "htmx:afterRequest")
"""What htmx says of a request for which there was a newer one, as of a preview."""


@pytest.fixture
def console(page):
    """What the browser complained about: errors, and everything that the Content-Security-Policy stopped."""
    said = []

    def note(message):
        given_up = message.text.startswith(GIVEN_UP)
        if message.type in ("error", "warning") and not given_up:
            said.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said
