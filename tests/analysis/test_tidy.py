"""Collecting: everything, in one order, with a row for what is missing."""

from pathlib import Path

import pandas as pd
import pytest

from seqbench import records
from seqbench.analysis import analyze, load
from seqbench.analysis.tidy import LONG, read_table
from seqbench.errors import InputError
from tests.helpers.collected import collect
from tests.helpers.results import write_results

SMALL = {
    "tasks": ("adding", "copy"),
    "cells": ("rnn", "lstm"),
    "remedies": ("none", "clip_norm", "forget_bias", "spectral_radius+ridge_readout"),
    "learning_rates": (0.1, 0.5),
}


@pytest.fixture
def run(tmp_path: Path) -> tuple[Path, list[tuple[str, str]]]:
    return tmp_path, write_results(tmp_path, **SMALL)


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "tables").iterdir()}


def test_equal_inputs_give_equal_bytes_in_any_order(
    run: tuple[Path, list[tuple[str, str]]],
) -> None:
    results, jobs = run
    collect(results, jobs)
    analyze(results)
    first = everything(results)
    collect(results, jobs[::-1])
    analyze(results)
    assert everything(results) == first
    assert {f"{name}.{kind}" for name in records.TABLES for kind in ("csv", "parquet")} < set(first)
    assert {"summary.csv", "comparisons.csv", "effects.csv"} < set(first)


def test_no_row_is_lost_and_csv_says_what_parquet_says(
    run: tuple[Path, list[tuple[str, str]]],
) -> None:
    results, jobs = run
    collect(results, jobs)
    for table in records.TABLES:
        written = [records.read(results / table / t / f"{c}.parquet", table) for t, c in jobs]
        frame = read_table(results, table)
        assert len(frame) == sum(map(len, written)) > 0
        text = pd.read_csv(results / "tables" / f"{table}.csv", keep_default_na=False)
        left_out = {"fingerprint"} if table in LONG else set()
        assert list(text.columns) == [c for c in frame.columns if c not in left_out]
        assert len(text) == len(frame)


def test_a_missing_job_becomes_failed_rows_with_a_sentence(
    run: tuple[Path, list[tuple[str, str]]],
) -> None:
    results, jobs = run
    (results / "trials" / "copy" / "lstm.parquet").unlink()
    collect(results, jobs)
    analyze(results)
    tables = load(results)
    holes = tables.trials[tables.trials["status"] == "failed"]
    assert set(zip(holes["task"], holes["cell"], strict=True)) == {("copy", "lstm")}
    assert set(holes["remedy"]) == set(tables.trials["remedy"])
    assert set(holes["reason"]) == {"not trained: run the same command again"}
    assert set(holes["metric"]) == {"accuracy"}
    summary = tables.summary.set_index(["task", "cell", "remedy"])
    assert summary.loc[("copy", "lstm", "none"), "status"] == "failed"


def test_a_run_of_which_nothing_is_left_still_says_so(tmp_path: Path) -> None:
    collect(tmp_path, [("adding", "rnn")])
    analyze(tmp_path)
    tables = load(tmp_path)
    assert list(tables.summary["status"]) == ["failed"]
    assert tables.curves.where().empty


@pytest.mark.parametrize("table", records.TABLES | records.OTHERS)
def test_a_tampered_file_is_refused_by_name(
    run: tuple[Path, list[tuple[str, str]]], table: str
) -> None:
    results, jobs = run
    of_a_job = table in records.TABLES or table == "reach"
    name = f"{table}/adding/rnn.parquet" if of_a_job else f"{table}.parquet"
    path = results / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match=rf"{name}: changed"):
        collect(results, jobs, jobs)


def test_what_is_loaded_is_what_was_computed(run: tuple[Path, list[tuple[str, str]]]) -> None:
    results, jobs = run
    collect(results, jobs)
    analyze(results)
    tables = load(results)
    from seqbench.analysis.tables.summary import summarize

    pd.testing.assert_frame_equal(tables.summary, summarize(tables, tables.costs))


@pytest.mark.parametrize("step", ["collect", "analyze"])
def test_reading_too_early_names_the_step_that_is_missing(
    run: tuple[Path, list[tuple[str, str]]], step: str
) -> None:
    results, jobs = run
    if step == "analyze":
        collect(results, jobs)
    with pytest.raises(InputError, match=f"seqbench {step}"):
        load(results)
