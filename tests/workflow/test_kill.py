"""The whole pipeline killed while it trains: the next run ends with the same tables."""

import random
import time
from pathlib import Path

import pytest

from tests.helpers import processes
from tests.helpers.processes import drive, until

TABLES = ("trials", "curves", "flow", "samples")
TARGET = "out/results/tables/trials.csv"


@pytest.fixture
def longer(tiny: Path) -> Path:
    """The matrix of two jobs that train for some seconds."""
    text = tiny.read_text().replace("updates: 2,", "updates: 1500,")
    tiny.write_text(text.replace("length: 6", "length: 40"))
    return tiny


def digest(project: Path) -> dict[str, bytes]:
    tables = project / "out" / "results" / "tables"
    return {name: (tables / f"{name}.csv").read_bytes() for name in TABLES}


def at_work(project: Path) -> bool:
    """Whether a job has begun to train: its log counts trials, and there is no table of it."""
    logs = (project / "out/results/logs/adding").glob("*.log")
    tables = project / "out/results/trials/adding"
    return any(
        "trials," in log.read_text() and not (tables / f"{log.stem}.parquet").exists()
        for log in logs
    )


def train_until_killed(project: Path, log: Path, wait: float) -> None:
    for old in (project / "out/results").glob("logs/adding/*.log"):
        old.unlink()
    driver = processes.start(project, log, "tiny.yaml", TARGET)
    try:
        assert until(lambda: at_work(project)), log.read_text()
        time.sleep(wait)  # where in training is a matter of chance, that it trains is not
        assert at_work(project) and processes.jobs(driver.pid), "it was over before it was killed"
    finally:
        processes.kill_session(driver.pid)
        driver.wait(timeout=30)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.faults)])
def test_killed_in_training_it_goes_on_to_the_same_tables(
    project: Path, longer: Path, tmp_path: Path, kills: int
) -> None:
    moments = random.Random(kills)
    for number in range(kills):
        train_until_killed(project, tmp_path / f"{number}.log", moments.uniform(0, 0.3))
    ended = drive(project, "tiny.yaml", TARGET)
    assert ended.returncode == 0, ended.stderr
    disturbed = digest(project)
    left = [file for file in (project / "out").rglob(".*.*.*") if file.suffix != ".sha256"]
    assert not left, "no temporary files"
    (project / "out").rename(tmp_path / "disturbed")
    assert drive(project, "tiny.yaml", TARGET).returncode == 0
    assert digest(project) == disturbed
