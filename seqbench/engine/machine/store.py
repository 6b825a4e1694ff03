"""Finished trials and checkpoints, each under its fingerprint; deleting the folder is always safe.

An entry is a line with the number of its form, the files that were read for it with their SHA-256
(JSON) and a SHA-256 of its name and all else, and then the content. What is damaged, of another
name or form, or no file at all is never used: it is named, put aside under another name, and
computed again. So is, without a word, what was made of files that hold something else now.
"""

import io
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import torch

from seqbench import opened
from seqbench.files import atomic_write, regular, sha256

Say = Callable[[str], None]

FORM = 4  # of an entry; a new number forgets all old entries


class Store:
    """A folder of sealed entries.

    Attributes:
        say:    to whom it names what it puts aside.
        check:  raises ValueError for a record (its JSON) that is none.
    """

    def __init__(self, folder: Path, say: Say, check: Callable[[bytes], object] = json.loads):
        self.folder, self.say, self.check = folder, say, check

    def _path(self, key: str, suffix: str) -> Path:
        return self.folder / key[:2] / f"{key}.{suffix}"

    def _read(self, key: str, suffix: str) -> bytes | None:
        try:
            seal, _, content = regular(self._path(key, suffix)).read_bytes().partition(b"\n")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self._put_aside(key, suffix, f"cannot be read ({error.strerror})")
            return None
        before, _, checksum = seal.decode("ascii", "replace").rpartition(" ")
        form, _, read = before.partition(" ")
        if form != str(FORM):
            self._put_aside(key, suffix, "is damaged or of another form")
            return None
        if checksum != _checksum(key, suffix, read, content):
            self._put_aside(key, suffix, "is damaged or another's")
            return None
        return content if opened.unchanged(json.loads(read)) else None

    def _put_aside(self, key: str, suffix: str, why: str) -> None:
        path = self._path(key, suffix)
        self.say(f"{path}: {why} and is computed again.")
        with suppress(FileNotFoundError):  # another job may have met it, too
            path.rename(path.with_name(f"{path.name}.{time.time_ns()}.unusable"))

    def _write(self, key: str, suffix: str, content: bytes) -> None:
        read = json.dumps(opened.so_far())
        seal = f"{FORM} {read} {_checksum(key, suffix, read, content)}\n".encode()
        atomic_write(self._path(key, suffix), seal + content)

    def result(self, fingerprint: str) -> dict | None:
        """A finished trial's record, or None."""
        content = self._read(fingerprint, "json")
        if content is None:
            return None
        try:
            self.check(content)
            return json.loads(content)
        except ValueError:
            self._put_aside(fingerprint, "json", "is of another form")
            return None

    def keep_result(self, fingerprint: str, record: Mapping[str, object]) -> None:
        """Keep a finished trial's record: plain, finite values only."""
        self._write(fingerprint, "json", json.dumps(record, allow_nan=False).encode())

    def proven(self, key: str) -> bool:
        """Whether a proof was made before, of what its files hold now."""
        return self._read(key, "proof") is not None

    def keep_proof(self, key: str) -> None:
        """Remember that a proof was made, in the piece of work that ends (`opened.recorded`)."""
        self._write(key, "proof", b"")

    def checkpoint(self, key: str) -> dict | None:
        """A running stack's state, or None."""
        content = self._read(key, "pt")
        if content is None:
            return None
        try:
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        except Exception:  # whatever torch says of what another torch has written
            self.refuse_checkpoint(key)
            return None

    def refuse_checkpoint(self, key: str) -> None:
        """Put a stack's state aside that nobody can go on from."""
        self._put_aside(key, "pt", "is of another form")

    def keep_checkpoint(self, key: str, state: dict) -> None:
        """Keep a running stack's state: tensors and plain values only."""
        buffer = io.BytesIO()
        torch.save(state, buffer)
        self._write(key, "pt", buffer.getvalue())

    def drop_checkpoint(self, key: str) -> None:
        """Forget a stack that is finished."""
        self._path(key, "pt").unlink(missing_ok=True)


def _checksum(key: str, suffix: str, read: str, content: bytes) -> str:
    """SHA-256 of an entry and of whose it is."""
    return sha256(f"{key}.{suffix} {read}\n".encode() + content)
