"""A record of the store that is not what this version writes is named and trained again."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from seqbench import jobs, matrix
from seqbench.engine.machine.store import Store

MATRIX = """\
name: entry
results: results
seeds: [1, 2]
train: {hidden: 4, batch: 4, updates: 2, evaluate_every: 1, learning_rates: [0.01], engine: eager}
tasks: {adding: {length: 6}}
cells: {rnn: }
remedies: {none: }
"""
TABLE = Path("results/trials/adding/rnn.parquet")


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.pop("samples"),
        lambda record: record["trial"].pop("events"),
        lambda record: record["trial"].update(stopped_at="many"),
        lambda record: record["cost"].update(stack=1.5),
        lambda record: record.update(curves=[[1, "valid"]]),
        lambda record: record.update(further=[]),
        lambda record: record.update(unheard_of=1),
    ],
)
def test_another_record_is_named_and_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[dict], object]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.yaml").write_text(MATRIX)
    found = matrix.read(Path("m.yaml"))
    jobs.run_job(found, "adding", "rnn")
    calm = TABLE.read_bytes()
    file = next(Path("results/store").rglob("*.json"))
    record = json.loads(file.read_bytes().partition(b"\n")[2])
    change(record)
    Store(Path("results/store"), print).keep_result(file.stem, record)
    jobs.run_job(found, "adding", "rnn", log=Path("log"))
    assert TABLE.read_bytes() == calm
    said = Path("log").read_text()
    assert f"{file}: is of another form and is computed again." in said
    assert "2 trials, 1 in the store" in said
