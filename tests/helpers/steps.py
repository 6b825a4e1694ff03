"""Commands one after the other, each with its seconds: every one has its turn."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parents[2]


@dataclass(frozen=True)
class Step:
    """A command of Python's, and how many seconds it may take."""

    name: str
    words: tuple[str, ...]
    most: float


@dataclass(frozen=True)
class Ended:
    """How a step ended (ok, failed, out of time, not begun), its seconds, the last line it said."""

    name: str
    how: str
    seconds: float
    said: str


def made(todo: Sequence[Step], budget: float) -> list[Ended]:
    """Every step, as far as the seconds go."""
    ends, ended = time.monotonic() + budget, list[Ended]()
    for step in todo:
        ended.append(_made(step, min(step.most, ends - time.monotonic())))
        print(f"{step.name:24} {ended[-1].how:12} {ended[-1].seconds:6.1f} s  {ended[-1].said}")
    return ended


def _made(step: Step, seconds: float) -> Ended:
    if seconds < 1:
        return Ended(step.name, "not begun", 0.0, "")
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        try:
            command = [sys.executable, *step.words]
            done = subprocess.run(command, cwd=HOME, stdout=output, stderr=output, timeout=seconds)
            how = "failed" if done.returncode else "ok"
        except subprocess.TimeoutExpired:
            how = "out of time"
        output.seek(0)
        lines = output.read().decode(errors="replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return Ended(step.name, how, round(time.monotonic() - began, 1), said[:200])
