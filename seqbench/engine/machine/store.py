"""Finished trials and checkpoints, each under its fingerprint; deleting the folder is always safe.

An entry is its SHA-256 on the first line and the content after it. An entry whose content does not
match is never used: it is named, removed, and computed again.
"""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from seqbench.files import atomic_write, sha256

Say = Callable[[str], None]


class Store:
    """A folder of sealed entries."""

    def __init__(self, folder: Path, say: Say):
        self.folder, self.say = folder, say

    def _path(self, key: str, suffix: str) -> Path:
        return self.folder / key[:2] / f"{key}.{suffix}"

    def _read(self, key: str, suffix: str) -> bytes | None:
        path = self._path(key, suffix)
        try:
            seal, _, content = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        if seal.decode("ascii", "replace") == sha256(content):
            return content
        self.say(f"{path}: is damaged and is computed again.")
        path.unlink(missing_ok=True)  # another job may have met it, too
        return None

    def _write(self, key: str, suffix: str, content: bytes) -> None:
        atomic_write(self._path(key, suffix), sha256(content).encode() + b"\n" + content)

    def result(self, fingerprint: str) -> dict | None:
        """A finished trial's record, or None."""
        content = self._read(fingerprint, "json")
        return None if content is None else json.loads(content)

    def keep_result(self, fingerprint: str, record: Mapping[str, object]) -> None:
        """Keep a finished trial's record: plain, finite values only."""
        self._write(fingerprint, "json", json.dumps(record, allow_nan=False).encode())

    def proven(self, key: str) -> bool:
        """Whether a proof was made before."""
        return self._read(key, "proof") is not None

    def keep_proof(self, key: str) -> None:
        """Remember that a proof was made."""
        self._write(key, "proof", b"")

    def checkpoint(self, key: str) -> dict | None:
        """A running stack's state, or None."""
        content = self._read(key, "pt")
        if content is None:
            return None
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)

    def keep_checkpoint(self, key: str, state: dict) -> None:
        """Keep a running stack's state: tensors and plain values only."""
        buffer = io.BytesIO()
        torch.save(state, buffer)
        self._write(key, "pt", buffer.getvalue())

    def drop_checkpoint(self, key: str) -> None:
        """Forget a stack that is finished."""
        self._path(key, "pt").unlink(missing_ok=True)
