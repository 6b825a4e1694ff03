"""Advisory locks: a process holds them as long as it lives, however it ends.

They are the system's `flock`. Between machines they hold as far as a shared file system carries
them (NFS does, unless it is mounted with `nolock` or `local_lock`). Where there are none, nobody
waits for anybody, and a run says so: every file stays whole, but two drivers train the same twice.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from seqbench.errors import InputError

DRIVER = Path(".snakemake/driver")  # locked, as long as it lives, by whoever drives this folder


def driver() -> TextIO:
    """The file that a driver of this folder locks.

    Raises:
        InputError: it cannot be written.
    """
    try:
        DRIVER.parent.mkdir(exist_ok=True)
        return DRIVER.open("w")
    except OSError as error:
        raise InputError(
            f"{DRIVER}: cannot be written ({error.strerror}). Allowed: a project folder with write "
            "permission. Make it writable, or move what is in the way."
        ) from error


def free(handle: int) -> bool:
    """Take the lock of an open file or folder, if nobody else has it; whether it is ours now."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held by another process; or there are no locks
        return False
    return True


@contextmanager
def only_one(path: Path, say: Callable[[str], None]) -> Iterator[bool]:
    """Hold the lock of a file, which stays; wait for another process that has it, and say so.

    Gives whether it had to wait.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="ascii")
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}). Allowed: a folder with write "
            "permission. Make it writable, or choose another folder under `results:`."
        ) from error
    with file:
        waited = not free(file.fileno())
        if waited:
            waited = _wait(file.fileno(), path, say)
        file.truncate(0)
        print(os.getpid(), file=file, flush=True)
        yield waited


def _wait(handle: int, path: Path, say: Callable[[str], None]) -> bool:
    """Wait for a lock; whether that was possible."""
    holder = path.read_text(encoding="ascii", errors="replace").strip() or "that just began"
    say(f"waits for process {holder}, which is at work on the same")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError as error:
        say(f"does not wait: this file system has no locks ({error.strerror})")
        return False
    return True
