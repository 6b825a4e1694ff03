"""From the matrix to both reports, undisturbed and disturbed."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

RUN = [sys.executable, "workflow/run.py"]

Run = Callable[..., subprocess.CompletedProcess[str]]


def drive(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *words], cwd=project, capture_output=True, text=True, timeout=500)


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


def test_a_second_driver_is_refused(project: Path, tiny: Path) -> None:
    driver = project / ".snakemake" / "driver"
    driver.parent.mkdir()
    with driver.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = drive(project, "tiny.yaml")
    assert ended.returncode == 2
    assert "a run is at work" in ended.stderr


def signal_session(leader: int, how: signal.Signals) -> None:
    """SIGKILL to every process of a session; SIGINT to the leader alone, as a terminal would."""
    if how != signal.SIGKILL:
        os.kill(leader, how)
        return
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader:
            os.kill(int(stat.parent.name), signal.SIGKILL)


def in_the_background() -> None:
    """As a shell without job control starts what ends in &."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


TABLES = ("trials", "curves", "flow")


def digest(project: Path) -> dict[str, bytes]:
    tables = project / "out" / "results" / "tables"
    return {name: (tables / f"{name}.csv").read_bytes() for name in TABLES}


def start(project: Path, log: Path, *words: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, str(project / "workflow/run.py"), *words],
            cwd=log.parent, stdout=file, stderr=file,
            start_new_session=True, preexec_fn=in_the_background,
        )  # fmt: skip


def wait_for(words: str, log: Path) -> None:
    until = time.monotonic() + 120
    while words not in log.read_text():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.05)


@pytest.mark.slow
def test_killed_and_interrupted_runs_go_on_to_the_same_tables(
    project: Path, tiny: Path, tmp_path: Path
) -> None:
    longer = tiny.read_text().replace("updates: 2,", "updates: 400,")
    tiny.write_text(longer.replace("length: 6", "length: 40"))
    target = "out/results/tables/trials.csv"
    for how in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
        log = tmp_path / f"{how.name}.log"
        driver = start(project, log, str(tiny), target)
        wait_for("1 in training", log)
        began = time.monotonic()
        signal_session(driver.pid, how)
        driver.wait(timeout=30)
        assert time.monotonic() - began < 10, log.read_text()
        assert driver.returncode == (-how if how == signal.SIGKILL else 130)
        assert not (project / target).exists(), "it was over: the test shows nothing"
    ended = drive(project, "tiny.yaml", target)
    assert ended.returncode == 0, ended.stderr
    disturbed = digest(project)
    (project / "out").rename(tmp_path / "disturbed")
    assert drive(project, "tiny.yaml", target).returncode == 0
    assert digest(project) == disturbed


@pytest.mark.parametrize("drivers", [3, pytest.param(10, marks=pytest.mark.faults)])
def test_of_drivers_at_once_one_works_and_in_its_own_checkout(
    project: Path, tiny: Path, tmp_path: Path, drivers: int
) -> None:
    cells = project / "seqbench" / "cells"
    (cells / "only_here.py").write_text((cells / "rnn.py").read_text())
    tiny.write_text(tiny.read_text().replace("rnn:", "only_here:"))
    table = "out/results/trials/adding/only_here.parquet"
    logs = [tmp_path / f"{number}.log" for number in range(drivers)]
    every = [start(project, log, str(tiny), table) for log in logs]
    codes = [driver.wait(timeout=300) for driver in every]
    said = [log.read_text() for log in logs]
    assert sorted(codes) == [0] + [2] * (drivers - 1), said
    assert (project / table).exists()
    refusals = {text for code, text in zip(codes, said, strict=True) if code}
    assert refusals == {"This folder: a run is at work in it. Allowed: one. Wait or stop it.\n"}


@pytest.mark.slow
def test_a_job_that_dies_leaves_a_report_of_the_others_and_is_trained_by_the_next_run(
    project: Path, tiny: Path
) -> None:
    lstm = project / "seqbench" / "cells" / "lstm.py"
    sound = lstm.read_text()
    lstm.write_text(sound + "\nimport os  # noqa: E402\n\nos.kill(os.getpid(), 9)\n")
    ended = drive(project, "tiny.yaml")
    assert ended.returncode == 1
    assert "the report is made from what exists" in ended.stderr
    assert (project / "out/report.html").exists() and (project / "out/report.pdf").exists()
    trials = pd.read_parquet(project / "out/results/tables/trials.parquet").set_index("cell")
    assert trials.status["rnn"] == "ok"
    assert trials.status["lstm"] == "failed"
    assert "not trained" in trials.reason["lstm"]
    assert "to be run again: train/adding/lstm" in ended.stdout
    lstm.write_text(sound)
    ended = drive(project, "tiny.yaml")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "tiny.yaml: 2 ok"
