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
    if any(piece in hang.names for hang in watchdog.ends()):
        print(piece, "hung after", *{h.minutes for h in watchdog.ends()}, flush=True)
        continue
    with watchdog.limit(0.01, [piece]):
        if piece == "first":
            HANGS
    print(piece, "done", flush=True)
print("lines", [line for h in watchdog.ends() for file, line in h.frames], flush=True)
ENDS
"""
DEADLY = """\
import os
from seqbench import watchdog
watchdog.supervise()
for piece in ("first", "second"):
    if end := watchdog.end_of(piece):
        print(piece, "ended with", end.code, flush=True)
        continue
    with watchdog.limit(9, [piece]):
        if piece == "first":
            print("first begins", flush=True)
            ENDING
    print(piece, "done", flush=True)
"""
HANGS = {
    "in Python": "while True: pass",
    "in C, which lets others work": "time.sleep(1000)",
    "in C, which does not": "ctypes.PyDLL(None).sleep(1000)",
}


BEATS = """\
import time
from seqbench import watchdog
watchdog.supervise()
watchdog.BETWEEN = 0.05
with watchdog.limit(0.05, ["slow"]):
    end = time.monotonic() + 4
    while time.monotonic() < end:
        time.sleep(0.01)
        watchdog.beat()
print(*watchdog.ends(), "done", flush=True)
"""


NESTED = """\
import threading, time
from seqbench import watchdog

def elsewhere():
    time.sleep(10)

watchdog.supervise()
watchdog.BETWEEN = 0.05
if watchdog.ends():
    print(*[(h.names, [line for _, line in h.frames]) for h in watchdog.ends()], flush=True)
else:
    threading.Thread(target=elsewhere, daemon=True).start()
    with watchdog.limit(0.02, ["outer"]):
        with watchdog.limit(0.01, ["inner"]):
            pass
        end = time.monotonic() + 2
        while time.monotonic() < end:
            time.sleep(0.01)
            watchdog.beat()
    time.sleep(1.5)
    with watchdog.limit(0.01, ["outer"]):
        with watchdog.limit(9, ["inner"]):
            print("begins", flush=True)
        time.sleep(10)
"""


def start(
    folder: Path, hangs: str = "", ends: str = "", program: str = PROGRAM
) -> subprocess.Popen[str]:
    (folder / "program.py").write_text(program.replace("HANGS", hangs).replace("ENDS", ends))
    return subprocess.Popen(
        [sys.executable, "program.py"], cwd=folder, env=os.environ | {"PYTHONPATH": str(HOME)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_what_goes_on_does_not_hang_however_long_it_takes(tmp_path: Path) -> None:
    process = start(tmp_path, program=BEATS)
    assert process.communicate(timeout=60)[0] == "done\n"


def test_after_an_inner_piece_the_outer_one_goes_on_with_its_minutes(tmp_path: Path) -> None:
    """And beats count for it, nothing counts after it, and of all threads the main one is said."""
    process = start(tmp_path, program=NESTED)
    said, _ = process.communicate(timeout=60)
    assert said.splitlines() == ["begins", "(('outer',), [24])"]


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


ENDINGS = {
    "by code": ("os._exit(3)", "3"),
    "as if all were well": ("os._exit(0)", "0"),
    "by a signal": ("os.kill(os.getpid(), 9)", "-9"),
    "by a fault": ("os.kill(os.getpid(), 11)", "-11"),
}


@pytest.mark.parametrize(("ending", "code"), ENDINGS.values(), ids=ENDINGS)
def test_what_ends_its_process_is_tried_twice_and_left_out(
    tmp_path: Path, ending: str, code: str
) -> None:
    (tmp_path / "program.py").write_text(DEADLY.replace("ENDING", ending))
    words = [sys.executable, "program.py"]
    environment = os.environ | {"PYTHONPATH": str(HOME)}
    ended = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    tries = ["first begins", "first begins", f"first ended with {code}", "second done"]
    assert ended.stdout.splitlines() == tries


def test_between_two_pieces_it_ends_as_its_child_does(tmp_path: Path) -> None:
    process = start(tmp_path, "pass", "os._exit(3)")
    process.communicate(timeout=60)
    assert process.returncode == 3


def test_who_is_stopped_in_a_piece_is_not_tried_again(tmp_path: Path) -> None:
    process = start(tmp_path, "os.kill(os.getpid(), 15)")
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, said) == (-15, "")
