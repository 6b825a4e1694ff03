"""What a run says depends on its matrix alone, not on how or where it was run."""

from pathlib import Path

import pytest
import yaml

from tests.helpers.processes import drive

TABLES = ("trials", "curves", "flow", "samples", "comparisons", "ranks", "propagation")
ONE_CORE = ("--cores", "1")
TWO_CORES = ("--cores", "2")
CALM = {"PYTHONHASHSEED": "0", "TZ": "UTC"}
OTHER = {"PYTHONHASHSEED": "4321", "TZ": "Asia/Kathmandu", "OMP_NUM_THREADS": "2"}

Bytes = dict[str, bytes]


def tables(project: Path, *words: str, **variables: str) -> Bytes:
    """The tables of a run from nothing."""
    target = "out/results/tables/claims.csv"
    ended = drive(project, "tiny.yaml", *words, "--forceall", target, **variables)
    assert ended.returncode == 0, ended.stderr
    folder = project / "out" / "results"
    made = {name: (folder / "tables" / f"{name}.csv").read_bytes() for name in TABLES}
    folder.rename(project / f"results{len(list(project.glob('results*')))}")
    return made


@pytest.fixture
def calm(project: Path, tiny: Path) -> Bytes:
    return tables(project, *TWO_CORES, **CALM)


@pytest.mark.slow
def test_one_core_another_hash_seed_and_time_zone(project: Path, calm: Bytes) -> None:
    assert tables(project, *ONE_CORE, **OTHER) == calm


@pytest.mark.faults
@pytest.mark.parametrize("variables", [{name: value} for name, value in OTHER.items()])
def test_each_of_them_alone(project: Path, calm: Bytes, variables: dict[str, str]) -> None:
    assert tables(project, *TWO_CORES, **CALM | variables) == calm
    assert tables(project, *ONE_CORE, **CALM | variables) == calm


@pytest.mark.faults
def test_the_order_of_the_matrix(project: Path, tiny: Path, calm: Bytes) -> None:
    read = yaml.safe_load(tiny.read_text())
    for section in ("cells", "train"):
        read[section] = dict(reversed(read[section].items()))
    tiny.write_text(yaml.safe_dump(read, sort_keys=False))
    assert tables(project, *TWO_CORES, **CALM) == calm
