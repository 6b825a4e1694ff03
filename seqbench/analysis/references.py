"""Reference arms: what a task gives without learning through time, and what that learning adds.

    no loop          a cell without memory, on the same task
    untrained loop   `freeze_recurrent`: the recurrent weights stay as they began
    gradient cut     `truncate` with the horizon 1: no gradient passes from one step to another

What the gradient through time buys a cell is the test skill of its best other arm above the best
of these, seed by seed; both are chosen by mean validation score. A readout in closed form is
neither: no gradient passes through its loop, and its network may be of another size. Where it buys
nothing, a score says nothing of vanishing gradients: such tasks are not telling, and no headline
mean counts them.
"""

import json
from collections.abc import Mapping
from typing import cast

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.methods.statistics import mean_interval
from seqbench.criteria import enough

FROZEN, CUT = "freeze_recurrent", "truncate"
NEEDED = ["task", "cell", "remedy", "seed", "rank", "test_skill", "solved", "acts_at"]
SLIGHT = 0.05  # skill; what is less is nothing, as no score below chance counts
# name: (dtype, meaning)
COLUMNS = {
    "task": ("str", "name in the matrix"),
    "cell": ("str", "name in the matrix, of one with a loop"),
    "n": ("Int64", "seeds that both sides have"),
    "trained": ("str", "the remedy with the best validation score, reference arms left out"),
    "skill": ("float64", "its test skill, mean over seeds"),
    "reference": ("str", "the reference arm with the best validation score: a remedy, or a cell"),
    "reference_skill": ("float64", "its test skill, mean over seeds"),
    "bought": ("float64", "what the gradient through time buys: the first minus the second"),
    "bought_low": ("float64", "95 % t interval over pairs"),
    "bought_high": ("float64", "95 % t interval over pairs"),
    "solved_without": ("boolean", "the reference arm solves the task, with 80 % of its seeds"),
}


def remedies(trials: pd.DataFrame) -> set[str]:
    """The remedies that are reference arms."""
    asked = trials[["remedy", "knobs"]].drop_duplicates()
    found = set()
    for name, knobs in asked.itertuples(index=False):
        base = str(name).partition("@")[0]
        given = json.loads(knobs or "{}").get("remedy", {})
        if base == FROZEN or (base == CUT and given.get("horizon") == 1):
            found.add(str(name))
    return found


def bought(trials: pd.DataFrame, tuned: pd.DataFrame) -> pd.DataFrame:
    """The table of COLUMNS: a row per (task, cell with a loop) that has a reference arm."""
    tuned, rows = tuned[NEEDED], []
    control = tuned["cell"].map(order.cell_family).eq("control")
    loopless = control & tuned["remedy"].eq("none")
    arm = tuned["remedy"].isin(remedies(trials))
    of_task = {str(task): some for task, some in tuned[loopless].groupby("task")}
    there = arm.groupby([tuned["task"], tuned["cell"]]).transform("any")
    asked = tuned[~control & (there | tuned["task"].isin(of_task))]
    for (task, cell), own in asked.groupby(["task", "cell"]):
        without = own[arm[own.index]]
        trained = own[~arm[own.index] & ~own["acts_at"].str.contains("solve")]
        if task in of_task:
            other = of_task[str(task)]
            without = pd.concat([without, other.assign(remedy=other["cell"])])
        if len(trained):
            rows.append({"task": task, "cell": cell} | _bought(trained, without))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _best(arms: pd.DataFrame) -> str:
    means = arms.groupby("remedy")["rank"].mean().sort_index()
    return str(means.idxmax())


def _bought(trained: pd.DataFrame, without: pd.DataFrame) -> dict[str, object]:
    first, second = _best(trained), _best(without)
    one, two = (
        arms[arms["remedy"].eq(name)].set_index("seed")
        for arms, name in ((trained, first), (without, second))
    )
    gain = (one["test_skill"] - two["test_skill"]).dropna()
    interval = mean_interval(gain.to_numpy("float64"))
    return {
        "n": len(gain),
        "trained": first,
        "skill": one["test_skill"].mean(),
        "reference": second,
        "reference_skill": two["test_skill"].mean(),
        "bought": interval.mean,
        "bought_low": interval.low,
        "bought_high": interval.high,
        "solved_without": enough(float(two["solved"].sum()), len(two)),
    }


def means(bought: pd.DataFrame) -> Mapping[str, float]:
    """What is bought on every task that has a row, mean over cells."""
    gains = bought.astype({"bought": "float64"}).groupby("task")["bought"].mean()
    return cast(Mapping[str, float], gains.to_dict())


def telling(trials: pd.DataFrame, bought: pd.DataFrame) -> frozenset[str]:
    """The tasks whose answer lies in the past, and on which the gradient through time buys skill.

    Where a task has no reference arm, the first is all that is known of it.
    """
    past, gains = set(trials.loc[order.needs_past(trials), "task"]), means(bought)
    return frozenset(task for task in past if not gains.get(task, 1.0) < SLIGHT)
