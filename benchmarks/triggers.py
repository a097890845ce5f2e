"""Finding triggers: 10,000 phrases over a million characters of messages, plain and disguised, and beside patterns.

The yardstick is the automaton alone over the same texts in small letters: no spelling undone, no whole words. In the
database, what triggers add to a message that is judged: a batch as results are written, with and without them.
"""

import itertools
import json
import random
from pathlib import Path
from time import perf_counter

from benchmarks import stack
from benchmarks.disguises import WAYS
from benchmarks.report import Figure, figure, seconds

DEMO = Path(__file__).parent.parent / "review" / "demo" / "community.jsonl"
CHARACTERS = {"tiny": 20_000, "small": 300_000, "full": 1_000_000}
PHRASES = {"tiny": 500, "small": 10_000, "full": 10_000}
PATTERNS = 50
ROUNDS = {"tiny": 1, "small": 3, "full": 7}
BATCH = 256
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def run(size: str) -> list[Figure]:
    stack.start()
    from review.models import Trigger
    from review.triggers.matcher import Matcher

    texts, phrases = _texts(CHARACTERS[size]), _phrases(PHRASES[size])
    disguised = _disguised(texts)
    note = f"{len(phrases):,} phrases, {len(texts):,} messages of {_total(texts) / len(texts):.0f} characters"
    triggers = [Trigger(kind="phrase", text=text) for text in phrases]
    patterns = [Trigger(kind="pattern", text=rf"(?i)\b{text.split()[0]}\w*\s+\d{{3,}}") for text in phrases[:PATTERNS]]
    matcher, with_patterns = Matcher(triggers), Matcher([*triggers, *patterns])
    rounds = ROUNDS[size]

    def speed(name: str, asked: Matcher, given: list[str], target: float | None = 1e6) -> Figure:
        samples = [_total(given) / seconds(lambda: [asked.find(text) for text in given]) for _ in range(rounds)]
        return figure("triggers", name, size, "characters/s", samples, at_least=target, note=note)

    adds = [seconds(lambda: [with_patterns.find(text) for text in texts]) * 1000 / len(texts) for _ in range(rounds)]
    built = [seconds(lambda: Matcher(triggers)) for _ in range(rounds)]
    return [
        speed("phrases in plain messages", matcher, texts),
        speed("phrases in disguised messages", matcher, disguised),
        speed(f"with {PATTERNS} patterns", with_patterns, texts),
        _yardstick(phrases, texts, rounds, size),
        figure("triggers", "added to a message", size, "ms", adds, at_most=0.2, note="finding alone"),
        _in_judging(triggers, texts, rounds, size),
        figure("triggers", "building", size, "s", built, note=note),
    ]


def _yardstick(phrases: list[str], texts: list[str], rounds: int, size: str) -> Figure:
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for phrase in phrases:
        automaton.add_word(phrase, phrase)
    automaton.make_automaton()
    samples = [
        _total(texts) / seconds(lambda: [list(automaton.iter(text.lower())) for text in texts]) for _ in range(rounds)
    ]
    return figure("triggers", "yardstick: the automaton alone", size, "characters/s", samples)


def _in_judging(triggers: list, texts: list[str], rounds: int, size: str) -> Figure:  # type: ignore[type-arg]
    """What deciding and recording add to each message of a batch, versions looked up and matches written."""
    from django.utils import timezone

    from review.models import Message, Source, Trigger, TriggerSet
    from review.triggers import applying

    source = Source.objects.create(slug="triggers", name="Triggers")
    version = TriggerSet.objects.create(source=source, version=1)
    for each in triggers:
        each.source, each.added_in, each.category, each.effect = source, version, "spam", "hide"
    Trigger.objects.bulk_create(triggers, batch_size=1_000)
    numbers = itertools.count()
    samples = []
    for _ in range(rounds + 1):  # the first one loads them
        said = itertools.islice(itertools.cycle(texts), BATCH)
        fixed = {"source": source, "text_digest": b"", "draw": 0.5, "sent_at": timezone.now()}
        rows = [Message(external_id=str(next(numbers)), text=text, **fixed) for text in said]
        batch = Message.objects.bulk_create(rows)
        started = perf_counter()
        applied = applying.apply(batch)
        applying.record(zip(batch, applied, strict=True))
        samples.append((perf_counter() - started) * 1000 / BATCH)
    note = f"batches of {BATCH}, with the database"
    return figure("triggers", "added to a judged message", size, "ms", samples[1:], at_most=0.2, note=note)


def _texts(characters: int) -> list[str]:
    """Messages of the demo's community, over and over, up to so many characters."""
    said = [json.loads(line)["text"] for line in DEMO.read_text(encoding="utf-8").splitlines()]
    texts, total = [], 0
    for text in itertools.cycle(said):
        texts.append(text)
        total += len(text)
        if total >= characters:
            return texts
    raise AssertionError("a cycle has no end")


def _phrases(count: int) -> list[str]:
    """Made-up words and phrases of one to three words, and a few that the community says."""
    draw = random.Random(0)
    words = ["popcorn machine", "uninstall", "good game", "high score"]
    found = dict.fromkeys(words)
    while len(found) < count:
        length = draw.choice((1, 1, 2, 3))
        found[" ".join("".join(draw.choices(SYLLABLES, k=draw.randint(2, 4))) for _ in range(length))] = None
    return list(found)


def _disguised(texts: list[str]) -> list[str]:
    """The same messages, each hidden in one of the ways in which people hide words."""
    ways = itertools.cycle(WAYS.values())
    return [way(text, random.Random(number)) for number, (text, way) in enumerate(zip(texts, ways, strict=False))]


def _total(texts: list[str]) -> int:
    return sum(map(len, texts))
