"""Every cell against every other, by hand."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from seqbench.analysis import lookup
from seqbench.analysis.tables import cell_pairs
from seqbench.analysis.trials import Trials
from tests.helpers.rows import table, trial

CELLS, TASKS, SEEDS = ("gru", "lstm", "rnn"), ("adding", "copy"), range(4)


def made(valid: dict[str, float], test: dict[str, float], seeds: range = SEEDS) -> Trials:
    """Skills that differ by seed and task alike for all cells, and a little by chance."""
    random = np.random.default_rng(0)
    rows = []
    for cell, task, seed in product(CELLS, TASKS, seeds):
        common = 0.05 * seed + 0.1 * TASKS.index(task) + random.normal(0, 0.01)
        facts = {"cell": cell, "task": task, "optimizer": "adam"}
        rows.append(trial(seed, 0.1, valid[cell] + common, test[cell] + common, **facts))
    return Trials(table(*rows))


SKILLS = {"gru": 0.5, "lstm": 0.4, "rnn": 0.1}


def pair(frame: pd.DataFrame, cell: str, versus: str) -> pd.Series:
    rows = frame[frame["tasks"].eq("telling")].set_index(["cell", "versus"])
    return rows.loc[(cell, versus)]


def every_sign(differences: np.ndarray) -> float:
    sums = [np.dot(signs, differences) for signs in product((1, -1), repeat=len(differences))]
    return float(np.mean([abs(s) >= abs(differences.sum()) - 1e-12 for s in sums]))


def test_a_row_is_what_is_computed_by_hand() -> None:
    run = made(SKILLS, SKILLS)
    frame = cell_pairs.make(run)
    skill = run.tuned.set_index(["task", "seed", "cell"])["test_skill"].unstack()
    p = {}
    for one, other in (("gru", "lstm"), ("gru", "rnn"), ("lstm", "rnn")):
        row, change = pair(frame, one, other), skill[one] - skill[other]
        p[one, other] = every_sign(change.to_numpy())
        assert row["n"] == 8 and row["difference"] == pytest.approx(change.mean())
        assert row["p"] == pytest.approx(p[one, other])
        assert row["low"] < row["difference"] < row["high"]
        by_task = change.groupby("task")
        error = np.sqrt((by_task.var() / by_task.size()).sum()) / 2
        assert (row["high"] - row["low"]) / 2 / error == pytest.approx(2.5, abs=0.3)
        assert row["p_holm"] == pytest.approx(3 * 2 / 2**8), "all three are as small as can be"
        assert row["verdict"] == "better"


def test_they_are_ordered_by_validation_and_told_by_the_test() -> None:
    frame = cell_pairs.make(made(SKILLS, {"gru": 0.1, "lstm": 0.4, "rnn": 0.5}))
    assert list(frame["cell"].unique()) == ["gru", "lstm"]
    assert pair(frame, "gru", "rnn")["verdict"] == "worse"
    assert pair(frame, "gru", "rnn")["difference"] == pytest.approx(-0.4, abs=0.02)


def test_holm_corrects_over_all_pairs_and_few_seeds_can_show_nothing() -> None:
    frame = cell_pairs.make(made(SKILLS, SKILLS, range(2)))
    assert frame["p"].eq(2 / 2**4).all() and set(frame["verdict"]) == {"too few seeds"}


def test_only_what_all_cells_have_is_compared() -> None:
    run = made(SKILLS, SKILLS)
    lost = run.trials["cell"].eq("rnn") & run.trials["seed"].eq(3)
    frame = cell_pairs.make(Trials(run.trials[~lost]))
    assert set(frame["n"]) == {6}


def test_a_remedy_has_no_place_in_it() -> None:
    run = made(SKILLS, SKILLS)
    more = run.trials.assign(remedy="clip_norm", test_skill=1.0)
    both = Trials(pd.concat([run.trials, more], ignore_index=True))
    pd.testing.assert_frame_equal(cell_pairs.make(both), cell_pairs.make(run))


def test_one_cell_has_no_pair() -> None:
    run = made(SKILLS, SKILLS)
    for trials in (run.trials[run.trials["cell"].eq("rnn")], run.trials.iloc[:0]):
        frame = cell_pairs.make(Trials(trials))
        assert frame.empty and list(frame) == list(cell_pairs.COLUMNS)


def test_from_the_other_side_it_is_turned_round() -> None:
    class Known:
        derived = {"cell_pairs": cell_pairs.make(made(SKILLS, SKILLS))}

    one = lookup.against(Known, "gru", "rnn")  # type: ignore[arg-type]
    other = lookup.against(Known, "rnn", "gru")  # type: ignore[arg-type]
    assert (one.verdict, other.verdict) == ("better", "worse")
    assert one.difference.mean == -other.difference.mean == pytest.approx(0.4, abs=0.02)
    assert (one.difference.low, one.difference.high) == (
        -other.difference.high,
        -other.difference.low,
    )
    assert lookup.against(Known, "gru", "minimalrnn") is None  # type: ignore[arg-type]
