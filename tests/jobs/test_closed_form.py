"""A readout in closed form on a network of its own size, beside those that are trained."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from seqbench import jobs, matrix
from seqbench.engine.trial import SOLVED, Trial, stacks
from seqbench.matrix.job import solved
from seqbench.registry import load_remedy

TEXT = """\
name: test
results: results
seeds: [1, 2, 3]
train: {engine: eager, hidden: 6, CLOSED batch: 4, updates: 4, evaluate_every: 2,
  valid_sequences: 8, test_sequences: 8, solve_batches: 2, learning_rates: [0.01]}
tasks: {adding: {length: 6}}
cells: {rnn: }
remedies: {none: , clip_norm: , reservoir+leaky+ridge_readout: }
"""
CLOSED = "reservoir+leaky+ridge_readout"


def trained(folder: Path, monkeypatch: pytest.MonkeyPatch, units: str) -> list[dict[str, object]]:
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("m.yaml").write_text(TEXT.replace("CLOSED", units))
    jobs.run_job(matrix.read(Path("m.yaml")), "adding", "rnn")
    return pq.read_table("results/trials/adding/rnn.parquet").to_pylist()


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list, list]:
    usual = trained(tmp_path / "usual", monkeypatch, "")
    return usual, trained(tmp_path / "other", monkeypatch, "closed_form_hidden: 20,")


def test_its_network_alone_has_other_units(both: tuple[list, list]) -> None:
    _, other = both
    assert {row["hidden"] for row in other if row["remedy"] == CLOSED} == {20}
    assert {row["hidden"] for row in other if row["remedy"] != CLOSED} == {6}
    assert {row["trained"] for row in other if row["remedy"] == CLOSED} == {21}
    assert {row["status"] for row in other} == {"ok"}


def test_the_others_are_the_same_trials(both: tuple[list, list]) -> None:
    usual, other = ([row for row in rows if row["remedy"] != CLOSED] for rows in both)
    assert usual == other  # fingerprints included


def test_without_it_everything_has_as_many(both: tuple[list, list]) -> None:
    assert {row["hidden"] for row in both[0]} == {6}


def test_what_is_solved_is_read_from_the_sources() -> None:
    assert solved(CLOSED) and solved("ridge_readout")
    assert not solved("clip_norm") and not solved("clip_norm+orthogonal")


def test_few_of_them_are_in_a_stack() -> None:
    remedy = load_remedy("ridge_readout", {})
    trials = [Trial("ridge_readout", remedy, seed, None, str(seed)) for seed in range(5)]
    assert max(map(len, stacks(trials, 128))) == SOLVED
