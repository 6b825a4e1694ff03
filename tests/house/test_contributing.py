"""The examples of CONTRIBUTING.md are complete: written to a copy of the project, they train."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from tests.helpers.places import HOME

TEXT = (HOME / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = re.findall(r"`(seqbench/\w+/(\w+)\.py)`:\n\n```python\n(.*?)```", TEXT, re.DOTALL)
MATRIX = """\
name: examples
seeds: [1, 2]
train: {hidden: 8, batch: 8, updates: 20, evaluate_every: 10, learning_rates: [0.01]}
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(HOME / "seqbench", folder / "seqbench")
    for path, _, source in FILES:
        (folder / path).write_text(source, encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    sections = {k: v for block in blocks for k, v in yaml.safe_load(block).items()}
    sections["cells"]["rnn"] = None
    sections["remedies"]["none"] = None
    text = MATRIX + yaml.safe_dump(sections)
    (folder / "matrix.yaml").write_text(text, encoding="utf-8")
    return folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "seqbench", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_three_examples_are_there_and_short() -> None:
    assert [name for _, name, _ in FILES] == ["slow_rnn", "sign_gradient", "first_bit"]
    assert all(source.count("\n") < 40 for _, _, source in FILES)


@pytest.mark.parametrize("cell", ["slow_rnn", "rnn"])
def test_one_file_and_one_line_train(copy: Path, cell: str) -> None:
    done = run(copy, "train", "--config", "matrix.yaml", "--task", "first_bit", "--cell", cell)
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(copy / f"results/matrix/trials/first_bit/{cell}.parquet").to_pylist()
    assert {row["remedy"] for row in rows} == {"none", "sign_gradient", "sign_gradient+orthogonal"}
    assert {row["status"] for row in rows} == {"ok"}


def test_the_list_knows_them_without_being_told(copy: Path) -> None:
    done = run(copy, "list", "cells")
    assert "slow_rnn" in done.stdout and done.returncode == 0
