"""Why: where the gradient goes, what the forget bias does, what learning through time buys."""

import json

import pandas as pd

from seqbench.analysis import lookup, order, references
from seqbench.analysis.gradient_flow import farthest
from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.tables.prediction import ALL
from seqbench.analysis.tidy import Tables
from seqbench.report.first_page.recommend import adaptive
from seqbench.report.numbers import interval, listed, named, number, plural, short, signed
from seqbench.report.parts import UNDER

KNOB = "forget_bias"
TOLD = 8  # cells


def why(tables: Tables) -> str:
    """What arrives from far back before training and after it, beside what was learned."""
    under, part = adaptive(tables)
    flow = farthest(part)
    if flow is None:
        return "What training does to the gradient: not run."
    ranked = sorted(flow.shares, key=lambda cell: -flow.skills[cell])
    told = [
        f"`{cell}` {short(flow.shares[cell][0])} → {short(flow.shares[cell][1])} "
        f"(skill {number(flow.skills[cell])})"
        for cell in ranked
    ]
    return (
        f"Training changes where the gradient goes. {plural(flow.lag, 'step')} before the answer "
        f"of `{flow.task}`, it is, as a multiple of what it is at the answer, before → after "
        f"training: {listed(told, TOLD)}. (Medians over seeds, {under}, without a remedy.) "
        f"{predicted(tables)}"
    ).strip()


def predicted(tables: Tables) -> str:
    """Whether the gradient at birth predicts what is learned, over all combinations."""
    table = tables.derived["prediction"]
    rows = table[table["task"].eq(ALL) & table["predictor"].eq("half_life")]
    rows = rows[rows["outcome"].eq("skill") & rows["rho"].notna()]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    rho = Interval(row["rho"], row["low"], row["high"])
    return (
        "How long the gradient lives at birth and the test skill have the rank correlation "
        f"{interval(rho)}, over {plural(int(row['n']), 'combination')} of cell and initialization."
    )


def _biases(trials: pd.DataFrame) -> dict[str, dict[float, str]]:
    """The cells that are there with several forget biases: by base, the cell by its bias."""
    found: dict[str, dict[float, str]] = {}
    known = trials.loc[trials["knobs"].ne(""), ["cell", "knobs"]].drop_duplicates("cell")
    for cell, knobs in known.itertuples(index=False):
        given = json.loads(knobs).get("cell", {})
        if not given.keys() - {KNOB}:
            found.setdefault(str(cell).partition("@")[0], {})[given.get(KNOB, 0.0)] = str(cell)
    return {base: cells for base, cells in found.items() if len(cells) > 1}


def forget_bias(tables: Tables) -> str:
    """What the bias of the forget gate does to the ranking; "" where it is always the same."""
    said = []
    for name, part in tables.parts.items():
        for base, cells in _biases(part.trials).items():
            low, high = min(cells), max(cells)
            one = lookup.against(part, cells[high], cells[low])
            if one is None:
                continue
            shown = {"better": "more", "worse": "less"}.get(one.verdict)
            test = f"significantly {shown}" if shown else "not significant"
            said.append(
                f"Under {UNDER[name]}, `{base}` that begins with a forget bias of "
                f"{short(high)} in place of {short(low)} changes its test skill by "
                f"{interval(one.difference, signed)} ({test})."
            )
    return " ".join(said)


def bought(tables: Tables) -> str:
    """Which tasks say something of gradients, and which do not."""
    rows = tables.derived["bought"]
    if rows.empty:
        return (
            "No trained loop ran beside a reference arm (a cell without a loop, "
            "`freeze_recurrent`, `truncate` with the horizon 1), so it is not known what the "
            "gradient through time buys."
        )
    means = references.means(rows)
    by_lag = [name for name in order.tasks(tables.trials) if name in means]
    counted = [f"{signed(means[name])} on `{name}`" for name in by_lag if name in tables.telling]
    idle = [name for name in by_lag if name not in tables.telling]
    text = (
        "Skill above the best reference arm (no loop, an untrained loop, or a gradient cut at one "
        f"step), mean over cells: {listed(counted)}."
        if counted
        else "On no task does the gradient through time buy anything."
    )
    if idle:
        text += (
            f" Left out of all means over tasks, as it buys nothing there or the answer does not "
            f"lie in the past: {named(idle)}."
        )
    solved = rows[rows["solved_without"].fillna(False).astype(bool) & rows["telling"]]
    if len(solved):
        some = [f"`{row.cell}` on `{row.task}`" for row in solved.itertuples()]
        text += f" A reference arm alone solves the task of {listed(some)}."
    return text
