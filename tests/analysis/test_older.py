"""Results folders of an older version, torn or half made: one sentence, and tables keep types."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seqbench import records
from seqbench.__main__ import main
from seqbench.analysis import derive, tables
from seqbench.analysis.tidy import collected
from seqbench.claims import table as verdicts
from seqbench.errors import InputError
from seqbench.results import analyze, derived, load
from tests.helpers import seals
from tests.helpers.collected import collect
from tests.helpers.results import write_results

COLLECTED = [f"tables/{name}.parquet" for name in records.TABLES | records.OTHERS]
MADE = [f"tables/{name}.csv" for name in derived()]
OLD_INDEX = '[{"name": "overview", "title": "t", "caption": "c", "alt": "a", "table": "summary"}]'


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("older")
    lists = {"tasks": ["adding"], "cells": ["rnn"], "remedies": ["none", "clip_norm"]}
    collect(folder, write_results(folder, **lists), [("adding", "rnn")])
    analyze(folder)
    return folder


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, its matrix beside it, to break."""
    folder = tmp_path / "run"
    shutil.copytree(whole / "tables", folder / "tables")
    (tmp_path / "m.yaml").write_text(
        f"name: older\nresults: {folder}\nreport: {tmp_path}/page\ntasks: {{adding: }}\n"
        "cells: {rnn: }\nremedies: {none: , clip_norm: }\n"
    )
    return folder


def without_last_column(path: Path) -> None:
    if path.suffix == ".csv":
        pd.read_csv(path).iloc[:, :-1].to_csv(path, index=False)
    else:
        table = pq.read_table(path)
        pq.write_table(table.drop_columns(table.column_names[-1]), path)
    seals.sealed(path)


def of_another_type(path: Path) -> None:
    table = pq.read_table(path)
    other = pa.nulls(len(table), pa.int32())
    pq.write_table(table.set_column(table.num_columns - 1, table.column_names[-1], other), path)
    seals.sealed(path)


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def not_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe" * 9)
    seals.sealed(path)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("name", COLLECTED + MADE)
def test_a_table_that_is_absent_torn_or_older_is_named(run: Path, name: str) -> None:
    file, step = run / name, "analyze" if name.endswith(".csv") else "collect"
    data = file.read_bytes()
    hows: dict[Callable[[Path], None], str] = {
        Path.unlink: "does not exist",
        without_last_column: "has no column",
        empty: "changed after it was written",
        halved: "changed after it was written",
    }
    hows |= {not_text: "is damaged"} if step == "analyze" else {of_another_type: "has not "}
    for how, words in hows.items():
        how(file)
        with pytest.raises(InputError) as refused:
            load(run)
        said = " ".join(str(refused.value).split())
        assert said.startswith(f"{file}: {words}") and ". Allowed: " in said
        command = f"`python -m seqbench {step} --config FILE`"
        assert said.endswith(f" Run {command} again.")
        file.write_bytes(data)
        seals.sealed(file)


BROKEN: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "nothing derived": (
        lambda run: [(run / name).unlink() for name in MADE],
        ("draw", "report", "claims"),
    ),
    "some derived": (
        lambda run: (run / "tables/longest.csv").unlink(),
        ("draw", "report"),
    ),
    "claims of another version": (
        lambda run: (run / "tables/claims.csv").write_text("claim\nT1\n"),
        ("draw", "report", "claims"),
    ),
    "a number that is none": (
        lambda run: (run / "tables/effects.csv").write_text("n\nmany\n"),
        ("draw", "report"),
    ),
    "no reach, cards, theorems": (
        lambda run: [(run / f"tables/{t}.parquet").unlink() for t in records.OTHERS],
        ("analyze", "draw", "report"),
    ),
    "trials of an older version": (
        lambda run: without_last_column(run / "tables/trials.parquet"),
        ("analyze", "draw", "report"),
    ),
    "rows of a long table are torn": (
        lambda run: _scratched(run / "tables/curves.parquet"),
        ("draw", "report"),
    ),
    "figures of another version": (
        lambda run: _index(run, OLD_INDEX),
        ("report",),
    ),
    "figures that are torn": (
        lambda run: _index(run, OLD_INDEX[:9]),
        ("report",),
    ),
}


def _index(run: Path, text: str) -> None:
    (run / "figures").mkdir()
    (run / "figures" / "index.json").write_text(text)


def _scratched(path: Path) -> None:
    """Its rows are noise; its end, which says what it holds, is whole."""
    data = bytearray(path.read_bytes())
    data[4 : len(data) // 3] = bytes(len(data) // 3 - 4)
    path.write_bytes(data)


@pytest.mark.parametrize("case", BROKEN)
def test_commands_say_it_in_one_line(
    run: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    break_, steps = BROKEN[case]
    break_(run)
    for step in steps:
        assert main([step, "--config", f"{run.parent / 'm.yaml'}"]) == 2, step
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and ". Allowed: " in said and "python -m seqbench" in said


@pytest.mark.parametrize("name", ["claims", "longest"])
def test_runs_are_compared_without_what_one_of_them_has_not(
    run: Path, whole: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = run / "tables" / f"{name}.csv"
    hows: tuple[Callable[[Path], object], ...] = (
        Path.unlink,
        lambda path: (path.write_text("claim\n"), seals.sealed(path)),
    )
    for how in hows:
        how(file)
        assert main(["compare", str(run), str(whole)]) == 0
    empty(file)
    capsys.readouterr()
    assert main(["compare", str(run), str(whole)]) == 2
    assert f"{name}.csv: changed after it was written" in capsys.readouterr().err


@pytest.mark.parametrize("jobs", [[], [("adding", "rnn")]], ids=["no row", "a hole"])
def test_empty_tables_have_their_types_made_and_read(
    tmp_path: Path, jobs: list[tuple[str, str]]
) -> None:
    collect(tmp_path, jobs)
    analyze(tmp_path)
    made, read = derive(collected(tmp_path)), load(tmp_path)
    made.derived["claims"] = verdicts.make(made)
    every = {name: tables.columns(name) for name in tables.names()}
    for name, columns in (every | {"claims": verdicts.COLUMNS}).items():
        types = {column: kind for column, (kind, _) in columns.items()}
        for table in (made.derived[name], read.derived[name]):
            assert {column: str(kind) for column, kind in table.dtypes.items()} == types, name
