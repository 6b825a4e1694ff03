"""Runs of which one has what the other has not: they are compared as far as they go."""

import shutil
from itertools import combinations_with_replacement
from pathlib import Path

import pytest

from seqbench import records
from seqbench.__main__ import main
from seqbench.results import analyze
from tests.helpers.collected import collect
from tests.helpers.results import write_results

LISTS = {"tasks": ["adding"], "cells": ["rnn", "lstm"], "remedies": ["none"], "seeds": [0, 1]}
SCORED = ("_score", "_skill", "solved")
LESS: dict[str, dict[str, object]] = {
    "whole": {},
    "no reach": {},
    "one seed": {"seeds": [0]},
    "one cell": {"cells": ["rnn"]},
    "all failed": {},
    "no claims": {},
    "nothing collected": {},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of each kind, as `analyze` leaves it."""
    top = tmp_path_factory.mktemp("runs")
    for name, lists in LESS.items():
        jobs = write_results(top / name, **LISTS | lists)
        if name == "all failed":
            for file in (top / name / "trials").rglob("*.parquet"):
                rows = records.read(file, "trials").to_pylist()
                kept = [key for key in rows[0] if not key.endswith(SCORED)]
                failed = [{key: row[key] for key in kept} | {"status": "failed"} for row in rows]
                records.write(file, "trials", failed)
        if name == "nothing collected":
            shutil.rmtree(top / name)
        collect(top / name, jobs, [] if name == "no reach" else jobs)
        analyze(top / name)
    (top / "no claims/tables/claims.csv").unlink()
    (top / "no claims/tables/longest.csv").unlink()
    return {name: top / name for name in LESS}


@pytest.mark.parametrize(("old", "new"), list(combinations_with_replacement(LESS, 2)))
def test_any_two_runs_are_compared(
    runs: dict[str, Path], old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["--csv", str(tmp_path / "c.csv"), "--json", str(tmp_path / "c.json")]
    for pair in ((old, new), (new, old)):
        assert main(["compare", *(str(runs[name]) for name in pair), *files]) == 0
        said = capsys.readouterr()
        assert said.out.startswith("old: ") and said.err == ""
