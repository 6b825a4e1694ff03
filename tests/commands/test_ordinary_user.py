"""An ordinary user, without a home or a folder that can be written: it works or it is said."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers import ordinary

MATRIX = """\
name: Ordinary
results: run
report: pages/page
seeds: [1, 2]
train:
  {engine: eager, hidden: 4, batch: 4, updates: 4, evaluate_every: 2, valid_sequences: 8,
    test_sequences: 8, learning_rates: [0.1]}
tasks: {adding: {length: 6}}
cells: {rnn: }
remedies: {none: }
"""
CHECK = ("check", "--config", "m.yaml")
TRAIN = ("train", "--config", "m.yaml", "--task", "adding", "--cell", "rnn")
STEPS = [
    (step, "--config", "m.yaml")
    for step in ("initialization", "collect", "analyze", "draw", "report")
]


@pytest.fixture
def folder() -> Iterator[Path]:
    with ordinary.place() as folder:
        (folder / "m.yaml").write_text(MATRIX)
        yield folder


@pytest.mark.parametrize(
    ("home", "commands"),
    [
        ("nowhere", [CHECK, TRAIN]),
        pytest.param("nowhere", [("list",), TRAIN, *STEPS], marks=pytest.mark.faults),
        pytest.param("read-only", [("data", "where"), TRAIN, *STEPS], marks=pytest.mark.faults),
    ],
)
def test_a_home_that_cannot_be_written(
    folder: Path, home: str, commands: list[tuple[str, ...]]
) -> None:
    if home == "read-only":
        (folder / home).mkdir(mode=0o555)
    for words in commands:
        ended = ordinary.run(*words, cwd=folder, HOME=str(folder / home))
        assert ended.returncode == 0, (words, ended.stderr)
        assert "Traceback" not in ended.stderr
    made = folder / "run/trials" if commands[-1] == TRAIN else folder / "pages/page.pdf"
    assert made.exists()


def read_only(folder: Path) -> None:
    (folder / "run").mkdir(mode=0o555)


def a_file_for_results(folder: Path) -> None:
    (folder / "run").write_text("in the way")


def a_file_above_results(folder: Path) -> None:
    (folder / "above").write_text("in the way")
    (folder / "m.yaml").write_text(MATRIX.replace("results: run", "results: above/run"))


def test_a_note_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "run").mkdir()
    (folder / "run").chmod(0o777)
    (folder / "run/.matrix").touch(mode=0)
    ended = ordinary.run(*CHECK, cwd=folder, HOME=str(folder))
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1
    assert "whose note cannot be read (Permission denied). Allowed: " in ended.stderr


@pytest.mark.parametrize("hinder", [read_only, a_file_for_results, a_file_above_results])
def test_results_that_cannot_be_written_are_said_before_training(
    folder: Path, hinder: Callable[[Path], None]
) -> None:
    hinder(folder)
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    ended = ordinary.run(*TRAIN, cwd=folder, HOME=str(folder))
    assert ended.returncode == 2
    assert "cannot be written" in ended.stderr and ". Allowed: " in ended.stderr
    assert ended.stderr.count("\n") == 1, "nothing was trained"
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before
