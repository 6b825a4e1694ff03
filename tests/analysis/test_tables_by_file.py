"""A derived table is one file: it is made in its turn, written, read back and an output."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest

from seqbench import analysis, records, results
from seqbench.analysis import tables
from seqbench.analysis.columns import typed
from seqbench.analysis.tidy import Tables, collected, read_csv, write_csv
from seqbench.claims import table as verdicts
from tests.helpers.collected import collect
from tests.helpers.results import write_results

Run = Callable[..., subprocess.CompletedProcess[str]]
COLLECTED = (*records.TABLES, *records.OTHERS)
CHOSEN = (  # what follows from the trials and the design
    "tried", "searched", "tuned", "alike", "unlike", "once", "twins", "idle", "reference_arms",
    "gains", "bought", "telling", "tells",
    "optimizers", "baseline",
)  # fmt: skip
FILE = '''"""best_cells.csv: the best cell of every task."""

import pandas as pd

from seqbench.analysis.tidy import Tables

COLUMNS = {"task": ("str", "name in the matrix"), "skill": ("float64", "highest mean test skill")}
MADE_FROM = ("summary",)


def make(tables: Tables) -> pd.DataFrame:
    """A row per task."""
    return tables.summary.groupby("task", as_index=False)["skill"].max()
'''
MATRIX = """\
name: file
results: out
report: pages/report
tasks: {adding: }
cells: {rnn: , lstm: }
remedies: {none: , clip_norm: }
"""
SIZES = {"tasks": ("adding",), "cells": ("rnn", "lstm"), "remedies": ("none", "clip_norm")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Everything that was collected, and everything derived from it."""
    folder = tmp_path_factory.mktemp("run")
    jobs = write_results(folder, **SIZES)
    collect(folder, jobs, jobs)
    return analysis.derive(collected(folder))


@pytest.mark.parametrize("name", tables.names())
def test_it_is_made_from_what_it_says_and_from_nothing_else(name: str, whole: Tables) -> None:
    table = tables.load(name)
    sources = set(table.MADE_FROM)
    assert sources and sources <= {*COLLECTED, *tables.names()} - {name}
    derived = {other: made for other, made in whole.derived.items() if other in sources}
    given = {other: getattr(whole, other) for other in COLLECTED if other in sources}
    given |= {kind: getattr(whole, kind) for kind in CHOSEN if "trials" in sources}
    alone = SimpleNamespace(derived=derived, **(derived | given))
    if "trials" in sources:
        alone.parts = dict.fromkeys(whole.optimizers, alone)
    made = table.make(cast(Tables, alone))
    if getattr(table, "APART", False):
        made = made.assign(optimizer=whole.optimizers[0])
    pd.testing.assert_frame_equal(typed(made, tables.columns(name)), whole.derived[name])


@pytest.mark.parametrize("rows", [0, 1, 3])
@pytest.mark.parametrize("name", results.derived())
def test_it_is_read_back_with_its_types(name: str, rows: int, tmp_path: Path) -> None:
    columns = verdicts.COLUMNS if name == results.VERDICTS else tables.columns(name)
    some = {
        "str": ["1", "", "NA"],
        "float64": [0.1, float("nan"), float("inf")],
        "Int64": [2**53 + 1, None, 0],
        "boolean": [True, None, False],
    }
    made = typed(pd.DataFrame({k: some[kind][:rows] for k, (kind, _) in columns.items()}), columns)
    write_csv(tmp_path / "x.csv", made)
    pd.testing.assert_frame_equal(read_csv(tmp_path / "x.csv", columns), made)


def test_it_is_made_after_what_it_is_made_from() -> None:
    order = tables.in_order()
    assert sorted(order) == list(tables.names())
    for place, name in enumerate(order):
        assert not set(tables.load(name).MADE_FROM) & set(order[place:])


def test_one_file_more_is_one_table_more(project: Path, run: Run) -> None:
    (project / "seqbench/analysis/tables/best_cells.py").write_text(FILE)
    (project / "m.yaml").write_text(MATRIX)
    collect(project / "out", write_results(project / "out", **SIZES))

    assert run("seqbench", "analyze", "--config", "m.yaml").returncode == 0
    file = project / "out/tables/best_cells.csv"
    skills = pd.read_csv(project / "out/tables/summary.csv")["skill"]
    assert pd.read_csv(file).to_dict("list") == {"task": ["adding"], "skill": [skills.max()]}

    file.unlink()
    assert "best_cells.csv: does not exist" in run("seqbench", "draw", "--config", "m.yaml").stderr
    planned = run("snakemake", "-n", "out/tables/best_cells.csv", "--configfile", "m.yaml")
    assert planned.returncode == 0, planned.stderr
    assert re.search(r"^analyze +1$", planned.stdout, re.MULTILINE)
