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


@pytest.fixture
def console(page):
    """What the browser complained about: errors, and everything that the Content-Security-Policy stopped."""
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said
