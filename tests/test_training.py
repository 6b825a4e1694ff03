"""A training setting is declared once: everything else about it follows."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from seqbench import records
from seqbench.training import Training, Use, used
from tests.helpers.places import HOME

LAST = "    evaluate_every: Long = Field("
SETTING = """\
    {name}: Annotated[Size, {uses}] = Field(7, description="made up for a test")
"""
MATRIX = """\
name: settings
seeds: [1]
train:
  {{hidden: 4, batch: 4, updates: 2, evaluate_every: 2, valid_sequences: 4, test_sequences: 4,
    learning_rates: [0.01], warmup: {warmup}, aside: {aside}}}
tasks: {{adding: {{length: 4}}}}
cells: {{rnn: }}
remedies: {{none: }}
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with two more settings, nothing else being changed."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(HOME / "seqbench", folder / "seqbench")
    path = folder / "seqbench/training.py"
    more = SETTING.format(name="warmup", uses="Use.COLUMN")
    more += SETTING.format(name="aside", uses="Use.COLUMN, Use.APART")
    text = path.read_text(encoding="utf-8")
    assert text.count(LAST) == 1
    path.write_text(text.replace(LAST, more + LAST), encoding="utf-8")
    return folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "seqbench", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def trained(folder: Path, warmup: object, aside: object = 1) -> dict[str, object]:
    """The row of the only trial."""
    text = MATRIX.format(warmup=warmup, aside=aside)
    (folder / "matrix.yaml").write_text(text, encoding="utf-8")
    done = run(folder, "train", "--config", "matrix.yaml", "--task", "adding", "--cell", "rnn")
    assert done.returncode == 0, done.stderr
    (row,) = pq.read_table(folder / "results/matrix/trials/adding/rnn.parquet").to_pylist()
    return row


def test_a_new_setting_is_one_declaration(copy: Path) -> None:
    schema = json.loads(run(copy, "schema").stdout)
    setting = schema["$defs"]["Training"]["properties"]["warmup"]
    assert (setting["default"], setting["description"]) == (7, "made up for a test")
    one, other, aside = trained(copy, 5), trained(copy, 6), trained(copy, 6, aside=2)
    names = [*one]
    place = names.index("dropout") + 1
    assert names[place : place + 2] == ["warmup", "aside"]
    assert [row["warmup"] for row in (one, other, aside)] == [5, 6, 6] and aside["aside"] == 2
    assert one["fingerprint"] != other["fingerprint"] == aside["fingerprint"]


def test_a_new_setting_is_checked(copy: Path) -> None:
    (copy / "wrong.yaml").write_text(MATRIX.format(warmup="none", aside=1), encoding="utf-8")
    done = run(copy, "check", "--config", "wrong.yaml")
    assert done.returncode != 0
    assert "train.warmup is 'none'. Allowed: a valid integer. Change it." in done.stderr


def test_columns_are_in_the_order_of_the_declarations() -> None:
    columns = [name for name in records.TRIALS if name in Training.model_fields]
    assert columns == list(used(Use.COLUMN))
    assert all(
        records.TRIALS[name][1] == Training.model_fields[name].description for name in columns
    )
