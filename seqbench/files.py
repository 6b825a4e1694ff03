"""Files that are whole or absent, and that say when somebody edited them.

Every result is written by `atomic_write` (a temporary file beside the target, synced, renamed) with
its SHA-256 in a hidden file beside it; `read_verified` refuses bytes that differ.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from seqbench.errors import InputError


def sha256(data: bytes) -> str:
    """The checksum as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """A file to write to. A crash at any moment leaves the old one, the new one, or none.

    Raises:
        InputError: the folder cannot be written.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}). Allowed: a folder with write "
            "permission and free space. Free it, or choose another folder under `results:`."
        ) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def atomic_write(path: Path, data: bytes) -> None:
    """Write a whole file through `atomic`."""
    with atomic(path) as file:
        file.write(data)


def seal_of(path: Path) -> Path:
    """Where the checksum of a sealed file is kept."""
    return path.with_name(f".{path.name}.sha256")


def ensure_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written, before hours of work are spent.

    Raises:
        InputError: the folder cannot be written.
    """
    atomic_write(folder / ".writable", b"")
    (folder / ".writable").unlink(missing_ok=True)  # another job may have been faster


def write_sealed(path: Path, data: bytes) -> None:
    """`atomic_write`, and the checksum beside it."""
    atomic_write(path, data)
    atomic_write(seal_of(path), f"{sha256(data)}  {path.name}\n".encode())


def read_verified(path: Path) -> bytes:
    """The bytes that `write_sealed` wrote.

    Raises:
        InputError: the file is absent, or it is not what was written.
    """
    seal = seal_of(path)
    try:
        data, expected = path.read_bytes(), seal.read_text().split()[0]
    except (OSError, IndexError) as error:
        raise InputError(
            f"{path}: it or its checksum {seal.name} cannot be read ({error}). "
            "Allowed: files that seqbench wrote. Delete it and run snakemake again."
        ) from error
    if (actual := sha256(data)) != expected:
        raise InputError(
            f"{path}: changed after it was written (SHA-256 {actual[:12]}, expected "
            f"{expected[:12]}). Allowed: what training wrote. Delete it and run snakemake again."
        )
    return data
