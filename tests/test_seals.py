"""Everything that is read back is sealed: a flipped bit is named by whoever reads the file."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from seqbench.analysis.tidy import read_table
from seqbench.compare.read import read
from seqbench.errors import InputError
from seqbench.figures import drawn
from seqbench.files import seal_of
from seqbench.report import illustrations
from seqbench.report.editions import picture
from seqbench.results import load
from tests.helpers.collected import collect
from tests.helpers.reported import make
from tests.helpers.seals import flip

LISTS = {"tasks": ["adding", "copy"], "cells": ["rnn", "lstm"], "remedies": ["none", "clip_norm"]}
JOBS = [(task, cell) for task in LISTS["tasks"] for cell in LISTS["cells"]]
Reader = Callable[[Path], object]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("run"), **LISTS)


def readers(run: Path, file: Path) -> Iterator[Reader]:
    """Who reads a file of a finished run: everybody who does has to notice."""
    place = file.relative_to(run)
    if place.parts[0] == "figures":
        yield lambda run: drawn(run, illustrations.sections())
        if file.name == "overview.svg":
            yield lambda run: picture.write(Path("m.yaml"), run, run)
    elif place.parts[0] != "tables":
        yield lambda run: collect(run, JOBS, JOBS)
    else:
        yield load
        if place.stem in ("trials", "costs"):
            yield lambda run: (read(run), read_table(run, place.stem))


def read_back(run: Path) -> list[Path]:
    """The files of a run that are read again: all but the tables that are printed for people."""
    files = [file for file in sorted(run.rglob("*")) if file.is_file() and file.name[0] != "."]
    printed = {file.with_suffix(".csv") for file in (run / "tables").glob("*.parquet")}
    return [file for file in files if file not in printed]


def test_what_is_read_back_is_sealed(run: Path) -> None:
    assert len(read_back(run)) > 50
    assert [file for file in read_back(run) if not seal_of(file).exists()] == []


@pytest.mark.parametrize(
    "times", [65, pytest.param(500, marks=pytest.mark.faults)], ids=["short", "long"]
)
def test_a_flipped_bit_is_never_used(run: Path, times: int) -> None:
    random = Random(times)
    for _ in range(times):
        file = random.choice(read_back(run))
        place, size = random.choice([(file, file.stat().st_size), (seal_of(file), 64)])
        bit = random.randrange(8 * size)
        flip(place, bit)
        for reader in readers(run, file):
            with pytest.raises(InputError) as refused:
                reader(run)
            said = str(refused.value)
            assert said.startswith(f"{file}: changed after it was written"), (place, bit)
            assert "Run `python -m seqbench " in said or "Delete it and run snakemake" in said
        flip(place, bit)


@pytest.mark.parametrize("table", ["trials", "curves", "reach"])
@pytest.mark.parametrize("other", [("copy", "rnn"), ("adding", "lstm")])
def test_the_file_of_another_job_is_refused(
    run: Path, tmp_path: Path, table: str, other: tuple[str, str]
) -> None:
    folder = shutil.copytree(run, tmp_path / "run")
    file, source = (folder / table / task / f"{cell}.parquet" for task, cell in (JOBS[0], other))
    for path in (lambda x: x, seal_of):
        shutil.copy(path(source), path(file))
    with pytest.raises(InputError, match=rf"{table}/adding/rnn\.parquet: has rows of (task|cell)"):
        collect(folder, JOBS, JOBS)
