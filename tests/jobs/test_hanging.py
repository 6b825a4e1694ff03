"""What hangs, or ends its process, is rows that say so; the other trials of the job are trained."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from seqbench import jobs, manifest, matrix, registry, watchdog
from seqbench.cells.rnn import Rnn
from seqbench.initialization import tables
from seqbench.jobs import trying
from seqbench.jobs.hanging import patience
from seqbench.matrix import wanted
from seqbench.remedies.orthogonal import Orthogonal
from seqbench.remedy import Remedy
from seqbench.tasks.adding import Adding
from seqbench.training import Training
from seqbench.watchdog import Death, Hang

MATRIX = """\
name: hanging
results: results
seeds: [1, 2]
train: {hidden: 4, batch: 4, updates: 4, evaluate_every: 2, learning_rates: [0.01], engine: eager,
  timeout_minutes: MINUTES}
tasks: {adding: {length: 6}}
cells: {rnn: }
remedies: {none: , identity: , truncate: {horizon: 2}, SLEEPY: }
"""
SLEEPY = '''"""Sleepy: one update never ends."""

import ctypes
from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.remedy import At, Remedy


@dataclass(frozen=True, kw_only=True)
class Sleepy(Remedy):
    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        if at.step == STEP:
            ctypes.PyDLL(None).sleep(10_000)  # holds the interpreter
        return grads
MORE'''
CELL = '''"""Slow: NAME."""

import threading
import time
from dataclasses import dataclass
from typing import ClassVar

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, affine
from torch import Tensor

AT_IMPORT


@dataclass(frozen=True, kw_only=True)
class Slow(Cell):
    family: ClassVar[Family] = "simple"

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        AT_STEP
        return (affine(params, x, *state).tanh(),)
'''
SLEEP = "time.sleep(10_000)"
THREAD = "threading.Thread(target=time.sleep, args=(10_000,)).start()"
LIMITS = {
    "initialization/tables.py": ("MINUTES = 10.0", "MINUTES = 0.1"),
    "jobs/trying.py": ("MINUTES = 5.0", "MINUTES = 0.1"),
    "__main__.py": ("LAST = 10.0", "LAST = 0.1"),
}
DEADLY = '''"""Deadly: one update ends the process."""

import os
import signal
from dataclasses import dataclass

from seqbench.axes import Tensors
from seqbench.remedy import At, Remedy


@dataclass(frozen=True, kw_only=True)
class Deadly(Remedy):
    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        if at.step == STEP:
            ENDS
        return grads
'''
TABLE = Path("results/trials/adding/rnn.parquet")


def read(folder: Path, minutes: float, sleepy: str = "orthogonal") -> matrix.Matrix:
    text = MATRIX.replace("MINUTES", str(minutes)).replace("SLEEPY", sleepy)
    (folder / "m.yaml").write_text(text)
    return matrix.read(folder / "m.yaml")


def statuses(folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in pq.read_table(folder / TABLE).to_pylist():
        found.setdefault(row["remedy"], set()).add(row["status"])
    return found


def ended_at(monkeypatch: pytest.MonkeyPatch, *there: Hang | Death) -> None:
    """As if processes before this one had ended there."""
    monkeypatch.setattr(watchdog, "ends", lambda: [*there])


def hang(monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], file: str) -> None:
    """As if a process before this one had hung there."""
    ended_at(monkeypatch, Hang(names, 70.0, (("/usr/lib/re.py", 7), (file, 12))))


def test_the_trials_of_the_remedy_that_hung_are_rows_until_they_get_more_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read(tmp_path, 60)
    jobs.run_job(found, "adding", "rnn")
    trained = {row["remedy"]: row for row in pq.read_table(TABLE).to_pylist()}
    names = tuple(row["fingerprint"] for row in pq.read_table(TABLE).to_pylist())
    hang(monkeypatch, names, str(registry.path("remedies", "orthogonal")))
    jobs.run_job(found, "adding", "rnn")
    ended_at(monkeypatch)
    for _ in range(2):
        assert statuses(tmp_path) == dict.fromkeys(trained, {"ok"}) | {"orthogonal": {"timeout"}}
        jobs.run_job(found, "adding", "rnn", log=Path("log"))
        assert "8 trials, 8 in the store" in Path("log").read_text()
    assert not is_due(found) and is_due(read(tmp_path, 61))
    (why,) = {row["reason"] for row in pq.read_table(TABLE).to_pylist() if row["reason"]}
    assert why.startswith("orthogonal.py, line 12: did not end within 70 minutes")
    jobs.run_job(read(tmp_path, 61), "adding", "rnn")
    assert statuses(tmp_path) == dict.fromkeys(trained, {"ok"})


def is_due(asked: matrix.Matrix) -> str:
    return manifest.due(Path("results"), wanted.of_training(asked, "adding", "rnn"))


def test_a_task_that_hung_before_any_trial_is_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read(tmp_path, 60)
    hang(monkeypatch, (found.job("adding", "rnn").digest,), str(registry.path("tasks", "adding")))
    jobs.run_job(found, "adding", "rnn")
    assert all(status == {"timeout"} for status in statuses(tmp_path).values())
    assert "adding.py, line 12" in str(pq.read_table(TABLE).to_pylist()[0]["reason"])
    assert not is_due(found), "it would hang again"
    assert is_due(read(tmp_path, 61))


@pytest.mark.parametrize(("timeout", "minutes"), [(1, 10), (60, 10), (240, 40)])
def test_what_is_long_goes_with_the_time_that_a_stack_has(timeout: float, minutes: float) -> None:
    assert patience(Training(timeout_minutes=timeout)) == minutes


HANGS = "ctypes.PyDLL(None).sleep(10_000)"
IN_SUITS = f"\n    def suits(self, cell, task):\n        {HANGS}\n"


@pytest.mark.parametrize(
    ("step", "more", "line"),
    [
        (3, "", 14),
        pytest.param(0, "", 14, marks=pytest.mark.faults),
        pytest.param(-1, IN_SUITS, 18, marks=pytest.mark.faults, id="in suits"),
        pytest.param(-1, f"\n\n{HANGS}\n", 18, marks=pytest.mark.faults, id="at import"),
    ],
)
def test_a_remedy_that_never_returns_is_ended_and_the_others_are_trained(
    project: Path,
    run: Callable[..., subprocess.CompletedProcess[str]],
    step: int,
    more: str,
    line: int,
) -> None:
    """No proof is made at update 3; one is made at update 0."""
    (project / "seqbench/remedies/sleepy.py").write_text(
        SLEEPY.replace("STEP", str(step)).replace("MORE", more)
    )
    hanging = project / "seqbench/jobs/hanging.py"
    hanging.write_text(hanging.read_text().replace("LEAST = 10.0", "LEAST = 0.1"))
    (project / "m.yaml").write_text(MATRIX.replace("MINUTES", "0.05").replace("SLEEPY", "sleepy"))
    words = ("train", "--config", "m.yaml", "--task", "adding", "--cell", "rnn")
    ended = run("seqbench", *words, timeout=100)
    assert ended.returncode == 1, ended.stderr
    found = statuses(project)
    assert found.pop("sleepy") == {"timeout"} and set(map(tuple, found.values())) == {("ok",)}
    assert f"sleepy.py, line {line}: did not end within 0.1 minutes" in ended.stderr


@pytest.mark.parametrize(
    "command", ["initialization", pytest.param("check", marks=pytest.mark.faults)]
)
def test_a_cell_that_hangs_is_ended_and_a_thread_that_goes_on_is_not_waited_for(
    project: Path, run: Callable[..., subprocess.CompletedProcess[str]], command: str
) -> None:
    for name, (old, new) in LIMITS.items():
        file = project / "seqbench" / name
        assert old in (text := file.read_text())
        file.write_text(text.replace(old, new))
    for name, at_import, at_step in (("sleepy", "", SLEEP), ("threaded", THREAD, "")):
        text = CELL.replace("AT_IMPORT", at_import).replace("AT_STEP", at_step or "pass")
        (project / f"seqbench/cells/{name}.py").write_text(text)
    text = MATRIX.replace("MINUTES", "60").replace("SLEEPY", "clip_norm")
    (project / "m.yaml").write_text(text.replace("{rnn: }", "{rnn: , sleepy: , threaded: }"))
    ended = run("seqbench", command, "--config", "m.yaml", timeout=100)
    assert ended.returncode == 1, ended.stderr
    (said,) = ended.stderr.splitlines()
    assert "sleepy.py, line 20: did not end within 0.1 minutes and was ended." in said
    if command == "initialization":
        cards = pq.read_table(project / "results/cards.parquet").to_pylist()
        assert {row["cell"] for row in cards if row["flow"]} == {"rnn", "threaded"}
        assert (project / "results/theorems.parquet").exists()


def test_check_and_initialization_pass_over_what_hung_or_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names, frames = ("cells.rnn", "cells.rnn/none"), ((str(registry.path("cells", "rnn")), 12),)
    found = read(tmp_path, 60)
    for ends, words in (
        ([Hang(names, 70.0, frames)], "did not end within 70 minutes and was ended."),
        ([Death(names, -11, frames)] * 2, "the process ended by SIGSEGV in it, twice."),
    ):
        ended_at(monkeypatch, *ends)
        (fault,) = trying.faults(found)
        assert fault.startswith(f"cells.rnn: rnn.py, line 12: {words}")
        assert tables.write(found) == [fault.replace("cells.rnn:", "rnn / none:")]
        (card,) = pq.read_table("results/cards.parquet").to_pylist()
        assert (card["cell"], f"cells.rnn: {card['reason']}") == ("rnn", fault)


def test_all_code_of_a_variant_has_a_limit_and_a_remedy_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found, pieces = read(tmp_path, 60), [""]
    seen: dict[str, set[str]] = {"others": set(), "remedies": set()}

    @contextmanager
    def limit(minutes: float, names: Sequence[str]) -> Iterator[None]:
        pieces.append(names[0])
        yield
        pieces.pop()

    def noted(work: Callable[..., object]) -> Callable[..., object]:
        def noted(*given: object, **more: object) -> object:
            remedy = given[0] == "remedies" or isinstance(given[0], Remedy)
            seen["remedies" if remedy else "others"].add(pieces[-1])
            return work(*given, **more)

        return noted

    monkeypatch.setattr(watchdog, "limit", limit)
    monkeypatch.setattr(registry, "module", noted(registry.module))
    for kind in (Adding, Rnn, Orthogonal):
        for verb in {"sample", "loss", "step", "suits", "initialize"} & vars(kind).keys():
            monkeypatch.setattr(kind, verb, noted(getattr(kind, verb)))
    trying.faults(found)
    tables.write(found)
    jobs.run_job(found, "adding", "rnn")
    digest = found.job("adding", "rnn").digest
    assert "" not in seen["others"] and digest in seen["others"]
    assert not {"", digest} & seen["remedies"]


def scores(folder: Path) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for row in pq.read_table(folder / TABLE).to_pylist():
        found.setdefault(row["remedy"], []).append((row["status"], row["test_score"]))
    return found


@pytest.mark.parametrize(
    ("ends", "step", "says"),
    [
        ("os._exit(3)", 3, "adding, rnn or deadly: the process ended with code 3 in it, twice."),
        pytest.param("os._exit(0)", 0, "the process ended with code 0", marks=pytest.mark.faults),
        pytest.param(
            "os.kill(os.getpid(), signal.SIGSEGV)",
            3,
            "deadly.py, line 15: the process ended by SIGSEGV",
            marks=pytest.mark.faults,
        ),
        pytest.param(
            "os.kill(os.getpid(), signal.SIGKILL)",
            3,
            "adding, rnn or deadly: the process ended by SIGKILL",
            marks=pytest.mark.faults,
        ),
    ],
)
def test_what_ends_its_process_fails_and_the_others_train_to_the_same_bits(
    project: Path,
    run: Callable[..., subprocess.CompletedProcess[str]],
    ends: str,
    step: int,
    says: str,
) -> None:
    jobs.train(read(project, 60).job("adding", "rnn"), project / "results")
    undisturbed = scores(project)
    del undisturbed["orthogonal"]
    shutil.rmtree(project / "results")
    (project / "m.yaml").write_text(MATRIX.replace("MINUTES", "60").replace("SLEEPY", "deadly"))
    deadly = DEADLY.replace("STEP", str(step)).replace("ENDS", ends)
    (project / "seqbench/remedies/deadly.py").write_text(deadly)
    ended = run("seqbench", "train", "--config", "m.yaml", "--task", "adding", "--cell", "rnn")
    assert ended.returncode == 1, ended.stderr
    found = scores(project)
    assert {status for status, _ in found.pop("deadly")} == {"failed"}
    assert found == undisturbed
    assert says in ended.stderr
    rows = pq.read_table(project / TABLE).to_pylist()
    assert all(says in row["reason"] for row in rows if row["remedy"] == "deadly")
    assert not list((project / "results/store").rglob("*.pt"))


def test_what_ended_a_process_once_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been ended by somebody else."""
    monkeypatch.chdir(tmp_path)
    found = read(tmp_path, 60)
    there = Death((found.job("adding", "rnn").digest,), -9, ())
    for deaths, status in ((1, "ok"), (2, "failed")):
        ended_at(monkeypatch, *[there] * deaths)
        tables = jobs.train(found.job("adding", "rnn"), tmp_path / "results")
        assert {row["status"] for row in tables.trials} == {status}
    assert "adding, rnn: the process ended by SIGKILL" in tables.unfinished
