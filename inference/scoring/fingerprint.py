"""Which model exactly: a hash of its weights and its tokenizer."""

import hashlib
from pathlib import Path

from huggingface_hub import snapshot_download

PATTERNS = (
    "*.safetensors",
    "*.bin",
    "tokenizer*",
    "vocab*",
    "merges*",
    "chat_template*",
    "config.json",
    "adapter_config.json",
)


def fingerprint(model: str, adapter: str | None = None) -> str:
    """The SHA-256 (hex) over names and contents of a model's files, in order of name; a folder or a hub id.

    With an adapter, that of both one after the other.
    """
    if adapter:
        return hashlib.sha256((fingerprint(model) + fingerprint(adapter)).encode()).hexdigest()
    folder = Path(model) if Path(model).is_dir() else Path(snapshot_download(model, allow_patterns=list(PATTERNS)))
    files = sorted({path for pattern in PATTERNS for path in folder.glob(pattern)})
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
