"""A job ends well whatever a variant does, and retrains only what changed."""

import os
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pyarrow.parquet as pq
import pytest
from torch import Generator, Tensor

from seqbench import jobs, matrix, registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.machine import memory
from seqbench.engine.stack import Stack
from seqbench.engine.trial import Trial
from seqbench.errors import InputError
from seqbench.manifest import due
from seqbench.matrix import wanted
from seqbench.task import Batch, Task

TEXT = """\
name: test
results: {results}
seeds: {seeds}
train: {{engine: eager, hidden: 6, batch: 4, updates: 6, evaluate_every: 3, learning_rates: [0.01]}}
tasks:
  adding: {{length: 6}}
cells:
  rnn:
  memoryless:
remedies:
  none:
  truncate: {{horizon: 2}}
{more}
"""


def read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeds: str = "[1, 2]", more: str = ""
) -> matrix.Matrix:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "matrix.yaml"
    file.write_text(TEXT.format(results="results", seeds=seeds, more=more))
    return matrix.read(file)


def rows(tmp_path: Path, cell: str = "rnn", table: str = "trials") -> list[dict]:
    return pq.read_table(tmp_path / f"results/{table}/adding/{cell}.parquet").to_pylist()


def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    seen: list[tuple] = []
    birth = jobs.run.__globals__["Stack"].begin

    def begin(cell: Cell, trials: list[Trial], *where: object) -> Stack:
        seen.extend((t.name, t.seed) for t in trials)
        return birth(cell, trials, *where)

    monkeypatch.setattr(jobs.run.__globals__["Stack"], "begin", begin)
    return seen


def test_every_table_is_written_and_every_trial_has_its_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "rnn")
    assert len(rows(tmp_path)) == 4 and {r["status"] for r in rows(tmp_path)} == {"ok"}
    costs = rows(tmp_path, table="costs")
    assert len(costs) == 4 and all(r["wall_seconds"] > 0 and r["peak_bytes"] for r in costs)
    assert {r["lag"] for r in rows(tmp_path, table="flow")} == set(range(6))


def test_what_does_not_suit_is_a_row_with_its_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "memoryless")
    (hole,) = [r for r in rows(tmp_path, "memoryless") if r["remedy"] == "truncate"]
    assert hole["status"] == "not_applicable" and hole["reason"].endswith(".")
    assert hole["seed"] is None


def test_a_second_run_trains_nothing_and_writes_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    m = read(tmp_path, monkeypatch)
    jobs.run_job(m, "adding", "rnn")
    before = {p: p.read_bytes() for p in (tmp_path / "results").rglob("*.parquet")}
    seen = trained(monkeypatch)
    jobs.run_job(m, "adding", "rnn")
    assert not seen
    assert before == {p: p.read_bytes() for p in (tmp_path / "results").rglob("*.parquet")}


@pytest.mark.parametrize(
    ("change", "new"),
    [
        ({"seeds": "[1, 2, 3]"}, {("none", 3), ("truncate", 3)}),
        ({"more": "  clip_norm:"}, {("clip_norm", 1), ("clip_norm", 2)}),
    ],
)
def test_a_new_seed_or_remedy_trains_only_what_is_new(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
    new: set[tuple[str, int]],
) -> None:
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "rnn")
    seen = trained(monkeypatch)
    jobs.run_job(read(tmp_path, monkeypatch, **change), "adding", "rnn")
    assert set(seen) == new


def test_a_cell_that_fails_in_its_step_is_reported_and_the_job_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = registry.load_cell("rnn")

    def step(self: Cell, params: Tensors, state: State, x: Tensor) -> State:
        raise RuntimeError("the flux is out of phase")

    monkeypatch.setattr(type(cell), "step", step)
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "rnn")
    assert {r["status"] for r in rows(tmp_path)} == {"failed"}
    assert all("out of phase" in r["reason"] for r in rows(tmp_path))


def broken(*args: object, **kwargs: object) -> NoReturn:
    raise NameError("nobody knows me")


@pytest.mark.parametrize("what", ["chance", "sample", "lag"])
def test_a_task_that_fails_anywhere_is_rows_not_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    kind = type(registry.load_task("adding"))
    monkeypatch.setattr(kind, what, broken if what == "sample" else property(broken))
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "rnn")
    assert [(r["remedy"], r["status"]) for r in rows(tmp_path)] == [
        ("none", "failed"),
        ("truncate", "failed"),
    ]
    assert all("nobody knows me" in r["reason"] for r in rows(tmp_path))


@pytest.mark.parametrize("what", ["suits", "initialize", "__init__"])
def test_a_remedy_that_fails_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    kind = type(registry.load_remedy("orthogonal"))
    monkeypatch.setattr(kind, what, broken)
    jobs.run_job(read(tmp_path, monkeypatch, more="  orthogonal:"), "adding", "rnn")
    found = {r["remedy"]: r["status"] for r in rows(tmp_path)}
    if what == "initialize":  # it stands in one stack with `none`, whose trials fail beside it
        assert found["orthogonal"] == "failed" and found["truncate"] == "ok"
    else:
        assert found == {"none": "ok", "truncate": "ok", "orthogonal": "failed"}


def test_another_baseline_is_another_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "rnn")
    monkeypatch.setattr(type(registry.load_task("adding")), "pass_mark", 0.02)
    seen = trained(monkeypatch)
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "rnn")
    assert len(set(seen)) == 4 and all(r["pass_mark"] == 0.02 for r in rows(tmp_path))


def test_a_trial_that_the_machine_cannot_hold_is_a_row_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available", lambda device: 200_000_000)
    job = read(tmp_path, monkeypatch).job("adding", "rnn")
    for settings in ({"hidden": 6000}, {"hidden": 1000, "batch": 100_000}):
        training = job.training.model_copy(update=settings)
        found = jobs.attempt(replace(job, training=training), tmp_path, "cpu", None).trials
        assert {(row["status"], row["reason"]) for row in found} == {("failed", jobs.TOO_LARGE)}


def test_too_little_memory_halves_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, widths = jobs.run.__globals__["Stack"].begin, []

    def small(cell: Cell, trials: list[Trial], *where: object) -> Stack:
        widths.append(len(trials))
        if len(trials) > 1:
            raise MemoryError
        return begin(cell, trials, *where)

    monkeypatch.setattr(jobs.run.__globals__["Stack"], "begin", small)
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "rnn")
    assert widths == [4, 2, 1, 1, 2, 1, 1] and {r["status"] for r in rows(tmp_path)} == {"ok"}


def test_a_late_trial_that_then_fails_is_one_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = read(tmp_path, monkeypatch)
    hurried = late.train.model_copy(update={"timeout_minutes": 1e-9})
    jobs.run_job(late.model_copy(update={"train": hurried}), "adding", "rnn")
    assert {r["status"] for r in rows(tmp_path)} == {"timeout"}
    monkeypatch.setattr(jobs, "run", broken)
    jobs.run_job(late, "adding", "rnn")
    assert [r["status"] for r in rows(tmp_path)] == ["failed"] * 4


def test_nan_at_the_first_step_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = registry.load_cell("rnn")
    step = type(cell).step

    def silly(self: Cell, params: Tensors, state: State, x: Tensor) -> State:
        return tuple(part * float("nan") for part in step(self, params, state, x))

    monkeypatch.setattr(type(cell), "step", silly)
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "rnn")
    assert {r["status"] for r in rows(tmp_path)} == {"diverged"}
    assert all("at update 1:" in r["reason"] and r["test_score"] is None for r in rows(tmp_path))


def test_a_step_of_nothing_but_nan_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(self: Cell, params: Tensors, state: State, x: Tensor) -> State:
        return tuple(part.new_full(part.shape, float("nan")) for part in state)

    monkeypatch.setattr(type(registry.load_cell("rnn")), "step", step)
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "rnn")
    assert {r["status"] for r in rows(tmp_path)} == {"failed"}
    assert all("none of the cell's weights gets a gradient" in r["reason"] for r in rows(tmp_path))


def test_a_cell_without_weights_trains_its_readout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(self: Cell, params: Tensors, state: State, x: Tensor) -> State:
        return (0.5 * state[0] + x.sum(-1, keepdim=True),)

    kind = type(registry.load_cell("rnn"))
    monkeypatch.setattr(kind, "step", step)
    monkeypatch.setattr(kind, "params", lambda self: {})
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "rnn")
    assert {r["status"] for r in rows(tmp_path)} == {"ok"}
    assert {r["norm"] for r in rows(tmp_path, table="flow")} == {0.0}


def test_absent_data_are_rows_that_name_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seqbench.errors import MissingData
    from seqbench.tasks.adding import Adding

    def absent(self: Adding) -> NoReturn:
        raise MissingData("adding: not here. Allowed: x. Run `python -m seqbench data fetch`.")

    monkeypatch.setattr(Adding, "splits", absent)
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "rnn")
    assert {r["status"] for r in rows(tmp_path)} == {"failed"}
    assert all("data fetch" in r["reason"] for r in rows(tmp_path))


def test_a_results_folder_that_cannot_be_written_is_said_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    m = read(tmp_path, monkeypatch)
    (tmp_path / "results").write_text("in the way")
    seen = trained(monkeypatch)
    with pytest.raises(InputError, match="cannot be written"):
        jobs.run_job(m, "adding", "rnn")
    assert not seen


def test_no_temporary_files_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.run_job(read(tmp_path, monkeypatch), "adding", "rnn")
    names = [n for _, _, files in os.walk(tmp_path / "results") for n in files]
    kinds = (".parquet", ".sha256", ".json", ".proof", ".lock")
    assert all(n.endswith(kinds) for n in names)


def test_a_file_that_a_synthetic_task_reads_is_a_part_of_its_trials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(registry.load_task("adding"))
    sample = kind.sample

    def scaled(task: Task, n: int, stream: Generator) -> Batch:
        scale = float(Path(f"scale_{task.inputs}.txt").read_text())
        batch = sample(task, n, stream)
        return replace(batch, x=scale * batch.x)

    monkeypatch.setattr(kind, "sample", scaled)
    file, births = tmp_path / "scale_2.txt", trained(monkeypatch)
    given = read(tmp_path, monkeypatch)
    asked = wanted.of_training(given, "adding", "rnn")
    for text in ("1.0", "0.5", "0.5"):
        file.write_text(text)
        assert bool(due(tmp_path / "results", asked)) == (len(births) < 8)
        jobs.run_job(given, "adding", "rnn")
    assert len(births) == 8, "those of the first scale, and those of the second one, once"
