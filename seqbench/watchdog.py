"""What hangs is ended from outside and passed over, and so is what ends its process.

A job runs as a child of the process that a person or the workflow started. Where a piece of it
takes longer than it may, the interpreter's own watchdog, which needs no help from Python code,
writes down which line it stands in and ends the child; the next child leaves that piece out.
Where a piece ends the child (os._exit, a fault in C), the next one tries it once more.

    supervise()                               from here on, this is the child
    with limit(10, fingerprints): train()     a piece, which may take so many minutes
    beat()                                    it goes on: its minutes begin anew
    ends()                                    at what pieces the children before it ended
"""

import faulthandler
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from ctypes import CDLL
from dataclasses import dataclass, field
from typing import BinaryIO, ClassVar, NoReturn

# Read by glibc and OpenMP before Python starts. Large blocks stay with the process instead of
# going back to the system after every step; one thread per job, as many jobs as cores.
ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": "4000000000",
    "MALLOC_TRIM_THRESHOLD_": "8000000000",
    "MALLOC_TOP_PAD_": "64000000",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
ALWAYS = {"PYTHONHASHSEED": "0"}  # the hash of a text, and so the order of a set
KILL_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux
FRAME = re.compile(r'^  File "(.+)", line (\d+) in ', re.MULTILINE)
BETWEEN = 1.0  # seconds between two beats that count, as each begins a thread
ENDED = "Timeout ("  # how faulthandler begins
STOPPED = (-signal.SIGINT, -signal.SIGTERM, -getattr(signal, "SIGHUP", 1))  # by whoever wants so


Frame = tuple[str, int]


@dataclass(frozen=True)
class Hang:
    """A piece of work that did not end: its name, its limit, and the lines in which it stood.

    Attributes:
        names:    the piece, as it was named.
        minutes:  the limit that it passed.
        frames:   (file, line), the innermost first.
    """

    status: ClassVar = "timeout"
    names: tuple[str, ...]
    minutes: float
    frames: tuple[Frame, ...]

    def reason(self, files: Collection[str]) -> str:
        """Where it stood, in a sentence: the innermost line in one of these files, else of all."""
        words = f"did not end within {self.minutes:g} minutes and was ended."
        return f"{_place(self.frames, files)}{words}"


@dataclass(frozen=True)
class Death:
    """A piece of work that ended its process.

    Attributes:
        names:   the piece, as it was named.
        code:    the exit code, or minus the signal.
        frames:  (file, line), the innermost first, where Python noticed: after a fault in C.
    """

    status: ClassVar = "failed"
    names: tuple[str, ...]
    code: int
    frames: tuple[Frame, ...]

    def reason(self, files: Collection[str]) -> str:
        """How it ended, in a sentence, and where if that is known, as `Hang.reason`."""
        by = f"with code {self.code}" if self.code >= 0 else f"by {signal.Signals(-self.code).name}"
        return (
            f"{_place(self.frames, files)}the process ended {by} in it, twice. Allowed: errors "
            "that are raised. Remove what ends the process, or give it more memory."
        )


def _place(frames: Sequence[Frame], files: Collection[str]) -> str:
    theirs = [frame for frame in frames if frame[0] in files] or frames
    return f"{theirs[0][0].rpartition('/')[2]}, line {theirs[0][1]}: " if theirs else ""


@dataclass
class _State:
    note: BinaryIO | None = None  # where a child says what it is at; None: nobody watches
    ends: list[Hang | Death] = field(default_factory=list)
    piece: tuple[float, tuple[str, ...]] | None = None  # at work
    beaten: float = 0.0  # when its minutes began


_STATE = _State()


def ends() -> list[Hang | Death]:
    """At what the children before this one ended."""
    return _STATE.ends


def hang_of(name: str) -> Hang | None:
    """How the piece of this name hung, if it did."""
    hangs = (end for end in ends() if isinstance(end, Hang))
    return next((hang for hang in hangs if name in hang.names), None)


def deaths_of(name: str) -> list[Death]:
    """The processes that the piece of this name ended."""
    return [end for end in ends() if isinstance(end, Death) and name in end.names]


def end_of(name: str) -> Hang | Death | None:
    """Why the piece of this name is passed over: it hung, or ended two processes.

    One may have been ended by somebody else, as by a system that runs out of memory.
    """
    return hang_of(name) or next(iter(deaths_of(name)[1:]), None)


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
        _forget(_STATE.note)
        if outer:
            _watch(_STATE.note, *outer)


def beat() -> None:
    """The piece at work goes on, so its minutes begin anew; may be called at every update."""
    if _STATE.note and _STATE.piece and time.monotonic() - _STATE.beaten > BETWEEN:
        _arm(_STATE.note, _STATE.piece[0])


def _forget(note: BinaryIO) -> None:
    note.seek(0)
    note.truncate()


def _watch(note: BinaryIO, minutes: float, names: tuple[str, ...]) -> None:
    _forget(note)
    note.write(json.dumps([minutes, names]).encode() + b"\n")
    note.flush()
    _arm(note, minutes)


def _arm(note: BinaryIO, minutes: float) -> None:
    _STATE.beaten = time.monotonic()
    faulthandler.dump_traceback_later(60 * minutes, file=note, exit=True)


def supervise() -> None:
    """Go on in a child, and in another one where a piece ended it. The parent ends as they do."""
    if not hasattr(os, "fork"):
        return
    sys.stdout.flush()
    with tempfile.TemporaryFile() as note:
        parent = os.getpid()
        while child := os.fork():
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            found = _read(note, code)
            if found is None:
                _say(code)
                end_like(code)
            _STATE.ends.append(found)
        _STATE.note = open(os.dup(note.fileno()), "r+b")  # noqa: SIM115 - as long as it lives
        faulthandler.enable(_STATE.note)
    die_with(parent)


def _say(code: int) -> None:
    """In a sentence, that a signal ended it which nobody sends to stop it."""
    if code < 0 and code not in (*STOPPED, -signal.SIGKILL):
        print(
            f"The process was ended by {signal.Signals(-code).name}, as it is where memory is "
            "short. Allowed: more memory, or fewer jobs at once. Run it again: what was trained "
            "is kept.",
            file=sys.stderr,
        )


def _read(note: BinaryIO, code: int) -> Hang | Death | None:
    """At what piece a child ended, if it was at one and nobody stopped it."""
    note.seek(0)
    first, _, rest = note.read().decode(errors="replace").partition("\n")
    _forget(note)
    if not first.startswith("[") or code in STOPPED:  # what faulthandler says of no piece
        return None
    minutes, names = json.loads(first)
    # the watchdog lists all threads, the main one last
    main = rest.rpartition("(most recent call first):")[2]
    frames = tuple((file, int(line)) for file, line in FRAME.findall(main))
    if rest.startswith(ENDED):
        return Hang(tuple(names), minutes, frames)
    return Death(tuple(names), code, frames)


def end_like(code: int) -> NoReturn:
    """End with a child's exit code, or by the signal that ended it."""
    if code < 0:
        with suppress(OSError):  # nobody may handle SIGKILL
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


def die_with(parent: int) -> None:
    """End when the parent ends, whatever ends it, as if both were one process."""
    if sys.platform == "linux":
        CDLL(None).prctl(KILL_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:  # it was faster
            os._exit(1)
