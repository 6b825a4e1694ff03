"""The tables across tasks equal brute force and statsmodels, and compare what can be compared."""

from dataclasses import replace
from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as formula
from statsmodels.stats.anova import anova_lm

from seqbench.analysis import analyze, load, runs
from seqbench.analysis.tables import names, pareto
from seqbench.analysis.tables.budget import chance_to_be_best, expected_best
from seqbench.analysis.tables.pareto import front
from seqbench.analysis.tables.variance import FACTORS, REST, explain, squares
from seqbench.analysis.tidy import Tables
from tests.helpers.collected import collect
from tests.helpers.results import write_results


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("run")
    cells = ("memoryless", "rnn", "gru", "lstm")
    collect(folder, write_results(folder, cells=cells, seeds=range(4), learning_rates=(0.1, 0.5)))
    analyze(folder)
    return load(folder)


def test_variance_equals_an_analysis_of_variance_of_type_two() -> None:
    random = np.random.default_rng(0)
    skill = random.normal(size=(3, 4, 3, 3)) + random.normal(size=(3, 1, 3, 1))
    names, freedom, sums = squares(skill)
    index = pd.MultiIndex.from_product([range(n) for n in skill.shape], names=FACTORS)
    frame = pd.DataFrame({"skill": skill.ravel()}, index=index).reset_index()
    model = formula.ols("skill ~ (C(cell) + C(remedy) + C(task) + C(seed)) ** 2", frame).fit()
    expected = anova_lm(model, typ=2)
    terms = [":".join(f"C({part})" for part in name.split(" x ")) for name in names[:-1]]
    assert sums == pytest.approx(expected.loc[[*terms, "Residual"], "sum_sq"].to_numpy())
    assert freedom == pytest.approx(expected.loc[[*terms, "Residual"], "df"].to_numpy())
    shares = {row[0]: row[3] for row in explain(skill)}
    assert sum(shares.values()) == pytest.approx(1)
    assert list(shares) == [*names[:-1], REST]


def test_what_does_nothing_explains_nothing_beyond_chance() -> None:
    skill = np.random.default_rng(1).normal(size=(4, 6, 4, 5))
    skill += np.linspace(0, 3, 4)[:, None, None, None]  # the cell decides
    found = {row[0]: row for row in explain(skill)}
    assert found["cell"][3] > 0.5 and found["cell"][3] == pytest.approx(found["cell"][6], abs=0.01)
    assert abs(found["remedy"][6]) < 0.02, "omega squared is about zero"
    low, high = found["cell"][4:6]
    assert 0 <= low < found["cell"][3] < high <= 1


def test_only_what_ran_everywhere_is_compared() -> None:
    rows = [
        {"cell": cell, "task": task, "seed": seed, "test_skill": 1.0}
        for cell in "abc" for task in "xyz" for seed in range(2)
        if (cell, task) not in {("b", "x"), ("b", "y"), ("c", "z")}
    ]  # fmt: skip
    levels, array = runs.complete(pd.DataFrame(rows), ("cell", "task", "seed"), "test_skill")
    assert np.isfinite(array).all() and array.shape == tuple(len(of) for of in levels.values())
    assert levels["cell"] == ["a", "c"] and levels["task"] == ["x", "y"]
    keep = runs.complete(pd.DataFrame(rows), ("cell", "task", "seed"), "test_skill", {"cell": "b"})
    assert "b" in keep[0]["cell"] and np.isfinite(keep[1]).all()


def test_none_is_always_among_what_is_compared(tables: Tables) -> None:
    for of in runs.gather(tables):
        assert of.kind == "cell" or "none" in of.names
        assert np.isfinite(of.skill).all()
    kinds = {(of.kind, of.tasks) for of in runs.gather(tables)}
    assert kinds == {(kind, tasks) for kind in runs.KINDS for tasks in ("all", "telling")}


def test_a_cell_without_memory_is_no_witness_for_remedies(tables: Tables) -> None:
    on_all = [of for of in runs.gather(tables) if of.kind == "remedy"]
    assert all("memoryless" not in of.levels["cell"] for of in on_all)


def test_chances_to_be_best_are_those_of_every_draw() -> None:
    for grid, k in ((5, 1), (5, 2), (6, 4), (3, 3)):
        best = [max(drawn) for drawn in combinations(range(1, grid + 1), k)]
        places = np.arange(1.0, grid + 1)
        expected = [best.count(place) / comb(grid, k) for place in places]
        assert chance_to_be_best(places, np.full(grid, grid), k) == pytest.approx(expected)


def test_the_best_of_k_is_chosen_by_validation_and_ties_share() -> None:
    frame = pd.DataFrame({
        "task": "t", "base": "rnn", "remedy": "none", "seed": 0,
        "rank": [0.1, 0.9, 0.9], "redrawn_skill": [1.0, 0.2, 0.4],
    })  # fmt: skip
    skills = [expected_best(frame, k)["skill"].iloc[0] for k in (1, 2, 3, 4)]
    assert skills == pytest.approx([1.6 / 3, 0.3, 0.3, 0.3])


def test_a_second_trial_never_hurts_on_validation(tables: Tables) -> None:
    frame = tables.derived["budget"]
    assert set(frame["k"]) == {1, 2}
    wide = frame[frame["kind"].eq("cell") & frame["tasks"].eq("telling")].pivot(
        index="name", columns="k", values="skill"
    )
    assert (wide[2] > wide[1] - 0.02).all()  # test skill follows validation in the made-up runs


def test_the_front_is_what_nothing_beats() -> None:
    random = np.random.default_rng(3)
    cost, skill = random.integers(1, 9, 60).astype(float), random.integers(0, 9, 60) / 8
    cost[5] = skill[7] = np.nan
    found = front(cost, skill)
    for i in range(60):
        beaten = (cost <= cost[i]) & (skill >= skill[i]) & ((cost < cost[i]) | (skill > skill[i]))
        known = np.isfinite(cost[i]) and np.isfinite(skill[i])
        assert not found[i] or (known and not beaten.any())
        same = (cost == cost[i]) & (skill == skill[i])
        assert found[same].sum() == int(known and not beaten.any())


def test_probabilities_of_a_pair_add_up_to_one(tables: Tables) -> None:
    frame = tables.derived["improvement"]
    cells = frame[frame["kind"].eq("cell")].set_index(["tasks", "name", "versus"])
    for (tasks, name, versus), row in cells.iterrows():
        assert row.probability + cells.loc[(tasks, versus, name)].probability == pytest.approx(1)


def test_profiles_fall(tables: Tables) -> None:
    for _, line in tables.derived["profiles"].groupby(["kind", "tasks", "name"]):
        assert (line["share"].diff().dropna() <= 0).all()
        assert ((line["low"] <= line["share"]) & (line["share"] <= line["high"])).all()


def test_sensitivity_has_one_chosen_rate_and_loses_nothing_there(tables: Tables) -> None:
    frame = tables.derived["sensitivity"]
    chosen = frame[frame["chosen"]]
    assert not chosen.duplicated(["task", "cell", "remedy"]).any()
    assert (chosen["lost"] == 0).all()
    summary = tables.summary[tables.summary["status"].eq("ok")]
    assert len(chosen) == len(summary)
    both = chosen.merge(summary, on=["task", "cell", "remedy"])
    assert both["skill_x"].to_numpy() == pytest.approx(both["skill_y"].to_numpy())


OWN = (
    "averages", "ranks", "profiles", "improvement", "variance", "survival", "sensitivity", "budget",
    "pareto",
)  # fmt: skip


def test_what_has_learned_nothing_is_on_no_front(tables: Tables) -> None:
    summary = tables.summary.copy()
    cheap = summary["cell"].eq("memoryless")
    summary.loc[cheap, "trained"] = 1
    for skill, on in ((0.2, True), (0.04, False)):
        summary.loc[cheap, "skill"] = skill
        made = pareto.make(replace(tables, derived=tables.derived | {"summary": summary}))
        assert made[made["cell"].eq("memoryless")]["front_trained"].any() == on


def test_state_numbers_are_told_beside_skill_and_averaged_over_tasks(tables: Tables) -> None:
    summary = tables.summary.copy()
    assert summary[summary["cell"].eq("lstm")]["state_numbers"].eq(64).all()
    first = summary["task"].eq(summary["task"].iloc[0])
    summary.loc[first & summary["cell"].eq("lstm"), "state_numbers"] = 64 + 1000
    made = pareto.make(replace(tables, derived=tables.derived | {"summary": summary}))
    told = made[made["cell"].eq("lstm") & made["remedy"].eq("none")].set_index("tasks")
    every = told["state_numbers"] == 64 + 1000 / told["on"]
    assert (every | told["state_numbers"].eq(64)).all() and every.any()


SMALL = {
    "nothing": None,
    "one trial": {"remedies": ("none",), "seeds": (0,), "learning_rates": (0.1,)},
    "without none": {"remedies": ("clip_norm", "identity"), "seeds": (0, 1)},
    "one remedy": {"remedies": ("none", "clip_norm"), "seeds": (0, 1, 2)},
}


@pytest.mark.parametrize("name", SMALL)
def test_small_runs_have_tables_too(tmp_path: Path, name: str) -> None:
    sizes = SMALL[name]
    jobs = [("adding", "rnn")]
    if sizes is not None:
        jobs = write_results(tmp_path, tasks=("adding",), cells=("rnn",), **sizes)
    collect(tmp_path, jobs)
    analyze(tmp_path)
    derived = load(tmp_path).derived
    assert set(OWN) <= set(names()) and all(len(derived[table].columns) > 3 for table in OWN)
    assert sizes is not None or all(derived[table].empty for table in OWN)


def test_the_order_of_rows_changes_nothing(tables: Tables) -> None:
    from dataclasses import replace
    from importlib import import_module

    shuffled = replace(
        tables,
        trials=tables.trials.sample(frac=1, random_state=1),
        costs=tables.costs.sample(frac=1, random_state=2),
    )
    for name in OWN:
        make = import_module(f"seqbench.analysis.tables.{name}").make
        pd.testing.assert_frame_equal(make(tables), make(shuffled))
