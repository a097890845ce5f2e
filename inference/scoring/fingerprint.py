"""Which model exactly: a hash of its weights and its tokenizer, where they lie, and how it is asked."""

import hashlib
from pathlib import Path

from huggingface_hub import snapshot_download

from inference.scoring import normalise
from inference.scoring.identity import Identity
from inference.scoring.prompt_form import prompt_form
from inference.scoring.verdict_format import MODDOG

LOADED = ("*.json", "*.jinja", "*.txt", "*.model")
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


def as_asked_now(
    weights_hash: str, precision: str, earlier_messages: int = 0, verdict_format: str = MODDOG
) -> Identity:
    """The identity of weights that are loaded in a precision, asked and normalised as this code does it."""
    form = prompt_form(earlier_messages, verdict_format)
    return Identity(weights_hash, precision, form, normalise.VERSION, earlier_messages, verdict_format)


def pinned(place: str) -> str:
    """A hub id with the commit that it stands for now, as "id@commit"; a folder or what is pinned already as it is."""
    if not place or Path(place).is_dir() or "@" in place:
        return place
    return f"{place}@{folder_of(place).name}"


def unpinned(place: str) -> str:
    """The hub id without its commit."""
    return place if Path(place).is_dir() else place.partition("@")[0]


def folder_of(place: str) -> Path:
    """The folder that holds a model's files; those of a hub id (with its commit, where pinned) are fetched."""
    if Path(place).is_dir():
        return Path(place)
    name, _, commit = place.partition("@")
    return Path(snapshot_download(name, revision=commit or None, allow_patterns=[*LOADED, *PATTERNS]))


def fingerprint(model: str, adapter: str | None = None) -> str:
    """The SHA-256 (hex) over names and contents of a model's files, in order of name; a folder or a hub id.

    With an adapter, that of both one after the other.
    """
    if adapter:
        return hashlib.sha256((fingerprint(model) + fingerprint(adapter)).encode()).hexdigest()
    folder = folder_of(model)
    files = sorted({path for pattern in PATTERNS for path in folder.glob(pattern)})
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
