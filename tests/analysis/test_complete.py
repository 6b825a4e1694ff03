"""Collected are the trials that the matrix asks for: none too many, none too few."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from seqbench import records
from seqbench.analysis.complete import Facts, Key, Wanted
from seqbench.analysis.tidy import LONG, read_table
from seqbench.tally import NOT_TRAINED
from tests.helpers.collected import collect
from tests.helpers.results import write_results

NAMES = ("none", "clip_norm", "forget_bias", "spectral_radius+ridge_readout")
REMEDIES = dict.fromkeys(NAMES, ("",))
SEEDS, RATES = (0, 1), (0.1, 0.5)
JOBS = [("adding", "rnn"), ("adding", "lstm")]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    lists = {"tasks": ("adding",), "cells": ("rnn", "lstm"), "remedies": NAMES}
    write_results(tmp_path, **lists, seeds=SEEDS, learning_rates=RATES)
    return tmp_path


def trials(results: Path, wanted: Wanted) -> pd.DataFrame:
    collect(results, JOBS, wanted=dict.fromkeys(JOBS, wanted))
    return read_table(results, "trials")


def holes(frame: pd.DataFrame) -> set[tuple[object, ...]]:
    rows = frame[frame["reason"] == NOT_TRAINED]
    assert set(rows["status"]) <= {"failed"} and set(rows["metric"]) <= {"mse"}
    keys = rows[["cell", "remedy", "seed", "learning_rate"]].astype(object)
    return set(keys.where(keys.notna(), None).itertuples(index=False, name=None))


def everything(results: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (results / "tables").iterdir()}


def test_what_is_whole_stays_as_it_is_to_the_byte(results: Path) -> None:
    collect(results, JOBS)
    before = everything(results)
    assert not holes(trials(results, Wanted(REMEDIES, SEEDS, RATES)))
    assert everything(results) == before


def test_every_trial_that_is_not_there_is_a_row(results: Path) -> None:
    more = Wanted({**REMEDIES, "truncate": ("",)}, (*SEEDS, 7), (*RATES, 0.9))
    found = holes(trials(results, more))
    new = {(7, rate) for rate in more.rates} | {(seed, 0.9) for seed in SEEDS}
    assert {key[2:] for key in found if key[:2] == ("lstm", "clip_norm")} == new
    assert len([key for key in found if key[:2] == ("rnn", "truncate")]) == 9
    closed = {key[1:] for key in found if key[0] == "rnn" and "ridge" in str(key[1])}
    assert closed == {("spectral_radius+ridge_readout", 7, None)}, "it has no learning rate"
    assert not any(key[:2] == ("rnn", "forget_bias") for key in found), "it does not apply"


def test_a_job_without_a_file_is_all_its_trials(results: Path) -> None:
    (results / "trials/adding/rnn.parquet").unlink()
    found = trials(results, Wanted(REMEDIES, SEEDS, RATES))
    assert len(holes(found)) == 3 * 4 + 2
    assert set(found[found["cell"] == "rnn"]["remedy"]) == set(REMEDIES)


def test_what_the_matrix_does_not_ask_for_is_left_out_of_every_table(results: Path) -> None:
    fewer = Wanted({"none": ("",), NAMES[-1]: ("",)}, (1,), (0.5,))
    found = trials(results, fewer)
    assert not holes(found) and len(found) == 4
    for table in records.TABLES:
        rows = read_table(results, table)
        assert set(rows["remedy"]) <= set(fewer.remedies) and set(rows["seed"]) == {1}, table
        assert set(rows["learning_rate"].dropna()) == {0.5}
        assert len(rows) or table in LONG


def test_closed_is_what_acts_at_solve_and_nothing_that_is_called_alike() -> None:
    facts = Facts(acts_at={"closed": "initialize+solve", "other": "dissolve"})
    nothing = records.schema("trials").empty_table()
    lacking = facts.missing(nothing, Wanted({"closed": ("",), "other": ("",)}, (1,), RATES))
    rates = {"closed": (None,), "other": RATES}
    assert lacking == {Key(name, "", 1, rate, "both") for name in rates for rate in rates[name]}


def test_only_a_row_without_seed_and_learning_rate_stands_for_all_of_a_remedy() -> None:
    rows = [{"remedy": "some", "learning_rate": 0.1}, {"remedy": "all"}]
    table = pa.Table.from_pylist(
        [row | {"setting": ""} for row in rows], schema=records.schema("trials")
    )
    lacking = Facts().missing(table, Wanted({"some": ("",), "all": ("",)}, (1,), (0.1,)))
    assert lacking == {Key("some", "", 1, 0.1, "both")}
