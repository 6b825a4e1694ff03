"""A piece that hangs is ended, however it hangs, and the process after it leaves it out."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.places import HOME

PROGRAM = """\
import ctypes, os, sys, time
from seqbench import watchdog
watchdog.supervise()
for piece in ("first", "second"):
    if any(piece in hang.names for hang in watchdog.hung()):
        print(piece, "hung after", *{h.minutes for h in watchdog.hung()}, flush=True)
        continue
    with watchdog.limit(0.01, [piece]):
        if piece == "first":
            HANGS
    print(piece, "done", flush=True)
print("lines", [line for h in watchdog.hung() for file, line in h.frames], flush=True)
ENDS
"""
HANGS = {
    "in Python": "while True: pass",
    "in C, which lets others work": "time.sleep(1000)",
    "in C, which does not": "ctypes.PyDLL(None).sleep(1000)",
}


def start(folder: Path, hangs: str, ends: str = "") -> subprocess.Popen[str]:
    (folder / "program.py").write_text(PROGRAM.replace("HANGS", hangs).replace("ENDS", ends))
    return subprocess.Popen(
        [sys.executable, "program.py"], cwd=folder, env=os.environ | {"PYTHONPATH": str(HOME)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("hangs", HANGS.values(), ids=HANGS)
def test_what_hangs_is_ended_and_left_out(tmp_path: Path, hangs: str) -> None:
    process = start(tmp_path, hangs)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    lines = said.splitlines()
    assert lines[:2] == ["first hung after 0.01", "second done"]
    assert "10" in lines[2], "the line that hangs"


@pytest.mark.parametrize(
    ("ends", "code"),
    [("sys.exit(2)", 2), ("os.kill(os.getpid(), 9)", -9), ("raise KeyboardInterrupt", -2)],
)
def test_it_ends_as_its_child_does(tmp_path: Path, ends: str, code: int) -> None:
    process = start(tmp_path, "pass", ends)
    process.communicate(timeout=60)
    assert process.returncode == code


@pytest.mark.timeout(60)
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the child goes on by itself")
def test_parent_and_child_die_together(tmp_path: Path) -> None:
    process = start(tmp_path, "pass", "print('goes on', flush=True); time.sleep(1000)")
    assert [process.stdout.readline() for _ in range(4)][-1] == "goes on\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout.read() == "", "the pipe ends with the last process that has it"
    process.stdout.close()
