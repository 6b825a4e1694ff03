"""From the matrix to both reports, undisturbed and disturbed."""

import errno
import fcntl
import importlib.util
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pandas as pd
import pytest

from seqbench import matrix
from tests.helpers.places import CONFIG, HOME
from tests.helpers.processes import drive, start, until

Run = Callable[..., subprocess.CompletedProcess[str]]


def loaded() -> ModuleType:
    """workflow/run.py as a module."""
    spec = importlib.util.spec_from_file_location("driver", HOME / "workflow" / "run.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_smoke_matrix_from_end_to_end(project: Path) -> None:
    ended = drive(project, "workflow/config/smoke.yaml")
    assert ended.returncode == 0, ended.stderr[-3000:]
    html, pdf = project / "reports" / "smoke.html", project / "reports" / "smoke.pdf"
    said = ended.stdout.splitlines()[-3:]
    assert said[:2] == [str(html.resolve()), str(pdf.resolve())]
    assert re.fullmatch(r"workflow/config/smoke.yaml: \d+ ok, .*\d+ not_applicable", said[2])
    assert b"<html" in html.read_bytes()[:1000]
    assert pdf.read_bytes().startswith(b"%PDF")

    trials = pd.read_parquet(project / "results/smoke/tables/trials.parquet")
    assert set(trials.status) <= {"ok", "diverged", "not_applicable"}
    holes = trials[trials.status == "not_applicable"]
    assert holes.reason.str.endswith(".").all()
    assert "forget_bias" in set(holes[holes.cell == "rnn"].remedy)
    runs = trials[trials.status != "not_applicable"]
    assert runs.groupby(["task", "cell", "remedy"]).seed.nunique().eq(2).all()
    assert set(trials.task) == {"adding", "temporal_order", "digits_image", "digits_spelled"}
    text = html.read_text(encoding="utf-8")
    assert all(name in text for name in set(trials.task) | set(trials.cell) | set(trials.remedy))

    plan = drive(project, "workflow/config/smoke.yaml", "-n")
    assert "Nothing to be done" in plan.stdout + plan.stderr


def test_a_cell_that_does_not_parse_is_named_and_the_others_train(
    run: Run, project: Path, tiny: Path
) -> None:
    (project / "seqbench" / "cells" / "lstm.py").write_text("class Lstm(\n")
    ended = run("snakemake", "out/results/tables/trials.parquet", "--configfile", "tiny.yaml")
    assert ended.returncode == 0, ended.stderr
    trials = pd.read_parquet(project / "out/results/tables/trials.parquet").set_index("cell")
    assert trials.status["rnn"] == "ok"
    assert trials.status["lstm"] == "failed"
    assert "lstm.py, line 1" in trials.reason["lstm"]


def test_results_that_cannot_be_written_are_said_before_training(
    run: Run, project: Path, tiny: Path
) -> None:
    (project / "out").write_text("a file where a folder should be")
    ended = run("seqbench", "train", "--config", "tiny.yaml", "--task", "adding", "--cell", "rnn")
    assert ended.returncode == 2
    assert "out/results" in ended.stderr and "cannot be written" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_broken_matrix_is_refused_before_snakemake_reads_it(project: Path, tiny: Path) -> None:
    tiny.write_text("name: [1\n")
    ended = drive(project, "tiny.yaml")
    assert ended.returncode == 2
    assert ended.stderr.startswith("tiny.yaml:2: ")
    assert ended.stderr.count("\n") == 1


def test_neither_a_run_nor_a_bare_snakemake_needs_a_home_that_can_be_written(
    run: Run, project: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/cache")
    monkeypatch.setenv("HOME", "/dev/null/home")
    target = "out/results/trials/adding/rnn.parquet"
    ended = drive(project, "tiny.yaml", target)
    assert ended.returncode == 0 and (project / target).exists(), ended.stderr
    ended = run("snakemake", target, "--configfile", "tiny.yaml")
    assert ended.returncode == 0 and "Nothing to be done" in ended.stderr


def test_a_second_driver_is_refused(project: Path, tiny: Path) -> None:
    driver = project / ".snakemake" / "driver"
    driver.parent.mkdir()
    with driver.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = drive(project, "tiny.yaml")
    assert ended.returncode == 2
    assert "a run is at work" in ended.stderr


def test_without_locks_it_runs_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(*words: object) -> NoReturn:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    monkeypatch.chdir(tmp_path)
    loaded().hold().close()
    assert "no locks (No locks available). Allowed: one run" in capsys.readouterr().err


def test_a_folder_that_cannot_be_driven_is_named(run: Run, project: Path, tiny: Path) -> None:
    (project / ".snakemake").write_text("in the way")
    for ended in (drive(project, "tiny.yaml"), run("snakemake", "-n", "--configfile", "tiny.yaml")):
        assert ended.returncode and "Traceback" not in ended.stderr
        last = ended.stderr.splitlines()[-1]
        assert last.startswith(".snakemake/driver: cannot be written (File exists). Allowed: ")


@pytest.fixture
def salvaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> matrix.Matrix:
    """A matrix in an empty folder, with pages of another run."""
    places = {"results": str(tmp_path / "results"), "report": str(tmp_path / "page")}
    for kind in ("html", "pdf"):
        (tmp_path / f"page.{kind}").write_text("of another run")
    monkeypatch.chdir(tmp_path)
    return matrix.read(CONFIG / "smoke.yaml").model_copy(update=places)


@pytest.mark.parametrize("options", [[], ["--cores", "2"]])
def test_where_all_fails_nothing_old_is_shown(
    salvaged: matrix.Matrix,
    options: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = loaded()
    monkeypatch.setattr(run, "call", lambda *words: 1)
    assert run.drive(salvaged, options, None) == 1
    lines = [f"{salvaged.report}.{kind}: was not made\n" for kind in ("html", "pdf")]
    assert capsys.readouterr().out == ("" if options else "".join(lines))


def test_stopped_while_it_reports_what_exists_it_begins_no_other_step(
    salvaged: matrix.Matrix, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, codes = loaded(), iter([1, 1, 130])
    monkeypatch.setattr(run, "call", lambda *words: next(codes))
    assert run.drive(salvaged, [], None) == 130
    assert not list(codes) and capsys.readouterr().out == ""


@pytest.mark.slow
def test_a_person_stops_it_in_seconds_and_it_goes_on(
    project: Path, tiny: Path, tmp_path: Path
) -> None:
    tiny.write_text(tiny.read_text().replace("updates: 2,", "updates: 4000,"))
    table = "out/results/trials/adding/rnn.parquet"
    for how in (signal.SIGINT, signal.SIGTERM):
        log = tmp_path / f"{how.name}.log"
        driver = start(project, log, "tiny.yaml", table)
        assert until(lambda log=log: "1 in training" in log.read_text()), log.read_text()
        began = time.monotonic()
        driver.send_signal(how)
        assert driver.wait(timeout=30) == 130
        assert time.monotonic() - began < 10, log.read_text()
        assert not (project / table).exists(), "it was over: the test shows nothing"
    tiny.write_text(tiny.read_text().replace("updates: 4000,", "updates: 2,"))
    assert drive(project, "tiny.yaml", table).returncode == 0


@pytest.mark.slow
def test_stopped_while_it_plans_it_says_so_in_a_line(
    project: Path, tiny: Path, tmp_path: Path
) -> None:
    plan = project / "workflow/rules/due.smk"
    plan.write_text(
        plan.read_text() + "\nprint('plans', flush=True)\nimport time\ntime.sleep(99)\n"
    )
    log = tmp_path / "log"
    driver = start(project, log, "tiny.yaml")
    assert until(lambda: "plans" in log.read_text()), log.read_text()
    driver.send_signal(signal.SIGINT)
    assert driver.wait(timeout=60) == 130
    said = log.read_text()
    assert "Traceback" not in said
    assert said.splitlines()[-1] == "Interrupted. Run the same command again to go on."


def test_where_snakemake_refuses_its_options_nothing_is_said_of_results(
    project: Path, tiny: Path
) -> None:
    ended = drive(project, "tiny.yaml", "--bogus")
    assert ended.returncode == 2 and ended.stdout == ""
    assert ended.stderr.splitlines()[-1].endswith("error: unrecognized arguments: --bogus")


@pytest.mark.parametrize("drivers", [3, pytest.param(10, marks=pytest.mark.faults)])
def test_of_drivers_at_once_one_works_and_in_its_own_checkout(
    project: Path, tiny: Path, tmp_path: Path, drivers: int
) -> None:
    cells = project / "seqbench" / "cells"
    (cells / "only_here.py").write_text((cells / "rnn.py").read_text())
    tiny.write_text(tiny.read_text().replace("rnn:", "only_here:"))
    table = "out/results/trials/adding/only_here.parquet"
    command = [sys.executable, project / "workflow/run.py", tiny, table]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    every = [subprocess.Popen(command, cwd=tmp_path, **quiet) for _ in range(drivers)]
    ended = [(driver.communicate(timeout=300)[1], driver.returncode) for driver in every]
    assert sorted(code for _, code in ended) == [0] + [2] * (drivers - 1), ended
    assert (project / table).exists()
    refusals = {words for words, code in ended if code}
    assert refusals == {"This folder: a run is at work in it. Allowed: one. Wait or stop it.\n"}


@pytest.mark.slow
def test_a_job_that_dies_is_reported_and_trained_by_the_next_run(project: Path, tiny: Path) -> None:
    command = project / "seqbench" / "commands" / "train.py"
    sound, line = command.read_text(), "    read = matrix.read(options.config)\n"
    dies = "    import os\n\n    options.cell == 'lstm' and os.kill(os.getpid(), 9)\n"
    command.write_text(sound.replace(line, dies + line))
    ended = drive(project, "tiny.yaml")
    assert ended.returncode == 1
    assert "the report is made from what exists" in ended.stderr
    assert (project / "out/report.html").exists() and (project / "out/report.pdf").exists()
    trials = pd.read_parquet(project / "out/results/tables/trials.parquet").set_index("cell")
    assert trials.status["rnn"] == "ok"
    assert trials.status["lstm"] == "failed"
    assert "not trained" in trials.reason["lstm"]
    assert "still to be run: train/adding/lstm" in ended.stdout
    command.write_text(sound)
    ended = drive(project, "tiny.yaml")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "tiny.yaml: 2 ok"


def test_without_a_matrix_it_says_what_is_missing(project: Path) -> None:
    ended = drive(project)
    assert ended.returncode == 2
    assert "names no matrix. Allowed: MATRIX" in ended.stderr and "Traceback" not in ended.stderr
