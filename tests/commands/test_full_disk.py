"""A disk that is full: one sentence with the path, nothing torn, and the same command goes on.

The limit is the system's own (RLIMIT_FSIZE, /dev/full), in a process of its own; nothing is mocked.
"""

import contextlib
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seqbench.__main__ import main
from tests.helpers.places import HOME

MATRIX = """\
name: Full disk
results: run
report: page
seeds: [1, 2]
train:
  {engine: eager, hidden: 4, batch: 4, updates: 4, evaluate_every: 2, valid_sequences: 8,
    test_sequences: 8, learning_rates: [0.1]}
tasks: {adding: {length: 6}}
cells: {rnn: }
remedies: {none: , clip_norm: }
"""
JOB = ("--task", "adding", "--cell", "rnn")
WRITES = {  # command: what it writes, in the order of a run
    "train": ("run/trials", "run/curves", "run/flow", "run/samples"),
    "initialization": (
        "run/cards.parquet",
        "run/propagation.parquet",
        "run/estimates.parquet",
        "run/estimate_costs.parquet",
        "run/theorems.parquet",
    ),
    "collect": ("run/tables/*.parquet",),
    "analyze": ("run/tables/summary.csv", "run/tables/claims.csv", "run/tables/effects.csv"),
    "draw": ("run/figures",),
    "report": ("page.html", "page.pdf"),
}


def command(step: str) -> list[str]:
    return [step, "--config", "m.yaml", *(JOB if step == "train" else ())]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run that nothing disturbed."""
    home = tmp_path_factory.mktemp("whole")
    (home / "m.yaml").write_text(MATRIX)
    with contextlib.chdir(home):
        for step in WRITES:
            assert main(command(step)) == 0
    return home


@pytest.mark.parametrize("place", ["m.yaml/log", "/proc/nowhere/log", ".", "/dev/full"])
def test_a_log_that_cannot_be_written_is_said_in_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
) -> None:
    (tmp_path / "m.yaml").write_text(MATRIX)
    monkeypatch.chdir(tmp_path)
    assert main([*command("train"), "--log", place]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"{place}: the log cannot be written (") and "Allowed: " in said
    assert not Path("run/trials").exists()


def hidden(folder: Path) -> set[str]:
    """The hidden files that are no checksums."""
    return {file.name for file in folder.rglob(".*")} - {
        file.name for file in folder.rglob(".*.sha256")
    }


def written(folder: Path, step: str) -> dict[Path, bytes]:
    """What a command wrote, by its place; without what a stopwatch says."""
    found = [path for pattern in WRITES[step] for path in folder.glob(pattern)]
    files = [file for path in found for file in (path.rglob("[!.]*") if path.is_dir() else [path])]
    kept = [file for file in files if file.is_file() and not file.stem.endswith("costs")]
    return {file.relative_to(folder): file.read_bytes() for file in kept}


LONG = [pytest.param(step, x, marks=pytest.mark.faults) for step in WRITES for x in (0.02, 0.9)]


@pytest.mark.parametrize(
    ("step", "share"), [*((step, 0.5) for step in WRITES if step != "initialization"), *LONG]
)
def test_a_full_disk_is_said_and_nothing_is_torn(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, share: float
) -> None:
    shutil.copytree(run, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    folder = Path()
    whole = written(run, step)
    for place in whole:
        (folder / place).unlink()
    if step == "train":
        shutil.rmtree(folder / "run" / "store")
    most = int(share * max(map(len, whole.values())))
    ended = subprocess.run(
        [sys.executable, "-m", "seqbench", *command(step)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(HOME)},
    )
    assert ended.returncode == 2, ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert (
        last.startswith(("run/", "page."))
        and "cannot be written (File too large). Allowed:" in last
    )
    assert "Traceback" not in ended.stderr

    for place, data in written(folder, step).items():
        assert data == whole[place], place
    assert hidden(folder) == hidden(run), "a temporary file is left"

    assert main(command(step)) == 0
    again = written(folder, step)
    assert [place for place in whole if again.get(place) != whole[place]] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_finds_no_place_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "seqbench", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=HOME,
        )
    assert ended.returncode == 2
    assert ended.stderr.startswith("The output: cannot be written (No space left on device).")
    assert ended.stderr.count("\n") == 1
