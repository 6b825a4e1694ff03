"""Files that are whole or absent, and that say when somebody edited them.

Every file is written by `atomic` (a draft beside the target, synced, renamed). What is read back
has its SHA-256 in a hidden file beside it (`sealed`); `verify` refuses bytes that differ. After a
crash between a file and its seal it is refused, too, and made again. What a killed writer left of a
draft is swept by the next one.
"""

import errno
import fcntl
import hashlib
import os
import platform
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedRandom
from pathlib import Path

from seqbench import locks, opened
from seqbench.errors import InputError, Unwritable

RETRAIN = "Delete it and run snakemake again."

# How the names of drafts end: with a mark of this machine, which does not tell its name.
DRAFT = f".{hashlib.sha256(platform.node().encode()).hexdigest()[:8]}.part"
ABANDONED = 86_400  # seconds after which another machine's draft is swept


def sha256(data: bytes) -> str:
    """The checksum as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def atomic(path: Path) -> Iterator[BufferedRandom]:
    """A file to write to. A crash at any moment leaves the old one, the new one, or none.

    Raises:
        Unwritable: the folder or the disk.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _draft(path) as (file, name):
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.chmod(name, 0o644)
            os.replace(name, path)
    except OSError as error:
        raise _unwritable(path, error) from error


@contextmanager
def _draft(path: Path) -> Iterator[tuple[BufferedRandom, str]]:
    """A temporary file beside a path, locked as long as its writer lives, and then removed."""
    sweep(path.parent)
    while True:
        handle, name = tempfile.mkstemp(DRAFT, f".{path.name}.", path.parent)
        if _kept(handle, name):
            break
        os.close(handle)
    try:
        with open(handle, "w+b") as file:
            yield file, name
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """A temporary folder in a folder, locked as long as its owner lives, and then removed.

    Raises:
        OSError: the folder cannot be written.
    """
    sweep(folder)
    while True:
        name = tempfile.mkdtemp(DRAFT, ".", folder)
        with suppress(FileNotFoundError):  # somebody swept it before it was opened
            handle = os.open(name, os.O_RDONLY)
            if _kept(handle, name):
                break
            os.close(handle)
    try:
        yield Path(name)
    finally:
        shutil.rmtree(name, ignore_errors=True)
        os.close(handle)


def _kept(handle: int, name: str) -> bool:
    """Lock a new draft; False where somebody swept it before it was locked."""
    with suppress(OSError):  # no locks here: then nobody sweeps, either
        fcntl.flock(handle, fcntl.LOCK_EX)
    return os.path.exists(name)


def sweep(folder: Path) -> None:
    """Remove the drafts of a folder that dead writers left: those that nobody has locked.

    A lock may not be seen from another machine, so what others wrote lies for a day.
    """
    with opened.unrecorded():
        drafts = [*folder.glob(".*.part")]
    for left in drafts:
        with suppress(OSError):  # another process may be faster
            ours = left.name.endswith(DRAFT)
            if not ours and left.stat().st_mtime > time.time() - ABANDONED:
                continue
            handle = os.open(left, os.O_RDONLY if left.is_dir() else os.O_RDWR)
            try:
                if locks.free(handle):
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
            finally:
                os.close(handle)


def atomic_write(path: Path, data: bytes) -> None:
    """Write a whole file through `atomic`."""
    with atomic(path) as file:
        file.write(data)


def seal_of(path: Path) -> Path:
    """Where the checksum of a sealed file is kept."""
    return path.with_name(f".{path.name}.sha256")


def ensure_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written, before hours of work are spent; sweep all of it.

    Raises:
        InputError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _draft(folder / "writable"):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error
    for inner, _, _ in os.walk(folder):
        sweep(Path(inner))


def _unwritable(path: Path, error: OSError) -> Unwritable:
    return Unwritable(
        f"{path}: cannot be written ({error.strerror or error}). Allowed: a folder with write "
        "permission and free space. Free it, or choose another folder in the matrix."
    )


@contextmanager
def sealed(path: Path) -> Iterator[BufferedRandom]:
    """`atomic`, and the checksum beside it; the file may be larger than memory."""
    make_room(path)
    make_room(seal_of(path))
    with atomic(path) as file:
        yield file
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    atomic_write(seal_of(path), f"{digest}  {path.name}\n".encode())


def make_room(path: Path) -> None:
    """Give a folder that lies where a file belongs another name; nothing in it is lost."""
    if path.is_dir() and not path.is_symlink():
        aside = path.rename(path.with_name(f"{path.name}.{time.time_ns()}.unusable"))
        print(f"{path}: was a folder, which is now {aside.name}.", file=sys.stderr)


def write_sealed(path: Path, data: bytes) -> None:
    """Write a whole file through `sealed`."""
    with sealed(path) as file:
        file.write(data)


def remake(step: str) -> str:
    """What to do about a file that a command of seqbench writes."""
    return f"Run `python -m seqbench {step} --config FILE` again."


def regular(path: Path) -> Path:
    """The path of a file that has an end: one would wait for ever for what a pipe may bring.

    Raises:
        OSError: it is none, or is not there.
    """
    if stat.S_ISREG(path.stat().st_mode) or path.is_dir():  # a folder is refused by who opens it
        return path
    raise OSError(errno.EINVAL, "no regular file", str(path))


def verify(path: Path, advice: str = RETRAIN) -> str:
    """Compare a file with its checksum, a piece at a time; gives it. advice: how it is made again.

    Raises:
        InputError: the file is absent, or it is not what was written.
    """
    with _told(path, advice), regular(path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _compare(path, digest, advice)
    return digest


def read_verified(path: Path, advice: str = RETRAIN) -> bytes:
    """The bytes of a sealed file. advice: how it is made again.

    Raises:
        InputError: the file is absent, or it is not what was written.
    """
    with _told(path, advice):
        data = regular(path).read_bytes()
    _compare(path, sha256(data), advice)
    return data


def _compare(path: Path, actual: str, advice: str) -> None:
    with _told(path, advice):
        expected = regular(seal_of(path)).read_bytes()[: len(actual)].decode("ascii", "replace")
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
