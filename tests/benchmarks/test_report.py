"""What is written: targets, the grid, memory, and no name of a machine."""

import json
import platform
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seqbench import matrix
from seqbench.benchmarks import (
    floor,
    grid,
    kernels,
    memory,
    peers,
    pipeline,
    session,
    table,
    targets,
    where,
)
from seqbench.benchmarks.grid import Case
from seqbench.benchmarks.kernels import Growth, Result
from tests.helpers.races import BRIEF, CPU, TINY, timing


def test_a_doubling_is_of_the_whole_run() -> None:
    cases = [replace(TINY, trials=n) for n in (1, 4)]
    times = [timing("1", 100.0), timing("4", 50.0, 2.0)]  # per trial: half, so the whole is twice
    assert kernels.doubling("trials", cases, times) == pytest.approx(2**0.5)


def test_targets_are_met_or_not_or_not_measured() -> None:
    timings = [timing("torch.nn.LSTM", 60.0), timing("seqbench eager", 20.0, 3.0)]
    result = Result(Case("lstm", 32, 8), timings, {}, {})
    least = [timing(floor.NAME, 8.0, 7.5), timing("seqbench fused", 20.0, 3.0)]
    near = Result(Case("lstm", 64, 8), least, {}, {})
    grown = Growth("trials", "seqbench eager", [TINY], [], 2.5)
    found = {t.what: t for t in targets.listed([result, near], [grown], [], False)}
    over = found["lstm H=64, pass: time over the arithmetic floor"]
    assert over.measured == 2.5 and over.verdict == "not met"
    assert found["lstm H=32, pass: speed over torch.nn.LSTM"].verdict == "met"
    assert found["lstm H=64, pass: speed over torch.nn.LSTM"].verdict == targets.NOT_HERE
    assert found["trials x2: time of seqbench eager"].verdict == "not met"
    on_gpu = {t.what: t for t in targets.listed([result], [], [], True)}
    assert on_gpu["lstm H=32, pass: speed over torch.nn.LSTM"].verdict == "not met"  # 50


def test_the_grid_covers_what_it_promises() -> None:
    full = [*grid.races(grid.FULL), *sum(grid.growths(False).values(), [])]
    assert {case.hidden for case in full} >= {16, 32, 64, 128, 256}
    assert {case.trials for case in full} >= {1, 256}
    assert {case.steps for case in full} >= {32, 1024}
    assert all(case.cell in peers.PEERS for case in grid.races(grid.FULL))
    assert set(grid.races(grid.QUICK)) != set(grid.races(grid.FULL))
    on_gpu = [*grid.races(replace(grid.FULL, on_gpu=True))]
    assert all(case.trials >= 100 for case in on_gpu if case.hidden <= 64)


def test_a_stack_s_memory_is_at_least_its_states() -> None:
    (row, *_) = memory.measured(CPU, True)
    states = 16 * 100 * 32 * 32 * 4  # trials, steps, batch, units, bytes
    assert 5 * states < row["bytes"] < 50 * states, row


def test_matrices_are_cut_to_size(tmp_path: Path) -> None:
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow" / "config").symlink_to(pipeline.HOME / "workflow" / "config")
    for size in (100, 10_000):
        found = matrix.read(pipeline.reduced(tmp_path, size))
        assert len(found.jobs()) == pytest.approx(size, abs=30)
    found = matrix.read(pipeline.many_trials(tmp_path, 5000))
    assert pipeline.JOB in found.jobs()
    trials = sum(found.trials(task) for task, _ in found.jobs())
    assert trials == pytest.approx(5000, rel=0.2)


def test_everything_is_written_and_says_no_machine_s_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(grid, "QUICK", BRIEF)
    monkeypatch.setattr(grid, "races", lambda effort: [TINY, replace(TINY, work="update")])
    sizes = [replace(TINY, trials=n) for n in (1, 2)]
    monkeypatch.setattr(grid, "growths", lambda quick: {"trials": sizes})
    monkeypatch.setattr(memory, "measured", lambda device, quick: [])
    gone = [pipeline.Skipped("everything", "for this test")]
    monkeypatch.setattr(pipeline, "measured", lambda quick: gone)
    path = session.run(quick=True, out=tmp_path / "x.json", wish="cpu")
    text = path.read_text()
    found = json.loads(text)
    assert found["quick"] and found["versions"]["torch"] == torch.__version__
    assert found["machine"]["threads"] == 1 and found["commit"] and found["date"]
    passed, updated = found["races"]
    assert passed["case"] == {
        "cell": "lstm", "hidden": 5, "trials": 3, "work": "pass", "steps": 7, "batch": 4
    }  # fmt: skip
    assert passed["timings"][0]["contender"] == "torch.nn.LSTM"
    assert passed["timings"][0]["ratio"]["median"] == 1
    assert updated["timings"][-1]["contender"].startswith("seqbench")
    assert all(row["verdict"] for row in found["targets"])
    assert str(Path.home()) not in text and str(pipeline.HOME) not in text
    assert len(platform.node()) < 4 or platform.node() not in text
    said = capsys.readouterr().out
    assert "torch.nn.LSTM" in said and "NVIDIA" not in said and "target" in said


def test_a_file_is_named_after_what_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session.devices, "machine", lambda: "Intel(R) Xeon(R) Processor, AVX2")
    assert session.file_name(CPU) == "intel-xeon-processor-avx2"


def test_outside_a_checkout_the_commit_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where.registry, "HOME", tmp_path / "seqbench")
    assert where.commit() == "not a checkout"


def test_tables_hold_a_line_for_everyone() -> None:
    timings = [timing("torch.nn.LSTM", 60.0), timing("seqbench eager", 20.0, 3.0)]
    torch_, eager, flash = list(table.race(Result(TINY, timings, {"FlashRNN": "no GPU"}, {})))[-3:]
    assert "torch.nn.LSTM" in torch_ and "60.0" in torch_ and "1.00" in torch_
    assert "seqbench eager" in eager and "20.0" in eager and "3.00" in eager
    assert "skipped: no GPU" in flash
