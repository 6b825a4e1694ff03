"""What the plan trains follows from the matrix and from what the tables hold."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from seqbench import matrix, records
from seqbench.files import write_sealed
from seqbench.manifest import Wanted, due, write
from seqbench.matrix import wanted
from tests.helpers.places import CONFIG
from tests.helpers.planned import planned

Run = Callable[..., subprocess.CompletedProcess[str]]
RESULTS = Path("out/results")
TARGET = f"{RESULTS}/tables/trials.csv"
WORDS = (TARGET, "--configfile", "tiny.yaml")
JOB = ("--config", "tiny.yaml", "--task", "adding", "--cell")


def go(run: Run, *words: str) -> str:
    ended = run(*words)
    assert ended.returncode == 0, ended.stderr
    return ended.stderr + ended.stdout


@pytest.fixture
def done(run: Run, project: Path, tiny: Path) -> Path:
    """A project with the tables of a finished run."""
    go(run, "snakemake", *WORDS)
    assert planned(run, *WORDS) == {}
    return project / RESULTS


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def mark_unfinished(manifest: Path) -> None:
    said = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(said | {"unfinished": "out of memory"}))


HARMS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a table deleted": ("curves/adding/rnn.parquet", Path.unlink),
    "a table damaged": ("trials/adding/rnn.parquet", flip),
    "a manifest deleted": ("manifests/train/adding/rnn.json", Path.unlink),
    "unfinished": ("manifests/train/adding/rnn.json", mark_unfinished),
}


def test_what_is_gone_damaged_or_unfinished_is_made_again_and_nothing_else(
    run: Run, done: Path
) -> None:
    table = (done / "tables/trials.csv").read_bytes()
    for name, (file, harm) in HARMS.items():
        before = (done / file).read_bytes()
        harm(done / file)
        assert planned(run, *WORDS) == {"train": 1, "collect": 1}, name
        (done / file).write_bytes(before)
    assert planned(run, *WORDS) == {}
    (done / "trials/adding/rnn.parquet").unlink()
    (done / "cards.parquet").unlink()
    other = f"{RESULTS}/trials/adding/lstm.parquet"
    assert planned(run, other, *WORDS[1:]) == {}, "a target of its own stays alone"
    go(run, "snakemake", *WORDS)
    assert planned(run, *WORDS) == {}
    assert (done / "tables/trials.csv").read_bytes() == table
    (done / "manifests/collect.json").unlink()
    assert planned(run, *WORDS) == {"collect": 1}


def test_what_was_collected_of_other_tables_is_collected_again_whatever_the_time_stamps_say(
    run: Run, done: Path
) -> None:
    before = {file: file.read_bytes() for file in (done / "tables").iterdir()}
    (done / "trials/adding/rnn.parquet").unlink()
    assert run("seqbench", "collect", "--config", "tiny.yaml").returncode == 1
    go(run, "seqbench", "train", *JOB, "rnn")
    for file in before:
        os.utime(file, (time.time() + 7200,) * 2)
    assert planned(run, *WORDS) == {"collect": 1}
    go(run, "snakemake", *WORDS)
    assert planned(run, *WORDS) == {}
    assert all(file.read_bytes() == data for file, data in before.items())


def test_what_was_trained_and_collected_by_hand_is_completed(
    run: Run, project: Path, tiny: Path
) -> None:
    assert run("seqbench", "collect", "--config", "tiny.yaml").returncode == 1
    go(run, "seqbench", "train", *JOB, "rnn")
    more = tiny.read_text().replace("[1]", "[1, 2]").replace("none:", "none:\n  clip_norm:")
    tiny.write_text(more)
    collected = run("seqbench", "collect", "--config", "tiny.yaml")
    assert collected.returncode == 1
    assert "tiny.yaml: 1 ok, 7 missing\n" in collected.stdout
    assert "still to be run: train/adding/rnn, train/adding/lstm" in collected.stdout
    assert planned(run, *WORDS)["train"] == 2
    go(run, "snakemake", *WORDS)
    trials = pd.read_parquet(project / RESULTS / "tables/trials.parquet")
    assert len(trials) == 8 and set(trials.status) == {"ok"}


def test_a_dry_run_writes_nothing(run: Run, project: Path, tiny: Path) -> None:
    before = {p: p.read_bytes() for p in project.rglob("*") if p.suffix in (".yaml", ".parquet")}
    assert planned(run, *WORDS)["train"] == 2
    assert not (project / "out").exists()
    assert all(path.read_bytes() == data for path, data in before.items())


def test_looking_at_all_jobs_of_a_matrix_costs_no_second(tmp_path: Path) -> None:
    field = matrix.read(CONFIG / "field.yaml")
    jobs = [*wanted.before_collecting(field), wanted.of_step(field, "collect")]  # fills the caches
    assert len(jobs) > 230
    began = time.process_time()
    jobs = [*wanted.before_collecting(field), wanted.of_step(field, "collect")]
    assert all(due(tmp_path, job) for job in jobs)
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("jobs", [1000, pytest.param(10_000, marks=pytest.mark.faults)])
def test_planning_many_finished_jobs_takes_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    field = matrix.read(CONFIG / "field.yaml").model_copy(update={"results": str(tmp_path)})
    every = [
        Wanted(f"train/{number // 50}/{number % 50}", "a" * 64, "b" * 64) for number in range(jobs)
    ]
    for job in every:
        tables = [tmp_path / table / f"{job.job}.parquet" for table in records.TABLES]
        for table in tables:
            write_sealed(table, b"numbers")
        write(tmp_path, job, tables)
    monkeypatch.setattr(wanted, "before_collecting", lambda matrix: iter(every))
    began = time.process_time()
    assert not any(due(tmp_path, job) for job in every)
    assert all(wanted.of_step(field, step).code for step in wanted.STEPS)
    assert time.process_time() - began < jobs / 1000


def test_a_cell_that_fails_is_counted_and_the_exit_code_says_so(
    run: Run, project: Path, tiny: Path
) -> None:
    cell = project / "seqbench/cells/mgu.py"
    broken = "def step(self, *_):\n        self.x\n\n    def _step("
    cell.write_text(cell.read_text().replace("def step(", broken))
    tiny.write_text(tiny.read_text().replace("lstm:", "mgu:"))
    trained = run("seqbench", "train", *JOB, "mgu")
    assert trained.returncode == 1
    assert "1 failed\n  failed: " in trained.stderr and "AttributeError" in trained.stderr
    go(run, "snakemake", *WORDS)
    assert planned(run, *WORDS) == {}, "a failure of its own is a result: it would fail again"
    collected = run("seqbench", "collect", "--config", "tiny.yaml")
    assert collected.returncode == 1
    assert "tiny.yaml: 1 ok, 1 failed\n  failed: " in collected.stdout


@pytest.mark.slow
def test_a_bare_snakemake_ends_as_its_trials_did_and_makes_everything(
    run: Run, project: Path, tiny: Path
) -> None:
    cell = project / "seqbench/cells/lstm.py"
    sound = cell.read_text()
    cell.write_text("class Lstm(\n")
    words = ("--configfile", "tiny.yaml")
    for plan in (None, {"status": 1, "all": 1}):
        assert plan is None or planned(run, *words) == plan
        ended = run("snakemake", *words)
        assert ended.returncode == 1
        assert (
            "tiny.yaml: 1 ok, 1 failed\n  failed: adding / lstm / none: cells/lstm.py, line 1"
            in ended.stdout
        )
    report = [project / f"out/report.{kind}" for kind in ("html", "pdf")]
    assert all(file.exists() for file in report)
    cell.write_text(sound)
    assert run("snakemake", *words).returncode == 0
    assert planned(run, *words) == {}
    for file in report:
        before = file.read_bytes()
        file.write_bytes(b"damaged")
        assert planned(run, *words) == {"report": 1, "status": 1, "all": 1}
        file.write_bytes(before)
    assert planned(run, *words) == {}


def test_what_collect_analyze_and_draw_made_is_made_again_folders_in_its_place_put_aside(
    run: Run, project: Path, tiny: Path
) -> None:
    words = (f"{RESULTS}/figures/index.json", "--configfile", "tiny.yaml")
    go(run, "snakemake", *words)
    assert planned(run, *words) == {}
    results, after = project / RESULTS, {"analyze": 1, "draw": 1}
    harms = (
        ("tables/trials.parquet", flip, {"collect": 1} | after),
        ("tables/trials.csv", flip, {"collect": 1} | after),
        ("tables/curves.csv", Path.unlink, {"collect": 1} | after),
        ("tables/summary.csv", flip, after),
        ("figures/overview.svg", Path.unlink, {"draw": 1}),
        ("figures/index.json", flip, {"draw": 1}),
    )
    for file, harm, plan in harms:
        before = (results / file).read_bytes()
        harm(results / file)
        assert planned(run, *words) == plan, file
        (results / file).write_bytes(before)
    (results / "tables/trials.parquet").write_bytes(b"damaged")
    before = (results / "tables/summary.csv").read_bytes()
    folders = [results / name for name in ("trials/adding/rnn.parquet", "tables/summary.csv")]
    for folder in folders:
        folder.unlink()
        folder.mkdir()
        (folder / "a note").write_text("of somebody")
    go(run, "snakemake", *words)
    assert planned(run, *words) == {}
    assert (results / "tables/summary.csv").read_bytes() == before
    for folder in folders:
        (aside,) = folder.parent.glob(f"{folder.name}.*.unusable")
        assert (aside / "a note").read_text() == "of somebody"


def test_what_a_cell_imports_from_another_cells_file_is_its_code(
    run: Run, project: Path, tiny: Path
) -> None:
    helper, cell = (project / f"seqbench/cells/{name}.py" for name in ("rnn", "lstm"))
    helper.write_text(helper.read_text() + "\n\ndef squash(x):\n    return x.tanh()\n")
    cell.write_text(cell.read_text() + "\n\nfrom seqbench.cells.rnn import squash  # noqa: E402\n")
    go(run, "snakemake", *WORDS)
    helper.write_text(helper.read_text().replace("x.tanh()", "x.sigmoid()"))
    assert planned(run, *WORDS)["train"] == 2
