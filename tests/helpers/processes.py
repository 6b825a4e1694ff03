"""The processes of a run: who they are, what they are at, and how to disturb them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

RUN = [sys.executable, "workflow/run.py"]


def until(true: Callable[[], bool], seconds: float = 120) -> bool:
    """Whether it becomes true in time; looked at often, so that the moment is hit."""
    end = time.monotonic() + seconds
    while not (answer := true()) and time.monotonic() < end:
        time.sleep(0.005)
    return answer


def _ignore_interrupts() -> None:
    """As a shell without job control starts what ends in &."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def start(project: Path, log: Path, *words: str, **variables: str) -> subprocess.Popen[bytes]:
    """A driver in a session of its own; what it says is in the log."""
    environment = os.environ | variables
    with log.open("w") as file:
        return subprocess.Popen(
            [*RUN, *words], cwd=project, env=environment, stdin=subprocess.DEVNULL,
            stdout=file, stderr=file, start_new_session=True, preexec_fn=_ignore_interrupts,
        )  # fmt: skip


def drive(project: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A whole run, undisturbed."""
    environment = os.environ | variables
    return subprocess.run(
        [*RUN, *words], cwd=project, env=environment, capture_output=True, text=True, timeout=900
    )


def members(session: int) -> dict[int, str]:
    """The living processes of a session: their command lines by number."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_text().replace("\0", " ").strip()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found[int(folder.name)] = command
    return found


def jobs(session: int, rule: str = "train") -> list[int]:
    """The processes of a session that run this command of ours."""
    words = f"-m seqbench {rule} "
    running = members(session).items()
    return sorted(pid for pid, line in running if words in line and "bash -c" not in line)


def kill(*pids: int) -> None:
    """SIGKILL, to whoever is still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_session(session: int) -> None:
    """SIGKILL to all of a session, until nobody is left: some may be starting others."""
    while pids := members(session):
        kill(*pids)
        time.sleep(0.005)
