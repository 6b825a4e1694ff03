"""What the page carries of every trial: whole, rounded, thinned, and the same every time."""

import base64
import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqbench.analysis.choose import tuned
from seqbench.analysis.tidy import Tables
from seqbench.report.task_pages import runs
from seqbench.report.task_pages.curves import rounded, thinned
from seqbench.results import load


@pytest.fixture(scope="module")
def tables(results: Path) -> Tables:
    return load(results)


def unpacked(text: str) -> dict:
    return json.loads(gzip.decompress(base64.b64decode(text)))


def test_every_trial_is_there_once_with_its_scores(tables: Tables) -> None:
    packed = runs.gather(tables, "m.yaml", "results")
    assert set(packed) == set(tables.trials.task)
    for task, text in packed.items():
        data, own = unpacked(text), tables.trials[tables.trials.task.eq(task)]
        columns = data["columns"]
        assert {len(column) for column in columns.values()} == {len(own)}
        names = [data["names"][kind] for kind in ("cell", "remedy")]
        found = pd.DataFrame(
            {
                "cell": [names[0][code] for code in columns["cell"]],
                "remedy": [names[1][code] for code in columns["remedy"]],
                "learning_rate": pd.array(columns["rate"], "Float64").astype("float64"),
                "seed": pd.array(columns["seed"], "Int64"),
                "skill": pd.array(columns["skill"], "Float64").astype("float64"),
            }
        )
        both = own.merge(found, on=["cell", "remedy", "learning_rate", "seed"])
        assert len(both) == len(own)
        np.testing.assert_allclose(both.skill, both.test_skill, rtol=1e-3)


def test_what_is_marked_as_chosen_was_chosen_on_validation(tables: Tables) -> None:
    data = unpacked(runs.gather(tables, "m.yaml", "results")["copy"])
    chosen = tuned(tables.trials)
    assert sum(data["columns"]["chosen"]) == int(chosen.task.eq("copy").sum()) > 0


def test_two_packings_are_alike_and_hold_no_markup(tables: Tables) -> None:
    first = runs.gather(tables, "a b.yaml", "results")
    assert runs.gather(tables, "a b.yaml", "results") == first
    assert not set("".join(first.values())) - set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
    )
    assert unpacked(first["copy"])["command"].endswith("--config 'a b.yaml'")


def test_of_too_many_trials_there_are_no_curves(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "POINTS", 10)
    data = unpacked(runs.gather(tables, "m.yaml", "results")["copy"])
    assert data["curves"] == {} and data["points"] == 0


def test_what_is_no_number_is_nothing() -> None:
    assert rounded(pd.Series([np.nan, np.inf, 0.0, -123456.0, 1.23456e-9, 2.0]), 4) == [
        None, None, 0, -123500, 1.235e-9, 2,
    ]  # fmt: skip


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=8),
    st.integers(1, 20),
)
def test_a_thinned_curve_keeps_its_end(lengths: list[int], most: int) -> None:
    trial = np.repeat(np.arange(len(lengths)), lengths)
    kept = thinned(trial, most)
    for number, length in enumerate(lengths):
        own = np.flatnonzero(trial[kept] == number)
        assert len(own) == min(length, most)
        assert kept[own[-1]] == sum(lengths[: number + 1]) - 1


def test_settings_are_said_in_words() -> None:
    assert runs.knobs('{"task": {"length": 50}, "cell": {}}') == "length = 50 (task)"
    assert runs.knobs("") == runs.knobs("{}") == "all at their defaults"
