"""Which files a piece of work reads, as Python's own audit tells: what they hold is its input.

    with recorded(folder) as files: ...     all that is opened in it, whoever opens it and how
    files.sums()                            {"mine.csv": SHA-256}

A folder that is listed is an input, too: the names in it. So is that one of them was missing. Code
is compared by `sources`, and data sets by their ledger (`unrecorded`). Also left out are Python and
its packages, files of the system, hidden ones (caches), and what is made meanwhile. Python is not
told of what libraries open by themselves (Arrow, HDF5, SQLite, Polars, `torch.from_file`), nor of
what other processes open.
"""

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from glob import has_magic
from pathlib import Path

CODE = (".py", ".pyc", ".so")
LISTED = ("os.listdir", "os.scandir")
GLOBBED = ("pathlib.Path.glob", "pathlib.Path.rglob")  # which lists no folder that is not there
MADE = {
    "os.mkdir": 0,
    "os.truncate": 0,
    "os.rename": 1,
    "os.link": 1,
    "os.symlink": 1,
}  # which argument is made
HEARD = {"open", *MADE, *LISTED, *GLOBBED}  # of the many, as every call of a kernel is one, too
SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/run", "/usr", "/bin", "/lib", "/lib64", "/sbin")
PACKAGES = (sys.prefix, sys.base_prefix)
DATA = ("/dev/shm", "/run/media")  # people's files in places of the system

State = tuple[int, int] | str
MISSING = "missing"  # of a file or a folder that is not there
REWRITTEN = "rewritten"  # of one that the work read and changed


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

    def opens(self, path: str, flags: int, *, missing: bool) -> None:
        """A file is about to be opened; missing: what is not there is what was looked for."""
        there = os.path.exists(path)
        if flags & os.O_TRUNC or flags & os.O_CREAT and not there:
            if not self.makes(path):
                self.written.add(path)
        elif flags & os.O_WRONLY:
            self.makes(path)
        elif os.path.isfile(path) or missing and not there:
            self._note(path)
            if there and flags & os.O_RDWR:
                self.makes(path)

    def lists(self, path: str) -> None:
        """A folder is about to be listed."""
        if os.path.isdir(path) or not os.path.exists(path):
            self._note(path)

    def makes(self, path: str) -> bool:
        """A file or a folder is made, perhaps anew; whether it was read before."""
        before = self.read.get(path, MISSING)
        if before != MISSING:
            self.read[path] = REWRITTEN
        elif path in self.read:
            self.written.add(path)
        return before != MISSING

    def _note(self, path: str) -> None:
        if path in self.read or _apart(path, self.folder):
            return
        with suppress(OSError, ValueError):
            if (state := _state(path)) != MISSING or not _no_name(path):
                self.read[path] = state

    def sums(self) -> dict[str, str]:
        """Path -> SHA-256; "" where a file is no longer what was read. Paths as seen from here."""
        here, sums = os.getcwd(), {}
        for path in sorted(self.read.keys() - self.written):
            before = self.read[path]
            name = "." if path == here else path.removeprefix(os.path.join(here, ""))
            with suppress(OSError):
                now = _state(path)
                if now == MISSING != before:
                    continue  # it was a temporary one
                # other names in a folder may be of what is made meanwhile
                loose = isinstance(before, str) and before != MISSING
                sums[name] = digest(Path(path)) if loose or now == before else ""
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
    here = os.getcwd()
    home = next((base for base in (here, str(Path.home())) if _within(path, base)), "")
    parts = path.removeprefix(home).split(os.sep)
    hidden = any(part.startswith(".") and part != os.pardir for part in parts)
    theirs = PACKAGES if any(_within(path, base) for base in DATA) else (*SYSTEM, *PACKAGES)
    return hidden or any(_within(path, base) and not _within(here, base) for base in theirs)


def _no_name(path: str) -> bool:
    """Whether what is missing is a temporary file, code (`<string>`), or a place of modules."""
    temporary = _within(path, tempfile.gettempdir()) and not _within(path, os.getcwd())
    return temporary or path.endswith(">") or path in map(os.path.abspath, sys.path)


def _within(path: str, folder: str) -> bool:
    return os.path.join(path, "").startswith(os.path.join(folder, ""))


@cache
def _listen() -> None:
    """Ask Python to tell of every file; once, for it cannot be asked to stop."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    if event not in HEARD or not _AUDIT.at_work or _AUDIT.unrecorded:
        return
    with unrecorded():
        if event == "open":
            name, mode, flags = arguments
            assert isinstance(flags, int)
            paths = [*_paths(name, by_handle=mode is None)]
            missing = not any(map(os.path.exists, paths))
            for path in paths:
                for piece in _AUDIT.at_work:
                    piece.opens(path, flags, missing=missing)
        elif event in MADE:
            for path in _paths(arguments[MADE[event]]):
                for piece in _AUDIT.at_work:
                    piece.makes(path)
        elif event in LISTED or event in GLOBBED:
            if "importlib" in sys._getframe(1).f_code.co_filename:
                return  # it looks for modules, or for what packages announce
            for path in _paths(_globbed(*arguments) if event in GLOBBED else arguments[0]):
                for piece in _AUDIT.at_work:
                    piece.lists(path)


def _globbed(folder: object, pattern: object) -> Path:
    """The folder that is listed for a pattern."""
    found = Path(str(folder))
    for part in Path(str(pattern)).parts[:-1]:
        if has_magic(part):
            break
        found /= part
    return found


def _paths(name: object, *, by_handle: bool = False) -> Iterator[str]:
    """Where a name may lie: in the working folder or, as `dir_fd` is not told, an open one."""
    handles = Path("/proc/self/fd")
    if name is None or isinstance(name, str | bytes | os.PathLike):
        path = os.fsdecode(name or ".")
        yield _place(os.getcwd(), path)
        if by_handle and not os.path.isabs(path) and handles.is_dir():
            for handle in os.listdir(handles):
                with suppress(OSError):
                    folder = os.readlink(handles / handle)
                    if os.path.isdir(folder):
                        yield _place(folder, path)
    elif isinstance(name, int):  # of what is open; a pipe or what is deleted has no place
        with suppress(OSError):
            if os.path.exists(place := os.readlink(handles / str(name))):
                yield place


def _place(folder: str, name: str) -> str:
    """A name in full; with its `..`, where that leads out of a folder behind a link."""
    path = os.path.join(folder, name)
    plain = os.path.normpath(path)
    if os.pardir in name.split(os.sep) and os.path.realpath(path) != os.path.realpath(plain):
        return path
    return plain
