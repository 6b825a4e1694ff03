"""What hangs is ended from outside and passed over.

A job runs as a child of the process that a person or the workflow started. Where a piece of it
takes longer than it may, the interpreter's own watchdog, which needs no help from Python code,
writes down which line it stands in and ends the child; the next child leaves that piece out.

    supervise()                               from here on, this is the child
    with limit(90, fingerprints): train()     a piece, which may take so many minutes
    hung()                                    what pieces took longer, for the children after it
"""

import faulthandler
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from ctypes import CDLL
from dataclasses import dataclass, field
from typing import BinaryIO, NoReturn

KILL_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux
FRAME = re.compile(r'^  File "(.+)", line (\d+) in ', re.MULTILINE)
ENDED = "Timeout ("  # how faulthandler begins


@dataclass(frozen=True)
class Hang:
    """A piece of work that did not end: its name, its limit, and the lines in which it stood.

    Attributes:
        names:    the piece, as it was named.
        minutes:  the limit that it passed.
        frames:   (file, line), the innermost first.
    """

    names: tuple[str, ...]
    minutes: float
    frames: tuple[tuple[str, int], ...]

    def reason(self, files: Collection[str]) -> str:
        """Where it stood, in a sentence: the innermost line in one of these files, else of all."""
        theirs = [frame for frame in self.frames if frame[0] in files] or self.frames
        place = f"{theirs[0][0].rpartition('/')[2]}, line {theirs[0][1]}: " if theirs else ""
        return f"{place}did not end within {self.minutes:g} minutes and was ended."


@dataclass
class _State:
    note: BinaryIO | None = None  # where a child says what it is at; None: nobody watches
    hung: list[Hang] = field(default_factory=list)
    piece: tuple[float, tuple[str, ...]] | None = None  # at work


_STATE = _State()


def hung() -> list[Hang]:
    """What hung in the children before this one."""
    return _STATE.hung


def hang_of(name: str) -> Hang | None:
    """How the piece of this name hung, if it did."""
    return next((hang for hang in hung() if name in hang.names), None)


@contextmanager
def limit(minutes: float, names: Sequence[str]) -> Iterator[None]:
    """A piece of work that may take so many minutes; it has none where nobody watches.

    A piece within a piece has minutes of its own; then those of the outer one begin anew.
    """
    if _STATE.note is None:
        yield
        return
    outer, _STATE.piece = _STATE.piece, (minutes, tuple(names))
    _watch(_STATE.note, *_STATE.piece)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        _STATE.piece = outer
        if outer:
            _watch(_STATE.note, *outer)


def _watch(note: BinaryIO, minutes: float, names: tuple[str, ...]) -> None:
    note.seek(0)
    note.truncate()
    note.write(json.dumps([minutes, names]).encode() + b"\n")
    note.flush()
    faulthandler.dump_traceback_later(60 * minutes, file=note, exit=True)


def supervise() -> None:
    """Go on in a child, and in another one where something hung. The parent ends as they do."""
    if not hasattr(os, "fork"):
        return
    sys.stdout.flush()
    with tempfile.TemporaryFile() as note:
        parent = os.getpid()
        while child := os.fork():
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            found = _read(note)
            if found is None:
                _end_like(code)
            _STATE.hung.append(found)
        _STATE.note = open(os.dup(note.fileno()), "r+b")  # noqa: SIM115 - as long as it lives
    _die_with(parent)


def _read(note: BinaryIO) -> Hang | None:
    """What the watchdog left of a child, if it ended it."""
    note.seek(0)
    first, _, rest = note.read().decode(errors="replace").partition("\n")
    note.seek(0)
    note.truncate()
    if not rest.startswith(ENDED):
        return None
    minutes, names = json.loads(first)
    # the watchdog lists all threads, the main one last
    main = rest.rpartition("(most recent call first):")[2]
    frames = tuple((file, int(line)) for file, line in FRAME.findall(main))
    return Hang(tuple(names), minutes, frames)


def _end_like(code: int) -> NoReturn:
    """End with a child's exit code, or by the signal that ended it."""
    if code < 0:
        with suppress(OSError):  # nobody may handle SIGKILL
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


def _die_with(parent: int) -> None:
    """End when the parent ends, whatever ends it, as if both were one process."""
    if sys.platform == "linux":
        CDLL(None).prctl(KILL_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:  # it was faster
            os._exit(1)
