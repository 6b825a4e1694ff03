"""Trials trained again: equal to what was recorded, beside it, and refused where there are none."""

import os
import shutil
from pathlib import Path

import pytest
from pyarrow import parquet

from seqbench import matrix, records
from seqbench.__main__ import main
from seqbench.errors import InputError
from seqbench.jobs.again import recorded
from tests.helpers import seals

TEXT = """\
name: again
results: {folder}/results
seeds: [1, 2]
train:
  {{learning_rates: [0.01, 0.1], hidden: 4, batch: 4, updates: 6, evaluate_every: 3,
   valid_sequences: 8, test_sequences: 8}}
tasks:
  adding: {{length: 6}}
cells:
  rnn:
remedies:
  none:
  clip_norm:
  forget_bias:
  spectral_radius+ridge_readout:
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("again")
    file = folder / "again.yaml"
    file.write_text(TEXT.format(folder=folder))
    assert main(["train", "--config", str(file), "--task", "adding", "--cell", "rnn"]) == 0
    return file


def again(file: Path, *options: str) -> int:
    return main(["train", "--config", str(file), "--task", "adding", "--cell", "rnn", *options])


def held(file: Path) -> dict[str, bytes]:
    folder = Path(matrix.read(file).results)
    paths = [Path(root) / name for root, _, names in os.walk(folder) for name in names]
    return {str(path): path.read_bytes() for path in sorted(paths)}


def test_a_trial_alone_is_the_recorded_one(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = held(trained)
    assert again(trained, "--remedy", "clip_norm", "--seed", "2", "--learning-rate", "0.1") == 0
    said = capsys.readouterr().out
    assert "adding / rnn / clip_norm, seed 2, learning rate 0.1\n  ok" in said
    assert said.count("equals the recorded trial in every number") == 1
    assert "mse: valid 0." in said and "skill " in said and "after 6 updates" in said
    assert held(trained) == before, "neither tables nor store were touched"


def test_without_a_seed_all_of_them(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert again(trained, "--remedy", "none") == 0
    assert capsys.readouterr().out.count("equals the recorded") == 4
    assert again(trained, "--remedy", "spectral_radius+ridge_readout", "--seed", "1") == 0
    assert capsys.readouterr().out.count("equals the recorded") == 1
    assert again(trained, "--remedy", "forget_bias") == 0
    assert "not_applicable: " in capsys.readouterr().out


def test_another_number_is_named(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(matrix.read(trained).results)
    file = folder / "trials" / "adding" / "rnn.parquet"
    table = records.read(file, "trials")
    place = table.schema.get_field_index("test_score")
    other = table.set_column(place, "test_score", [[9.0] * len(table)])
    (folder / "tables").mkdir()
    parquet.write_table(other, folder / "tables" / "trials.parquet")
    seals.sealed(folder / "tables" / "trials.parquet")
    try:
        assert again(trained, "--remedy", "none", "--seed", "1", "--learning-rate", "0.1") == 1
        assert "DIFFERS from the recorded trial: test_score was 9.0, is 0." in (
            capsys.readouterr().out
        )
        parquet.write_table(other.slice(0, 0), folder / "tables" / "trials.parquet")
        with pytest.raises(InputError, match=r"tables/trials\.parquet: changed after"):
            recorded(folder, matrix.read(trained).job("adding", "rnn"))
        seals.sealed(folder / "tables" / "trials.parquet")
        assert again(trained, "--remedy", "none", "--seed", "1", "--learning-rate", "0.1") == 0
        assert "not recorded: nothing to compare with" in capsys.readouterr().out
    finally:
        shutil.rmtree(folder / "tables")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--remedy", "clip_nrom"], "Did you mean 'clip_norm'?"),
        (["--seed", "7"], "Allowed: 1, 2."),
        (["--remedy", "none", "--learning-rate", "0.5"], "Allowed: 0.01, 0.1."),
    ],
)
def test_a_trial_that_the_matrix_has_not_is_refused(
    trained: Path, options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert again(trained, *options) == 2
    said = capsys.readouterr().err
    assert says in said and said.startswith(f"{trained}: ") and said.count("\n") == 1
