"""The tokenizer of a checkpoint."""

from transformers import AutoTokenizer, PreTrainedTokenizerBase, PreTrainedTokenizerFast
from transformers.models.auto.tokenization_auto import get_tokenizer_config

AS_WRITTEN = "TokenizersBackend"


def load_tokenizer(place: str) -> PreTrainedTokenizerBase:
    """That of a folder or hub id. Raises OSError or ValueError as transformers does.

    A checkpoint whose configuration says AS_WRITTEN is read by its `tokenizer.json` and nothing else: transformers
    would put the normaliser that is usual for the model's type in the place of its own.
    """
    kind = (
        PreTrainedTokenizerFast if get_tokenizer_config(place).get("tokenizer_class") == AS_WRITTEN else AutoTokenizer
    )
    loaded: PreTrainedTokenizerBase = kind.from_pretrained(place)
    return loaded
