"""The chapter on cost: what is not beaten at its price in weights, in time and in memory."""

import pandas as pd

from seqbench.analysis.runs import preferred
from seqbench.analysis.tables.pareto import COSTS
from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Chapter, Entry, Table, columns, entry, named
from seqbench.report.numbers import count, exists, listed, number, short

WORDS = {"parameters": "weights", "seconds": "time", "bytes": "memory"}
NEAR = 0.9  # of the highest skill
HEADS = {
    "Cell": "name in the matrix",
    "Remedy": "name in the matrix",
    "Skill": "test skill, mean over tasks",
    "Weights": "of cell and readout",
    "Seconds": "wall time per trial, mean over tasks",
    "Memory, MB": "largest of the job it was trained in, which all its remedies share",
    "Not beaten in": "no other combination has as much skill for as little",
}
NOTE = (
    "Only combinations that ran on every task. A front goes through the highest of many test "
    "skills, so its ends owe something to luck."
)


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables."""
    frame = preferred(tables.derived["pareto"])
    frame = frame[frame["on"].eq(frame["of"])]
    if frame.empty:
        return {"words": ["Skill against its price: not run."], "tables": []}
    words = [*(front(frame, cost) for cost in COSTS), cheap(frame)]
    return {"words": list(filter(None, words)), "tables": [table(frame)]}


def differs(frame: pd.DataFrame, cost: str) -> bool:
    """Whether there is a choice to make."""
    known = frame.loc[frame[cost] > 0, cost]
    return bool(len(known)) and float(known.max()) > 1.02 * float(known.min())


def front(frame: pd.DataFrame, cost: str) -> str:
    """What is not beaten, from the cheapest to the best."""
    if not differs(frame, cost):
        return ""
    own = frame[frame[f"front_{cost}"]].sort_values([cost, "cell", "remedy"])
    said = [f"{_name(row)} (skill {number(row.skill)})" for _, row in own.iterrows()]
    return f"Not beaten at its price in {WORDS[cost]}, from the cheapest on: {listed(said)}."


def cheap(frame: pd.DataFrame) -> str:
    """What reaches nearly the highest skill in the least time."""
    known = frame[frame["seconds"] > 0]
    top = float(frame["skill"].max())
    if known.empty or top <= 0:
        return ""
    near = known[known["skill"] >= NEAR * top].sort_values(["seconds", "cell", "remedy"])
    if near.empty:
        return ""
    row = near.iloc[0]
    return (
        f"{NEAR:.0%} of the highest mean skill ({number(top)}) costs least time with {_name(row)}: "
        f"{short(row.seconds)} s per trial and {count(row.parameters)} weights for "
        f"{number(row.skill)}."
    ).replace("%", "\N{NO-BREAK SPACE}%", 1)


def _name(row: pd.Series) -> str:
    return f"`{row.cell}`" + ("" if row.remedy == "none" else f" with `{row.remedy}`")


def table(frame: pd.DataFrame) -> Table:
    """What is on a front."""
    fronts = [cost for cost in COSTS if differs(frame, cost)] or ["seconds"]
    on = frame[frame[[f"front_{cost}" for cost in fronts]].any(axis=1)]
    rows = [_row(row, fronts) for _, row in on.sort_values("skill", ascending=False).iterrows()]
    return {
        "name": "not_beaten",
        "title": "What is not beaten at its price",
        "columns": columns(HEADS),
        "rows": rows,
        "note": NOTE,
    }


def _row(row: pd.Series, fronts: list[str]) -> list[Entry]:
    where = ", ".join(WORDS[cost] for cost in fronts if row[f"front_{cost}"])
    megabytes = row["bytes"] / 1e6 if exists(row["bytes"]) else None
    return [
        named(row.cell),
        named(row.remedy),
        entry(number(row.skill), row.skill),
        entry(count(row.parameters), row.parameters),
        entry(short(row.seconds), row.seconds),
        entry(count(megabytes), megabytes),
        [where, where],
    ]
