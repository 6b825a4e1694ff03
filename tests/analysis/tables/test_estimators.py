"""The verdict on an estimate of the gradient, and the skill that stands beside it."""

from dataclasses import replace

import pandas as pd
import pytest

from seqbench.analysis.tables import estimators
from seqbench.analysis.tables.summary import COLUMNS as SUMMARY
from seqbench.analysis.tidy import Tables
from tests.helpers.bare import bare
from tests.helpers.claims import frame, rows

ONE = {"cell": "rnn", "remedy": "uoro", "acts_at": "estimate", "lag": 8, "draws": 64, "pairs": 4}
ONE |= {"bias": 0.3, "bias_error": 0.2, "spread": 1.6, "cosine": 0.5, "kept": 96.0, "reason": ""}


def tables(*found: dict[str, object], skills: dict[tuple[str, str], float] | None = None) -> Tables:
    """Estimates, and the mean skills of (task, remedy) on `rnn`."""
    known = [
        {"task": task, "cell": "rnn", "remedy": remedy, "status": "ok", "skill": skill}
        for (task, remedy), skill in (skills or {}).items()
    ]
    types = {name: kind for name, (kind, _) in SUMMARY.items()}
    summary = pd.DataFrame(known, columns=list(types)).astype(types)
    trials = [row for key in skills or {} for row in rows([0.5], task=key[0], remedy=key[1])]
    whole = replace(bare(frame("trials", trials)), derived={"summary": summary})
    costs = [
        {name: row[name] for name in ("cell", "remedy", "lag")} | {"seconds": 0.25}
        for row in found
        if "lag" in row
    ]
    return replace(
        whole,
        estimates=frame("estimates", list(found)),
        estimate_costs=frame("estimate_costs", costs),
    )


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "no bias found"),
        ({"bias": 0.41}, "biased"),
        ({"bias": 1e-15, "bias_error": 0.0, "spread": 0.0}, "exact"),
        ({"bias": 0.01, "bias_error": 0.0, "spread": 0.0}, "biased"),
        ({"bias": 1e-7, "bias_error": 1e-3, "spread": 0.01}, "no bias found"),
    ],
)
def test_the_verdict_follows_bias_and_error(changed: dict[str, float], verdict: str) -> None:
    (row,) = estimators.make(tables(ONE | changed)).to_dict("records")
    assert row["verdict"] == verdict and row["seconds"] == 0.25
    assert pd.isna(row["skill"]) and pd.isna(row["tasks"]), "nothing was trained"


def test_one_lag_in_reading_order_and_no_row_of_a_hole() -> None:
    none = ONE | {"remedy": "none", "acts_at": ""}
    hole = {"cell": "memoryless", "remedy": "uoro", "acts_at": "estimate", "reason": "no loop"}
    cut = ONE | {"remedy": "a_cut", "acts_at": "carry"}
    made = estimators.make(tables(ONE, ONE | {"lag": 4}, hole, cut, none, ONE | {"cell": "lstm"}))
    assert list(zip(made["cell"], made["remedy"], strict=True)) == [
        ("rnn", "none"), ("rnn", "a_cut"), ("rnn", "uoro"), ("lstm", "uoro"),
    ]  # fmt: skip
    assert estimators.make(tables()).empty


def test_skills_are_means_over_the_tasks_that_all_were_trained_on() -> None:
    skills = {("x", "none"): 0.9, ("y", "none"): 0.7, ("z", "none"): 0.1}
    skills |= {("x", "uoro"): 0.5, ("y", "uoro"): 0.1, ("x", "clip_norm"): 0.0}
    made = estimators.make(tables(ONE, ONE | {"remedy": "none", "acts_at": ""}, skills=skills))
    found = made.set_index("remedy")[["skill", "tasks"]]
    assert found.loc["none", "skill"] == pytest.approx(0.8), "not of z"
    assert found.loc["uoro", "skill"] == pytest.approx(0.3)
    assert list(found["tasks"]) == [2, 2]


def test_without_a_task_in_common_there_is_no_skill() -> None:
    skills = {("x", "none"): 0.9, ("y", "uoro"): 0.7}
    made = estimators.make(tables(ONE, ONE | {"remedy": "none", "acts_at": ""}, skills=skills))
    assert made["skill"].isna().all() and len(made) == 2


def test_only_telling_tasks_count_unless_no_task_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    skills = {(task, name): skill for task, skill in (("x", 0.9), ("y", 0.5))
              for name in ("none", "uoro")}  # fmt: skip
    for telling, skill, n in ((["x"], 0.9, 1), (["x", "y"], 0.7, 2), ([], 0.7, 2)):
        made = tables(ONE, skills=skills)
        monkeypatch.setitem(vars(made), "telling", frozenset(telling))
        (row,) = estimators.make(made).to_dict("records")
        assert (row["skill"], row["tasks"]) == (pytest.approx(skill), n)
