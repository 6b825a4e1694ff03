"""Learning rates are chosen once per run, and nobody changes what was chosen."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from seqbench.analysis import choose, derive
from seqbench.analysis.tidy import Tables
from seqbench.report import content
from seqbench.results import analyze, load
from tests.helpers.collected import collect
from tests.helpers.places import HOME
from tests.helpers.results import write_results


@pytest.fixture
def results(tmp_path: Path) -> Path:
    lists = {"tasks": ("adding", "copy"), "cells": ("memoryless", "rnn", "lstm")}
    collect(tmp_path, write_results(tmp_path, **lists, remedies=("none", "clip_norm", "truncate")))
    analyze(tmp_path)
    return tmp_path


SMOKE = HOME / "workflow/config/smoke.yaml"


def reported(tables: Tables) -> object:
    return content.build(tables, SMOKE, Path("results"))


@pytest.mark.parametrize("work", [derive, reported])
def test_the_choice_is_made_once_and_kept_as_it_is(
    results: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[Tables], object]
) -> None:
    calls, made = [], choose.tuned
    monkeypatch.setattr(choose, "tuned", lambda trials: calls.append(1) or made(trials))
    tables = load(results)
    before = tables.trials.copy()
    other = work(tables)
    assert len(calls) == 1
    used = other if isinstance(other, Tables) else tables
    pd.testing.assert_frame_equal(used.trials, before)
    pd.testing.assert_frame_equal(used.tried, choose.attempts(before))
    pd.testing.assert_frame_equal(used.tuned, made(before))


def test_other_trials_are_chosen_from_anew(results: Path) -> None:
    tables = load(results)
    fewer = replace(tables, trials=tables.trials[tables.trials["cell"].eq("rnn")])
    assert set(tables.tuned["cell"]) > set(fewer.tuned["cell"]) == {"rnn"}
