"""Which files a piece of work reads, as Python's own audit tells: what they hold is its input.

    with recorded(folder) as files: ...     all that is opened in it, whoever opens it and how
    files.sums()                            {"mine.csv": SHA-256}

Code is compared by `sources`, and data sets by their ledger (`unrecorded`). Also left out are
Python and its packages, files of the system, hidden ones (caches), and what is written meanwhile.
Python is not told of what libraries open by themselves: Arrow (Parquet), HDF5, SQLite, Polars.
"""

import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

CODE = (".py", ".pyc", ".so")
SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/run", "/usr", sys.prefix, sys.base_prefix)


@dataclass(frozen=True)
class Opened:
    """The files of a piece of work.

    Attributes:
        folder:   where it writes; what lies there is no input.
        read:     the state of each file, when it was first opened to be read.
        written:  those that were opened to be written.
    """

    folder: str
    read: dict[str, tuple[int, int]] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)

    def note(self, name: object, _: object, flags: object) -> None:
        """A file is about to be opened, by its path or by a handle."""
        if not isinstance(name, str | bytes) or not isinstance(flags, int):
            return
        path = os.path.abspath(os.fsdecode(name))
        if flags & (os.O_WRONLY | os.O_RDWR):
            self.written.add(path)
        elif path not in self.read and not _apart(path, self.folder):
            with suppress(OSError, ValueError):
                self.read[path] = _state(path)

    def sums(self) -> dict[str, str]:
        """Path -> SHA-256; "" where a file is no longer what was read. Paths as seen from here."""
        here, sums = os.path.join(os.getcwd(), ""), {}
        for path in sorted(self.read.keys() - self.written):
            with suppress(OSError):  # it was a temporary one
                same = _state(path) == self.read[path]
                sums[path.removeprefix(here)] = digest(Path(path)) if same else ""
        return sums


@dataclass
class _Audit:
    at_work: Opened | None = None
    unrecorded: int = 0


_AUDIT = _Audit()


@contextmanager
def recorded(folder: Path) -> Iterator[Opened]:
    """Look at what is opened for a piece of work that writes into a folder."""
    _listen()
    outer, _AUDIT.at_work = _AUDIT.at_work, Opened(os.path.abspath(folder))
    try:
        yield _AUDIT.at_work
    finally:
        _AUDIT.at_work = outer


@contextmanager
def unrecorded() -> Iterator[None]:
    """Do not look at what is opened here: it is compared elsewhere."""
    _AUDIT.unrecorded += 1
    try:
        yield
    finally:
        _AUDIT.unrecorded -= 1


def so_far() -> dict[str, str]:
    """What the piece at work has read until now."""
    return _AUDIT.at_work.sums() if _AUDIT.at_work else {}


def digest(file: Path) -> str:
    """SHA-256 of a file; it is read again only where its size or its time is another one.

    Raises:
        OSError: it cannot be read.
    """
    return _digest(file, *_state(file))


@cache
def _digest(file: Path, size: int, changed: int) -> str:
    with unrecorded(), file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _state(path: str | Path) -> tuple[int, int]:
    """Size and time of a regular file."""
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise OSError("no file to read")
    return found.st_size, found.st_mtime_ns


def _apart(path: str, folder: str) -> bool:
    """Whether what lies there is no input of a piece of work."""
    if path.endswith(CODE) or _below(path, folder):
        return True
    home = next((base for base in (os.getcwd(), str(Path.home())) if _below(path, base)), "")
    hidden = any(part.startswith(".") for part in path.removeprefix(home).split(os.sep))
    return hidden or any(_below(path, base) for base in SYSTEM)


def _below(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))


@cache
def _listen() -> None:
    """Ask Python to tell of every file; once, for it cannot be asked to stop."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _AUDIT.at_work and not _AUDIT.unrecorded:
        _AUDIT.at_work.note(*arguments)
