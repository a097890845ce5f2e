"""nano's tokenizer: byte-level BPE with the pre-tokenizer of Qwen2.5, learnt from the training texts.

python -m inference.training.tokenizer --data FOLDER --out FOLDER
"""

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import PreTrainedTokenizerFast

from inference.categories import CATEGORIES
from inference.finetuning.reasons import REASONS
from inference.finetuning.row import Row
from inference.finetuning.written_lines import written_lines
from inference.scoring.prompt_form import ANSWER_START, CATEGORY_START, QUESTION
from inference.scoring.rubric import DEFAULT_RUBRIC
from inference.training.labelled_sources import read_rows

VOCABULARY = 16_384
MARKERS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
# As in Qwen2.5: contractions, words with one leading mark, digits one by one, marks, line ends, spaces.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
LONGEST = 400  # characters of a text that the vocabulary is learnt from


def corpus(rows: list[Row]) -> Iterator[str]:
    """Texts to learn from, with what every prompt and answer is made of given weight."""
    for _ in range(2_000):
        yield QUESTION.format(DEFAULT_RUBRIC)
        yield from (f'{ANSWER_START}{CATEGORY_START}{name}", "confidence": 0.55, "reason": "' for name in CATEGORIES)
        yield f'{ANSWER_START} false, "category": "benign"\nsystem\nuser\nassistant\n'
        yield from (f' "{reason}"}}' for reasons in REASONS.values() for reason in reasons[:3])
    yield from (text for text, _, _ in written_lines(20_000, random.Random(0)))
    yield from (row.text[:LONGEST] for row in rows)


def learn(rows: list[Row]) -> PreTrainedTokenizerFast:
    """A tokenizer of exactly VOCABULARY ids, the markers of the chat template last."""
    engine = Tokenizer(BPE())
    engine.normalizer = normalizers.NFC()
    engine.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    engine.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    size = VOCABULARY - len(MARKERS)
    engine.train_from_iterator(corpus(rows), BpeTrainer(vocab_size=size, initial_alphabet=alphabet, min_frequency=3))
    engine.add_special_tokens([AddedToken(marker, special=True, normalized=False) for marker in MARKERS])
    return PreTrainedTokenizerFast(
        tokenizer_object=engine,
        chat_template=TEMPLATE,
        eos_token=MARKERS[2],
        pad_token=MARKERS[0],
        model_max_length=1_024,
        clean_up_tokenization_spaces=False,
    )


def main() -> None:
    """Learn from the training texts and save beside the weights."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz")
    arguments.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    chosen = arguments.parse_args()
    tokenizer = learn(read_rows(chosen.data / "train.jsonl.gz"))
    tokenizer.save_pretrained(chosen.out)
    path = chosen.out / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text()), ensure_ascii=False, separators=(",", ":")))
    print(f"{len(tokenizer)} tokens in {path}")


if __name__ == "__main__":
    main()
