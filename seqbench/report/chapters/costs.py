"""The chapter on cost: the Pareto fronts of skill and trained weights, time, memory."""

import pandas as pd

from seqbench.analysis.runs import preferred
from seqbench.analysis.tables.pareto import COSTS, differs
from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.numbers import count, exists, listed, number, percent, short
from seqbench.report.parts import by_optimizer
from seqbench.report.table import Column, Table, named, quantity, tabulate, word

ORDER = 60
TITLE = "What it costs"
SHORT = "Cost"
INTRO = (
    "A combination of cell and remedy is on the Pareto front of skill and a cost if no other "
    "combination reaches at least its skill at its cost or less."
)
WORDS = {"trained": "trained weights", "seconds": "time", "bytes": "memory"}
NEAR = 0.9  # of the highest skill
NOTE = (
    "Only combinations that ran on every task and reach a skill of .05. A front goes through the "
    "highest of many test skills, so which combinations are on it is in part luck."
)


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables."""
    return by_optimizer(tables, of_part)


def of_part(tables: Tables) -> Chapter:
    """What is said of the tasks of one optimizer."""
    frame = preferred(tables.derived["pareto"])
    frame = frame[frame["on"].eq(frame["of"])]
    if frame.empty:
        return chapter(["Skill against cost: not run."])
    return chapter([*(front(frame, cost) for cost in COSTS), cheap(frame)], [table(frame)])


def front(frame: pd.DataFrame, cost: str) -> str:
    """The Pareto front of skill and one cost, from the cheapest combination to the best."""
    if not differs(frame[cost]):
        return ""
    front = frame[frame[f"front_{cost}"]].sort_values([cost, "cell", "remedy"])
    names = [f"{_name(row)} (skill {number(row.skill)})" for _, row in front.iterrows()]
    return (
        f"The Pareto front of skill and {WORDS[cost]}, from the cheapest combination on: "
        f"{listed(names)}."
    )


def cheap(frame: pd.DataFrame) -> str:
    """The fastest combination that comes near the highest skill."""
    known = frame[frame["seconds"] > 0]
    top = float(frame["skill"].max())
    near = known[known["skill"] >= NEAR * top].sort_values(["seconds", "cell", "remedy"])
    if top <= 0 or near.empty:
        return ""
    row = near.iloc[0]
    return (
        f"The highest mean skill is {number(top)}. Of the combinations that reach at least "
        f"{percent(NEAR)} of it, the fastest is {_name(row)}: skill {number(row.skill)}, "
        f"{short(row.seconds)} s per trial, {count(row.trained)} trained weights."
    )


def _name(row: pd.Series) -> str:
    return f"`{row.cell}`" + ("" if row.remedy == "none" else f" with `{row.remedy}`")


def table(frame: pd.DataFrame) -> Table:
    """Every combination that is on a front."""
    fronts = [cost for cost in COSTS if differs(frame[cost])] or ["seconds"]
    on = frame[frame[[f"front_{cost}" for cost in fronts]].any(axis=1)]

    def scaled(value: float, unit: float) -> float | None:
        return value / unit if exists(value) else None

    columns = [
        Column[pd.Series]("Cell", "name in the matrix", lambda row: named(row.cell)),
        Column("Remedy", "name in the matrix", lambda row: named(row.remedy)),
        Column("Skill", "test skill, mean over tasks", lambda row: quantity(row.skill)),
        Column("State", "numbers carried from one step to the next, for one sequence",
               lambda row: quantity(row.state_numbers, count)),
        Column("Weights", "of cell and readout", lambda row: quantity(row.parameters, count)),
        Column("Trained", "of these, weights that training changes: of a closed form the readout's",
               lambda row: quantity(row.trained, count)),
        Column("Seconds", "wall time per trial, mean over tasks",
               lambda row: quantity(row.seconds, short)),
        Column("Memory, kB", "the least that training takes: weights, gradients, the optimizer's "
               "numbers, and the states of one batch that back-propagation keeps",
               lambda row: quantity(scaled(row["bytes"], 1e3), count)),
        Column("Peak of the job, MB", "measured; libraries and all remedies of the job share it",
               lambda row: quantity(scaled(row.peak_bytes, 1e6), count)),
        Column("On the front of", "skill and this cost: no other combination reaches at least its "
               "skill at its cost or less",
               lambda row: word(", ".join(WORDS[cost] for cost in fronts if row[f"front_{cost}"]))),
    ]  # fmt: skip
    rows = (row for _, row in on.sort_values("skill", ascending=False).iterrows())
    return tabulate("pareto", "The Pareto fronts", columns, rows, NOTE)
