"""What is stored in English, in its reader's language: reasons of refits and roll-backs, what is wrong with a file."""

import re
from functools import cache

from django.utils.formats import get_format
from django.utils.translation import get_language, gettext, gettext_noop

SENTENCES = (
    # Of two that fit, the first one counts.
    gettext_noop("shipped with the model"),
    gettext_noop("given when the model was registered"),
    gettext_noop("put back in force"),
    gettext_noop("passed the gate"),
    gettext_noop("passed the gate of %(sources)s"),
    gettext_noop("fitted for the promoted model"),
    gettext_noop("fitted for a version in context"),
    gettext_noop("fitted for rubric %(version)s"),
    gettext_noop("prior set to %(share)s %%"),
    gettext_noop("calibrator %(version)s: %(why)s"),
    gettext_noop("policy %(version)s"),
    gettext_noop("rubric %(version)s"),
    gettext_noop("%(action)s is watched again"),
    gettext_noop("%(action)s certified by attempt %(attempt)s: %(errors)s error in %(labels)s cohort labels"),
    gettext_noop("%(action)s certified by attempt %(attempt)s: %(errors)s errors in %(labels)s cohort labels"),
    gettext_noop("%(action)s is supervised again: the watchdog raised an alarm"),
    gettext_noop("%(action)s is supervised again"),
    gettext_noop("The risk target for %(action)s has ended"),
    gettext_noop("%(rate)s%% of %(action)s judged blind, to know within %(weeks)s week"),
    gettext_noop("%(rate)s%% of %(action)s judged blind, to know within %(weeks)s weeks"),
    gettext_noop("Brought back policy %(version)s"),
    gettext_noop("At the desk"),
    gettext_noop("Strikes"),
    gettext_noop("Allow"),
    gettext_noop("Review"),
    gettext_noop("Hide"),
    gettext_noop("Remove"),
    gettext_noop("allow"),
    gettext_noop("review"),
    gettext_noop("hide"),
    gettext_noop("remove"),
    gettext_noop("the server that judges serves one model"),
    gettext_noop("it cannot be loaded; the log of the worker says why"),
    gettext_noop("its weights have changed"),
    gettext_noop(
        "It is %(missing)s tokens too long: of the model's window it leaves %(room)s to a message, and "
        "%(least)s are the least. Shorten it by about %(characters)s characters."
    ),
    gettext_noop("Another model judges by now: try it again."),
    gettext_noop(
        "Passed the gate, and waits: one calibrator a day is promoted by itself, the next from %(until)s on. %(why)s"
    ),
    gettext_noop("Nothing could be fitted: %(why)s."),
    gettext_noop("there are no labels yet"),
    gettext_noop("the labels do not get more often violations as the margin rises"),
    gettext_noop(
        "%(kind)s needs %(needed)s labels of either class; there are %(violations)s violations and %(benign)s benign"
    ),
    gettext_noop("within the band, %(why)s"),
    gettext_noop("no decision of the random cohort counts for both"),
    gettext_noop(
        "%(kept)s: a comparison needs %(needed)s labels of the random cohort since it was fitted, and there "
        "are %(there)s. At least %(missing)s more are missing."
    ),
    gettext_noop(
        "%(kept)s: a comparison needs %(needed)s labels of the random cohort, and there are %(there)s. At "
        "least %(missing)s more are missing."
    ),
    gettext_noop("The %(kind)s calibrator fitted on %(labels)s labels predicts better than %(before)s: %(losses)s."),
    gettext_noop(
        "The %(kind)s calibrator fitted on %(labels)s labels takes over: %(before)s has left its band, its "
        "calibration error %(error)s lies above the %(noise)s that noise explains; %(losses)s."
    ),
    gettext_noop("%(kept)s: the %(kind)s calibrator fitted on %(labels)s labels is not better, %(losses)s."),
    gettext_noop(
        "%(kept)s: the %(kind)s calibrator fitted on %(labels)s labels looks better, %(losses)s, but with 90 "
        "%% confidence it may still be worse by %(bound)s nats, and %(allowed)s are allowed."
    ),
    gettext_noop("log-loss %(own)s against %(other)s on %(labels)s cohort labels"),
    gettext_noop("Kept %(before)s"),
    gettext_noop("Nothing was put in force"),
    gettext_noop("calibrator %(version)s"),
    gettext_noop("the plain share of violations"),
    gettext_noop("Benign among what is acted on"),
    gettext_noop("Benign messages that are acted on"),
    gettext_noop("Violations among what is allowed"),
    gettext_noop("Violations that are allowed"),
    gettext_noop("%(name)s: neither .jsonl nor .csv (or these with .gz)"),
    gettext_noop("line %(line)s: this is UTF-32: save it as UTF-8"),
    gettext_noop("line %(line)s: neither UTF-8, nor UTF-16 with a byte order mark: save it as UTF-8"),
    gettext_noop("line %(line)s or after: not UTF-16 (%(why)s)"),
    gettext_noop("not gzip: %(why)s"),
    gettext_noop("this unfolds to more than is taken: send it in parts"),
    gettext_noop("the gzip archive ends early"),
    gettext_noop("longer than a line may be"),
    gettext_noop("line %(line)s: longer than a line may be"),
    gettext_noop("line %(line)s: a row longer than a row may be begins here"),
    gettext_noop("not UTF-8, byte %(byte)s at place %(there)s"),
    gettext_noop("line %(line)s: the header is no CSV: %(why)s"),
    gettext_noop("line %(line)s: %(why)s: save the file as UTF-8"),
    gettext_noop(
        "line %(line)s: no column %(column)s and no column %(second)s: the header, parted by %(separator)s, "
        "has %(found)s"
    ),
    gettext_noop("line %(line)s: no column %(column)s: the header, parted by %(separator)s, has %(found)s"),
    gettext_noop("line %(line)s: the column %(column)s is there twice"),
    gettext_noop("line %(line)s: a column is there twice"),
    gettext_noop(
        "line %(line)s: a quote opens here and is not closed as it should be (read until line %(last)s: %(why)s)"
    ),
    gettext_noop("not CSV: %(why)s"),
    gettext_noop("%(cells)s cells, but the header has %(columns)s: is a quote missing?"),
    gettext_noop("%(field)s: not JSON: %(why)s"),
    gettext_noop("%(field)s: must be 0, 1 or a category, not %(found)s"),
    gettext_noop("%(field)s: must be one name, not %(found)s"),
    gettext_noop("this id already stands for another text"),
    gettext_noop("its content was erased with personal data of this source; drop the file again"),
    gettext_noop("%(field)s: is required"),
    gettext_noop("%(field)s: must be an object"),
    gettext_noop("%(field)s: must be valid Unicode, without lone surrogates"),
    gettext_noop("%(field)s: must not contain NUL characters"),
    gettext_noop("%(field)s: must be an ISO 8601 date and time, such as 2026-01-31T18:30:00Z"),
    gettext_noop("%(field)s: must have a time zone, such as Z or +02:00"),
    gettext_noop("%(field)s: must lie between the years 1970 and 9998"),
    gettext_noop("%(field)s: string should have at least %(least)s character"),
    gettext_noop("%(field)s: string should have at most %(most)s characters"),
    gettext_noop("%(field)s: input should be a valid string"),
    gettext_noop("no answer within %(seconds)s s"),
    gettext_noop("the connection failed: %(why)s"),
    gettext_noop("it answered %(answered)s, and redirects are not followed"),
    gettext_noop("it answered %(answered)s"),
    gettext_noop("the name %(name)s cannot be resolved"),
    gettext_noop("%(address)s is no address of a receiver"),
    gettext_noop("%(address)s is a private address, which an instance admin would have to allow"),
    gettext_noop("As in triggers %(version)s"),
    gettext_noop("The starter set: %(name)s"),
    gettext_noop("Spam"),
    gettext_noop("Link shorteners"),
    gettext_noop("Self-harm"),
    gettext_noop("trigger %(number)s"),
    gettext_noop("follows case %(case)s, decided %(category)s"),
    gettext_noop("decided on case %(case)s"),
    gettext_noop("decided %(category)s"),
    gettext_noop("%(strikes)s strike under policy %(version)s"),
    gettext_noop("%(strikes)s strikes under policy %(version)s"),
    gettext_noop("lifted by a person"),
    gettext_noop("outcomes behind it were reversed"),
    gettext_noop("overturned on an appeal"),
    gettext_noop("benign"),
    gettext_noop("toxicity"),
    gettext_noop("harassment"),
    gettext_noop("hate speech"),
    gettext_noop("sexual content"),
    gettext_noop("violence"),
    gettext_noop("spam"),
    gettext_noop("self-harm"),
)
"""Everything that moddog itself writes there. What people wrote is nobody's to translate."""
FIGURE, WORD = r"-?[\d.,]+(?:e-?\d+)?", r"[\w.]+"
FIGURES = {
    *("version", "labels", "needed", "there", "missing", "room", "least", "characters", "own", "other", "error"),
    *("noise", "bound", "allowed", "violations", "benign", "share"),
    *("line", "last", "cells", "columns", "most", "seconds"),
    *("number", "case", "strikes", "attempt", "errors", "rate", "weeks"),
}
WORDS = {"kind", "action", "byte", "field"}
"""Places that hold a number, and such that hold one word; any other may hold a sentence of its own."""
PLACE = re.compile(r"%\((\w+)\)s")
NUMBER = re.compile(r"\d+(,\d{3})*(\.\d+)?")


def in_readers_words(stored: str) -> str:
    """`stored` in the language in use: as it is where that is English, or where it is none of our own sentences."""
    if not stored or (get_language() or "en").startswith("en"):
        return stored
    if NUMBER.fullmatch(stored):
        signs = {",": get_format("THOUSAND_SEPARATOR"), ".": get_format("DECIMAL_SEPARATOR")}
        return stored.translate(str.maketrans(signs))
    for sentence, pattern in _patterns():
        if found := pattern.fullmatch(stored):
            return gettext(sentence) % {name: in_readers_words(part) for name, part in found.groupdict().items()}
    return stored


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(sentence, _pattern(sentence)) for sentence in SENTENCES]


def _pattern(sentence: str) -> re.Pattern[str]:
    """A sentence as what it looks like once its places are filled."""
    parts = PLACE.split(sentence)
    looks = [_place(part) if at % 2 else re.escape(part.replace("%%", "%")) for at, part in enumerate(parts)]
    return re.compile("".join(looks), re.DOTALL)


def _place(name: str) -> str:
    """A number, a word, or anything."""
    return f"(?P<{name}>{FIGURE if name in FIGURES else WORD if name in WORDS else '.+'})"
