"""What hangs is rows with the status timeout; the other trials of the job are trained."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from seqbench import jobs, matrix, registry, watchdog
from seqbench.initialization import tables
from seqbench.jobs import trying
from seqbench.watchdog import Hang

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


def hang(monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], file: str) -> None:
    """As if a process before this one had hung there."""
    there = Hang(names, 70.0, (("/usr/lib/re.py", 7), (file, 12)))
    monkeypatch.setattr(watchdog, "hung", lambda: [there])


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
    monkeypatch.setattr(watchdog, "hung", lambda: [])
    for _ in range(2):
        assert statuses(tmp_path) == dict.fromkeys(trained, {"ok"}) | {"orthogonal": {"timeout"}}
        jobs.run_job(found, "adding", "rnn", log=Path("log"))
        assert "8 trials, 8 in the store" in Path("log").read_text()
    (why,) = {row["reason"] for row in pq.read_table(TABLE).to_pylist() if row["reason"]}
    assert why.startswith("orthogonal.py, line 12: did not end within 70 minutes")
    jobs.run_job(read(tmp_path, 61), "adding", "rnn")
    assert statuses(tmp_path) == dict.fromkeys(trained, {"ok"})


def test_a_task_that_hung_before_any_trial_is_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read(tmp_path, 60)
    hang(monkeypatch, (found.job("adding", "rnn").digest,), str(registry.path("tasks", "adding")))
    jobs.run_job(found, "adding", "rnn")
    assert all(status == {"timeout"} for status in statuses(tmp_path).values())
    assert "adding.py, line 12" in str(pq.read_table(TABLE).to_pylist()[0]["reason"])


@pytest.mark.parametrize("step", [2, pytest.param(0, marks=pytest.mark.faults)])
def test_a_step_that_never_returns_is_ended_and_the_others_are_trained(
    project: Path, run: Callable[..., subprocess.CompletedProcess[str]], step: int
) -> None:
    """No proof is made at update 2; one is made at update 0."""
    (project / "seqbench/remedies/sleepy.py").write_text(SLEEPY.replace("STEP", str(step)))
    hanging = project / "seqbench/jobs/hanging.py"
    hanging.write_text(hanging.read_text().replace("GRACE = 10.0", "GRACE = 0.05"))
    (project / "m.yaml").write_text(MATRIX.replace("MINUTES", "0.05").replace("SLEEPY", "sleepy"))
    words = ("train", "--config", "m.yaml", "--task", "adding", "--cell", "rnn")
    ended = run("seqbench", *words, timeout=100)
    assert ended.returncode == 1, ended.stderr
    found = statuses(project)
    assert found.pop("sleepy") == {"timeout"} and set(map(tuple, found.values())) == {("ok",)}
    assert "sleepy.py, line 14: did not end within 0.1 minutes" in ended.stderr


def test_check_and_initialization_pass_over_what_hung(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang(monkeypatch, ("cells.rnn", "rnn"), str(registry.path("cells", "rnn")))
    monkeypatch.chdir(tmp_path)
    found = read(tmp_path, 60)
    words = "rnn.py, line 12: did not end within 70 minutes and was ended."
    assert trying.faults(found) == [f"cells.rnn: {words}"]
    tables.write(found)
    (card,) = pq.read_table("results/cards.parquet").to_pylist()
    assert (card["cell"], card["reason"]) == ("rnn", words)
