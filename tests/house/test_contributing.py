"""The examples of CONTRIBUTING.md are complete: written to a copy of the project, they train."""

import json
import re
import shutil
import subprocess
import sys
from hashlib import sha256
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
    sections: dict[str, dict[str, object]] = {}
    for kind, variants in (pair for block in blocks for pair in yaml.safe_load(block).items()):
        sections.setdefault(kind, {}).update(variants)
    sections["cells"]["rnn"] = None
    sections["remedies"]["none"] = None
    (folder / "data").mkdir()
    series = ("1,0.5,-0.25,1\n", "0,-0.5,0.25,-1\n")
    (folder / "data/mine.csv").write_text("".join(series * 20))
    text = MATRIX + yaml.safe_dump(sections)
    (folder / "matrix.yaml").write_text(text, encoding="utf-8")
    return folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "seqbench", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_examples_are_there_and_short() -> None:
    names = ["slow_rnn", "sign_gradient", "first_bit", "my_series"]
    assert [name for _, name, _ in FILES] == names
    assert all(source.count("\n") < 40 for _, _, source in FILES)


@pytest.mark.parametrize(
    ("task", "cell"), [("first_bit", "slow_rnn"), ("first_bit", "rnn"), ("my_series", "rnn")]
)
def test_one_file_and_one_line_train(copy: Path, task: str, cell: str) -> None:
    done = run(copy, "train", "--config", "matrix.yaml", "--task", task, "--cell", cell)
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(copy / f"results/matrix/trials/{task}/{cell}.parquet").to_pylist()
    assert {row["remedy"] for row in rows} == {"none", "sign_gradient", "sign_gradient+orthogonal"}
    assert {row["status"] for row in rows} == {"ok"}


def test_the_table_of_ones_own_is_an_input(copy: Path) -> None:
    words = ("train", "--config", "matrix.yaml", "--task", "my_series", "--cell", "slow_rnn")
    run(copy, *words)
    manifest = copy / "results/matrix/manifests/train/my_series/slow_rnn.json"
    digest = sha256((copy / "data/mine.csv").read_bytes()).hexdigest()
    assert json.loads(manifest.read_text())["read"] == {"data/mine.csv": digest}


def test_the_list_knows_them_without_being_told(copy: Path) -> None:
    done = run(copy, "list", "cells")
    assert "slow_rnn" in done.stdout and done.returncode == 0
