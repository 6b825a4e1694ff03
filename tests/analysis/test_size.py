"""Large runs: work grows with the trials and no faster, and long tables are never held whole."""

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from seqbench.analysis import analyze, load
from seqbench.analysis.tidy import LONG, read_table
from seqbench.report.task_pages import scores
from tests.helpers.collected import collect
from tests.helpers.results import write_results
from tests.helpers.rows import aggregate, compare, summarize

SIZES = {
    "tasks": ("adding", "copy"),
    "cells": ("rnn", "lstm"),
    "remedies": ("none", "clip_norm", "orthogonal", "forget_bias"),
    "learning_rates": (0.1,),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, str]]]:
    folder = tmp_path_factory.mktemp("run")
    jobs = write_results(folder, **SIZES)
    collect(folder, jobs)
    analyze(folder)
    return folder, jobs


def many(frame: pd.DataFrame, times: int) -> pd.DataFrame:
    """The same rows for so many times the tasks."""
    return pd.concat([frame.assign(task=frame["task"] + str(i)) for i in range(times)])


def calls(work: Callable[..., object], *tables: pd.DataFrame) -> int:
    """Function calls, Python's and built in: as steady as a clock is not."""
    profile = cProfile.Profile()
    profile.runcall(work, *tables)
    return pstats.Stats(profile).total_calls


def tell(summary: pd.DataFrame, comparisons: pd.DataFrame) -> None:
    for task in summary["task"].unique():
        of = scores.ranked(summary[summary["task"] == task], comparisons, task)
        scores.full(of), scores.best(of, None), scores.grids(of)


@pytest.mark.parametrize("work", [summarize, compare, aggregate, tell])
def test_four_times_the_trials_are_at_most_four_times_the_work(
    run: tuple[Path, list[tuple[str, str]]], work: Callable[..., object]
) -> None:
    tables = load(run[0])
    given = {
        summarize: (tables.trials, tables.costs),
        tell: (tables.summary, tables.comparisons),
    }.get(work, (tables.trials,))
    small, large = ([many(frame, times) for frame in given] for times in (5, 20))
    calls(work, *small)  # imports and caches
    assert calls(work, *large) < 4.4 * calls(work, *small)


@pytest.mark.parametrize("work", [summarize, compare, aggregate])
def test_a_combination_is_worth_hundreds_of_calls_not_thousands(
    run: tuple[Path, list[tuple[str, str]]], work: Callable[..., object]
) -> None:
    tables = load(run[0])
    given = (tables.trials, tables.costs) if work is summarize else (tables.trials,)
    given = [many(frame, 40) for frame in given]
    combinations = len(given[0].drop_duplicates(["task", "cell", "remedy"]))
    assert calls(work, *given) < 500 * combinations


@pytest.mark.parametrize("table", LONG)
def test_a_long_table_has_a_piece_per_job_and_gives_the_rows_asked_for(
    run: tuple[Path, list[tuple[str, str]]], table: str
) -> None:
    results, jobs = run
    assert pq.ParquetFile(results / "tables" / f"{table}.parquet").num_row_groups == len(jobs)
    every = read_table(results, table).drop(columns="fingerprint")
    wanted = (every["cell"] == "rnn") & every["remedy"].isin(["none", "clip_norm"])
    found = getattr(load(results), table).where(cell="rnn", remedy={"none", "clip_norm"})
    assert 0 < len(found) < len(every)
    pd.testing.assert_frame_equal(found, every[wanted].reset_index(drop=True))


def test_text_is_printed_as_pandas_prints_it(run: tuple[Path, list[tuple[str, str]]]) -> None:
    results, _ = run
    for table in ("curves", "flow"):
        expected = read_table(results, table).drop(columns="fingerprint").to_csv(index=False)
        assert (results / "tables" / f"{table}.csv").read_text() == expected


def test_what_networks_say_is_quoted(run: tuple[Path, list[tuple[str, str]]]) -> None:
    results, _ = run
    found = pd.read_csv(results / "tables" / "samples.csv")
    assert list(found["sample"]) == list(read_table(results, "samples")["sample"])
