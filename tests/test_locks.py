"""A lock is held as long as its process lives, and whoever waits says for whom."""

import errno
import fcntl
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from seqbench import locks
from seqbench.errors import InputError


def child(work: Callable[[], object]) -> int:
    """The id of a process that does the work and dies."""
    if pid := os.fork():
        return pid
    try:
        work()
    finally:
        os._exit(0)


def hold(path: Path, ready: int, holder: bytes = b"") -> None:
    with locks.only_one(path, lambda words: None):
        if holder:
            path.write_bytes(holder)
        os.write(ready, b"!")
        signal.pause()


def test_who_waits_names_the_holder_and_goes_on_when_it_is_killed(tmp_path: Path) -> None:
    path, said = tmp_path / "deep" / "x.lock", []
    listen, ready = os.pipe()
    holder = child(lambda: hold(path, ready))
    os.read(listen, 1)

    def say(words: str) -> None:
        said.append(words)
        os.kill(holder, signal.SIGKILL)

    with locks.only_one(path, say) as waited:
        assert waited and said == [f"waits for process {holder}, which is at work on the same"]
        assert path.read_text().strip() == str(os.getpid())
    os.waitpid(holder, 0)
    with locks.only_one(path, said.append) as waited:
        assert not waited and len(said) == 1


def test_a_lock_file_with_other_bytes_is_waited_for_as_well(tmp_path: Path) -> None:
    listen, ready = os.pipe()
    holder = child(lambda: hold(tmp_path / "x.lock", ready, b"\xff"))
    os.read(listen, 1)
    said = []

    def say(words: str) -> None:
        said.append(words)
        os.kill(holder, signal.SIGKILL)

    try:
        with locks.only_one(tmp_path / "x.lock", say) as waited:
            assert waited and said == ["waits for process \ufffd, which is at work on the same"]
    finally:
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)


def test_without_locks_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*words: object) -> NoReturn:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    said: list[str] = []
    with locks.only_one(tmp_path / "x.lock", said.append) as waited:
        assert not waited and "no locks" in said[-1]


def test_a_lock_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(InputError, match="x.lock: cannot be written"),
        locks.only_one(tmp_path / "file" / "x.lock", lambda words: None),
    ):
        pass
