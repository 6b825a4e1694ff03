"""Which files a piece of work reads, as Python's own audit tells: what they hold is its input.

    with recorded(folder) as files: ...     all that is opened in it, whoever opens it and how
    files.sums()                            {"mine.csv": SHA-256}

A folder that is listed is an input, too: the names in it. Code is compared by `sources`, and data
sets by their ledger (`unrecorded`). Also left out are Python and its packages, files of the system,
hidden ones (caches), and what is made meanwhile. Python is not told of what libraries open by
themselves (Arrow, HDF5, SQLite, Polars, `torch.from_file`), nor of what other processes open.
"""

import hashlib
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

CODE = (".py", ".pyc", ".so")
HEARD = ("open", "os.listdir", "os.scandir")
SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/run", "/usr", sys.prefix, sys.base_prefix)


State = tuple[int, int] | str
MISSING = "missing"  # of a file that is not there


@dataclass(frozen=True)
class Opened:
    """The files of a piece of work.

    Attributes:
        folder:   where it writes; what lies there is no input.
        read:     the state of each file, when it was first opened, and of each folder listed.
        written:  the files that it made, or emptied.
        known:    checksums of files that were read when a part of the work was done before.
    """

    folder: str
    read: dict[str, State] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    known: dict[str, str] = field(default_factory=dict)

    def opens(self, path: str, flags: int, *, named: bool) -> None:
        """A file is about to be opened; named: by its whole name, so that one may be missing."""
        there = os.path.exists(path)
        if flags & os.O_TRUNC or flags & os.O_CREAT and not there:
            self.written.add(path)
        elif flags & os.O_WRONLY:
            return
        elif os.path.isfile(path) or (named and not there and _within(path, os.getcwd())):
            self._note(path)

    def lists(self, path: str) -> None:
        """A folder is about to be listed."""
        if os.path.isdir(path):
            self._note(path)

    def _note(self, path: str) -> None:
        if path not in self.read and not _apart(path, self.folder):
            with suppress(OSError, ValueError):
                self.read[path] = _state(path)

    def sums(self) -> dict[str, str]:
        """Path -> SHA-256; "" where a file is no longer what was read. Paths as seen from here."""
        here, sums = os.getcwd(), {}
        for path in sorted(self.read.keys() - self.written):
            before, name = self.read[path], os.path.relpath(path) if _within(path, here) else path
            with suppress(OSError):
                now = _state(path)
                if now == MISSING != before:
                    continue  # it was a temporary one
                # other names in a folder may be of what is made meanwhile
                sums[name] = digest(Path(path)) if isinstance(before, str) or now == before else ""
        return self.known | sums


@dataclass
class _Audit:
    at_work: list[Opened] = field(default_factory=list)  # the inner ones behind the outer ones
    unrecorded: int = 0


_AUDIT = _Audit()


@contextmanager
def recorded(folder: Path) -> Iterator[Opened]:
    """Look at what is opened for a piece of work that writes into a folder."""
    _listen()
    _AUDIT.at_work.append(files := Opened(os.path.abspath(folder)))
    try:
        yield files
    finally:
        _AUDIT.at_work.pop()


@contextmanager
def unrecorded() -> Iterator[None]:
    """Do not look at what is opened here: it is compared elsewhere."""
    _AUDIT.unrecorded += 1
    try:
        yield
    finally:
        _AUDIT.unrecorded -= 1


def so_far() -> dict[str, str]:
    """What the innermost piece at work has read until now."""
    return _AUDIT.at_work[-1].sums() if _AUDIT.at_work else {}


def unchanged(read: Mapping[str, str]) -> bool:
    """Whether files are what they were when work was done before that rests on them.

    Then they are an input of what is at work now, too.
    """
    try:
        same = all(digest(Path(path)) == expected for path, expected in read.items())
    except OSError:
        return False
    for piece in _AUDIT.at_work if same else ():
        piece.known.update(read)
    return same


def digest(path: Path) -> str:
    """SHA-256 of a file, or of the names in a folder; MISSING.

    A file is read again only where its size or its time is another one.

    Raises:
        OSError: it cannot be read.
    """
    state = _state(path)
    return state if isinstance(state, str) else _digest(path, *state)


@cache
def _digest(file: Path, size: int, changed: int) -> str:
    with unrecorded(), file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _state(path: str | Path) -> State:
    """Size and time of a regular file; of a folder, the SHA-256 of the names in it; MISSING."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    if stat.S_ISDIR(found.st_mode):
        with unrecorded():
            names = sorted(name for name in os.listdir(path) if not _no_data(name))
        return hashlib.sha256("\n".join(names).encode(errors="surrogateescape")).hexdigest()
    if not stat.S_ISREG(found.st_mode):
        raise OSError("no file to read")
    return found.st_size, found.st_mtime_ns


def _no_data(name: str) -> bool:
    """Whether a file of that name is code, or hidden."""
    return name.startswith(".") or name.endswith((*CODE, "__pycache__"))


def _apart(path: str, folder: str) -> bool:
    """Whether what lies there is no input of a piece of work."""
    if path.endswith(CODE) or _within(path, folder):
        return True
    home = next((base for base in (os.getcwd(), str(Path.home())) if _within(path, base)), "")
    hidden = any(part.startswith(".") for part in path.removeprefix(home).split(os.sep))
    elsewhere = (base for base in SYSTEM if not _within(os.getcwd(), base))
    return hidden or any(_within(path, base) for base in elsewhere)


def _within(path: str, folder: str) -> bool:
    return os.path.join(path, "").startswith(os.path.join(folder, ""))


@cache
def _listen() -> None:
    """Ask Python to tell of every file; once, for it cannot be asked to stop."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    if event not in HEARD or not _AUDIT.at_work or _AUDIT.unrecorded:
        return
    opens = event == "open"
    if not opens and "importlib" in sys._getframe(1).f_code.co_filename:
        return  # it looks for modules, or for what packages announce
    with unrecorded():
        name, mode, flags = arguments if opens else (*arguments, "r", os.O_RDONLY)
        for path in _paths(name, by_handle=mode is None):
            for piece in _AUDIT.at_work:
                if not opens:
                    piece.lists(path)
                elif isinstance(flags, int):
                    piece.opens(path, flags, named=mode is not None)


def _paths(name: object, *, by_handle: bool) -> Iterator[str]:
    """Where a name may lie: in the working folder or, as `dir_fd` is not told, an open one."""
    handles = Path("/proc/self/fd")
    if name is None or isinstance(name, str | bytes | os.PathLike):
        path = os.fsdecode(name or ".")
        yield os.path.abspath(path)
        if by_handle and not os.path.isabs(path) and handles.is_dir():
            for handle in os.listdir(handles):
                with suppress(OSError):
                    folder = os.readlink(handles / handle)
                    if os.path.isdir(folder):
                        yield os.path.join(folder, path)
    elif isinstance(name, int):  # of a folder that is open
        with suppress(OSError):
            yield os.readlink(handles / str(name))
