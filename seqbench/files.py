"""Files that are whole or absent, and that say when somebody edited them.

Every file is written by `atomic` (a temporary file beside the target, synced, renamed). What is
read back has its SHA-256 in a hidden file beside it (`sealed`); `verify` refuses bytes that differ.
After a crash between a file and its seal it is refused, too, and made again.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path

from seqbench.errors import InputError, Unwritable

RETRAIN = "Delete it and run snakemake again."


def sha256(data: bytes) -> str:
    """The checksum as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def atomic(path: Path) -> Iterator[BufferedRandom]:
    """A file to write to. A crash at any moment leaves the old one, the new one, or none.

    Raises:
        Unwritable: the folder or the disk.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise Unwritable(
            f"{path}: cannot be written ({error.strerror or error}). Allowed: a folder with write "
            "permission and free space. Free it, or choose another folder in the matrix."
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


@contextmanager
def sealed(path: Path) -> Iterator[BufferedRandom]:
    """`atomic`, and the checksum beside it; the file may be larger than memory."""
    with atomic(path) as file:
        yield file
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    atomic_write(seal_of(path), f"{digest}  {path.name}\n".encode())


def write_sealed(path: Path, data: bytes) -> None:
    """Write a whole file through `sealed`."""
    with sealed(path) as file:
        file.write(data)


def remake(step: str) -> str:
    """What to do about a file that a command of seqbench writes."""
    return f"Run `python -m seqbench {step} --config FILE` again."


def verify(path: Path, advice: str = RETRAIN) -> None:
    """Compare a file with its checksum, a piece at a time. advice: how it is made again.

    Raises:
        InputError: the file is absent, or it is not what was written.
    """
    with _told(path, advice), path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _compare(path, digest, advice)


def read_verified(path: Path, advice: str = RETRAIN) -> bytes:
    """The bytes of a sealed file. advice: how it is made again.

    Raises:
        InputError: the file is absent, or it is not what was written.
    """
    with _told(path, advice):
        data = path.read_bytes()
    _compare(path, sha256(data), advice)
    return data


def _compare(path: Path, actual: str, advice: str) -> None:
    with _told(path, advice):
        expected = seal_of(path).read_bytes()[: len(actual)].decode("ascii", "replace")
    if actual != expected:
        raise InputError(
            f"{path}: changed after it was written (SHA-256 {actual[:12]}, expected "
            f"{expected[:12]}). Allowed: what seqbench wrote. {advice}"
        )


@contextmanager
def _told(path: Path, advice: str) -> Iterator[None]:
    """Say in a sentence that a sealed file cannot be read."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path}: it or its checksum {seal_of(path).name} cannot be read ({error.strerror}). "
            f"Allowed: files that seqbench wrote. {advice}"
        ) from error
