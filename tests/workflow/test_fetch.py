"""Data in the workflow: fetched before training, said where absent, trained when they come."""

import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

from tests.helpers.planned import planned

TASK = '''"""Symbols of a recorded text: is this line odd?

    step    0   1
    input   a   b
    asked       x

Asked is whether the line is odd.
Not a real task.
Source: shannon1951
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from seqbench.data import files, guards
from seqbench.task import Batch, Classification, IoShape, Splits


@dataclass(frozen=True, kw_only=True)
class Recorded(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"
    needs: ClassVar[tuple[str, ...]] = ("recorded",)

    inputs, outputs, chance, pass_mark, lag = 1, 2, 0.5, 0.9, 1

    def splits(self) -> Splits:
        lines = guards.text(files.read("recorded", "lines.txt")).splitlines()
        y = torch.tensor([[len(line) % 2 for line in lines]])
        part = Batch(torch.ones(2, len(lines), 1), y)
        return Splits(part, part, part)
'''
LINES = "".join("x" * (k % 7 + 1) + "\n" for k in range(50)).encode()
ENTRY = f"""
recorded:
  title: Lines
  n: 50 lines
  license: not stated
  show: false
  citation: shannon1951
  url: http://127.0.0.1:9/
  files:
    lines.txt: {len(LINES)} {sha256(LINES).hexdigest()}
"""

Run = Callable[..., subprocess.CompletedProcess[str]]
WORDS = ("out/results/tables/trials.parquet", "--configfile", "tiny.yaml")


@pytest.fixture
def recorded(project: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A task on a data set that nobody has yet: the matrix trains it beside a synthetic one."""
    (project / "seqbench/tasks/recorded.py").write_text(TASK)
    with (project / "workflow/config/datasets.yaml").open("a") as ledger:
        ledger.write(ENTRY)
    fewer = tiny.read_text().replace("  lstm:\n", "")
    tiny.write_text(fewer.replace("cells:\n", "  recorded:\ncells:\n"))
    monkeypatch.setenv("SEQBENCH_DATA", str(project / "cache"))
    monkeypatch.setenv("SEQBENCH_OFFLINE", "1")
    monkeypatch.delenv("SEQBENCH_MIRROR", raising=False)
    return project


def rows(project: Path) -> pd.DataFrame:
    trials = pd.read_parquet(project / "out/results/tables/trials.parquet")
    return trials.set_index("task").loc[["adding", "recorded"]]


def test_data_that_come_later_are_trained_then_and_once(run: Run, recorded: Path) -> None:
    assert planned(run, *WORDS) == {"fetch": 1, "train": 2, "initialization": 1, "collect": 1}
    ended = run("snakemake", *WORDS)
    assert ended.returncode == 0, ended.stderr
    trials = rows(recorded)
    assert dict(trials.status) == {"adding": "ok", "recorded": "failed"}
    reason = trials.reason["recorded"]
    assert reason.startswith("recorded: its file lines.txt is neither in the cache nor")
    assert "python -m seqbench data fetch recorded" in reason
    assert planned(run, *WORDS) == {}, "what is not there is not asked for at every turn"

    (recorded / "mirror/recorded").mkdir(parents=True)
    (recorded / "mirror/recorded/lines.txt").write_bytes(LINES)
    brought = run("seqbench", "data", "fetch", "--config", "tiny.yaml", "--mirror", "mirror")
    assert brought.returncode == 0 and brought.stdout == "recorded: here\n"
    assert planned(run, *WORDS) == {"fetch": 1, "train": 1, "collect": 1}, "only what needs it"
    ended = run("snakemake", *WORDS)
    assert ended.returncode == 0, ended.stderr
    assert set(rows(recorded).status) == {"ok"}

    (recorded / "cache/recorded/lines.txt").unlink()
    assert planned(run, *WORDS) == {}, "trained once, and a cache that was emptied costs no result"


def test_a_damaged_file_is_a_row_and_no_score(run: Run, recorded: Path) -> None:
    (recorded / "cache/recorded").mkdir(parents=True)
    (recorded / "cache/recorded/lines.txt").write_bytes(LINES[:-2] + b"y\n")
    ended = run("seqbench", "train", "--config", "tiny.yaml", "--task", "recorded", "--cell", "rnn")
    assert ended.returncode == 1, ended.stderr
    trials = pd.read_parquet(recorded / "out/results/trials/recorded/rnn.parquet")
    for status, reason in zip(trials.status, trials.reason, strict=True):
        assert status == "failed" and "is damaged: its SHA-256 is" in reason
        assert "data fetch recorded" in reason
