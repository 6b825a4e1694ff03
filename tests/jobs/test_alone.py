"""Drivers that die leave jobs that go on, and two may start at once: nothing is trained twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import product
from pathlib import Path

import pytest

from seqbench import locks
from seqbench.jobs.alone import alone
from seqbench.matrix.job import Job
from seqbench.training import Training
from tests.helpers.places import HOME

MATRIX = """\
name: alone
results: results
seeds: [1, 2]
train: {hidden: 4, batch: 4, updates: 4, evaluate_every: 2, learning_rates: [0.01], engine: eager}
tasks:
  temporal_order: {length: 12}
cells:
  rnn:
remedies:
  none:
reach:
  temporal_order: {from: 12, to: 12}
"""
# A job that writes down what it trains, and waits before its first update for a word.
JOB = """\
import os
from pathlib import Path
from seqbench import jobs, matrix
from seqbench.engine import train
from seqbench.jobs import reach

update = train.Updates.__call__

def note(words):
    with Path("events").open("a") as events:
        print(os.getpid(), words, file=events)

def noted(self, stack, batch):
    if stack.done == 0:
        note("begins")
        open("word").read()
    update(self, stack, batch)
    if stack.done == 4:
        note("ends")

train.Updates.__call__ = noted
work = {"train": jobs.run_job, "reach": reach.run_reach}["KIND"]
work(matrix.read(Path("matrix.yaml")), "temporal_order", "rnn", log=Path("log"))
"""
pytestmark = pytest.mark.timeout(120)
DRIVER = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.stdin.read()])"
Process = subprocess.Popen[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "matrix.yaml").write_text(MATRIX)
    os.mkfifo(tmp_path / "word")
    return tmp_path


@pytest.fixture
def started() -> Iterator[list[Process]]:
    """Processes that are over when the test is, each with all that it started."""
    processes: list[Process] = []
    yield processes
    for process in processes:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stderr.close()


def drive(folder: Path, kind: str, started: list[Process]) -> Process:
    """A driver with a job of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER], cwd=folder, env=os.environ | {"PYTHONPATH": str(HOME)},
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    started.append(process)
    process.stdin.write(JOB.replace("KIND", kind))
    process.stdin.close()
    return process


def heard(process: Process, words: str) -> str:
    """Wait for a line of a process that has these words."""
    for line in process.stderr:
        if words in line:
            return line
    raise AssertionError(f"never said {words!r}")


def trial(folder: Path, kind: str, driver_dies: bool, started: list[Process]) -> None:
    first = drive(folder, kind, started)
    heard(first, "2 trials, 0 in the store")
    word = os.open(folder / "word", os.O_WRONLY)  # opens when the job reads: it is in training
    if driver_dies:
        first.kill()
        first.wait()
    second = drive(folder, kind, started)
    holder = (folder / "events").read_text().split()[0]
    assert f"waits for process {holder}," in heard(second, "waits for process")
    os.close(word)
    heard(second, "2 trials, 2 in the store")
    second.stderr.read()
    assert second.wait() == 0
    assert (folder / "events").read_text() == f"{holder} begins\n{holder} ends\n"
    assert f"waits for process {holder}" in (folder / "log").read_text()
    assert list((folder / "results").glob(f"{'trials' if kind == 'train' else kind}/*/rnn.parquet"))
    assert not list((folder / "results").rglob("*.part"))


@pytest.mark.parametrize(
    ("kind", "driver_dies"), [("train", True), ("reach", True), ("train", False)]
)
def test_a_second_process_waits_for_the_first_and_trains_nothing_again(
    folder: Path, kind: str, driver_dies: bool, started: list[Process]
) -> None:
    trial(folder, kind, driver_dies, started)


def test_other_work_waits_for_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_wait", lambda *given: pytest.fail("it waits"))
    with ExitStack() as held:
        for kind, task, cell in product(("train", "reach"), ("adding", "copy"), ("rnn", "lstm")):
            job = Job(task, {}, cell, {}, {"none": {}}, (1,), Training())
            held.enter_context(alone(tmp_path, kind, job, None))


@pytest.mark.faults
@pytest.mark.parametrize("repetition", range(10))
def test_again_and_again(folder: Path, repetition: int, started: list[Process]) -> None:
    trial(folder, ("train", "reach")[repetition % 2], repetition % 3 > 0, started)
