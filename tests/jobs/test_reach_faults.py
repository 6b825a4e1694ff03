"""A search whose store is damaged, or shared with another matrix, ends with the same bytes."""

from pathlib import Path

import pytest

from seqbench import jobs, matrix
from seqbench.cell import Cell
from seqbench.engine import train
from seqbench.engine.stack import Stack
from seqbench.engine.trial import Trial
from seqbench.jobs import reach

TEXT = """\
name: test
results: results
seeds: [1, 2]
train: {hidden: HIDDEN, batch: 8, updates: 30, evaluate_every: 10, learning_rates: [0.02],
  valid_sequences: 32, test_sequences: 32}
tasks:
  temporal_order: {length: 10}
cells: {rnn: }
remedies: {none: , REMEDY: }
reach:
  temporal_order: {from: 10, to: 14, further: [2]}
"""
TABLE = "results/reach/temporal_order/rnn.parquet"


def write(folder: Path, hidden: int = 8, remedy: str = "orthogonal") -> Path:
    text = TEXT.replace("HIDDEN", str(hidden)).replace("REMEDY", remedy)
    (folder / "m.yaml").write_text(text)
    return folder / "m.yaml"


@pytest.fixture
def born(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The remedy of every trial that is trained from now on."""
    seen: list[str] = []
    begin = train.Stack.begin

    def noted(
        cell: Cell, trials: list[Trial], sizes: dict[str, int], lag: int, *more: object
    ) -> Stack:
        seen.extend(trial.name for trial in trials)
        return begin(cell, trials, sizes, lag, *more)

    monkeypatch.setattr(train.Stack, "begin", noted)
    return seen


def test_damaged_trials_are_named_and_trained_again_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, born: list[str]
) -> None:
    found = matrix.read(write(tmp_path))
    monkeypatch.chdir(tmp_path)
    reach.run_reach(found, "temporal_order", "rnn")
    calm, records = Path(TABLE).read_bytes(), sorted(Path("results/store").rglob("*.json"))
    for i, record in enumerate(records[::2]):
        data = bytearray(record.read_bytes())
        data[-1 - i] ^= 1
        record.write_bytes(data)
    born.clear()
    reach.run_reach(found, "temporal_order", "rnn", log=Path("log"))
    assert Path(TABLE).read_bytes() == calm
    assert len(born) == len(records[::2])
    said = Path("log").read_text()
    assert all(f"{record}: is damaged" in said for record in records[::2])


def test_two_matrices_in_one_folder_do_not_disturb_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, born: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def run(path: Path) -> dict[Path, bytes]:
        found = matrix.read(path)
        jobs.run_job(found, "temporal_order", "rnn")
        reach.run_reach(found, "temporal_order", "rnn")
        tables = [p for p in Path("results").rglob("*.parquet") if "costs" not in p.parts]
        return {path: path.read_bytes() for path in tables}

    first = run(write(tmp_path))
    ours = len(born)
    other = run(write(tmp_path, remedy="identity"))
    assert sorted({*born[ours:]}) == ["identity"], "what both train is trained once"
    wider = run(write(tmp_path, hidden=9))
    assert other != first != wider
    born.clear()
    assert run(write(tmp_path)) == first
    assert born == []
