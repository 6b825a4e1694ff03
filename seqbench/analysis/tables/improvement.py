"""improvement.csv: probability of improvement, that a run of one is better than a run of another.

P(X > Y) + P(X = Y) / 2 for a run of each, on the same task, averaged over tasks: at 1/2 neither is
better. It does not say by how much; the averages do. On one task it is Mann and Whitney's U over
the number of pairs. What has a seed's draws in common is no evidence many times over
(`runs.by_draw`).

Source: mann1947, delong1988, newcombe2006, agarwal2021
"""

from collections.abc import Iterator

import pandas as pd

from seqbench.analysis import runs
from seqbench.analysis.methods.strata import superiority
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "kind": ("str", runs.KIND),
    "tasks": ("str", runs.TASKS),
    "name": ("str", "cell or remedy"),
    "versus": ("str", "another cell; of remedies: none"),
    "strata": ("Int64", "tasks, or (task, cell) pairs, on which all of the names ran"),
    "seeds": ("Int64", "seeds in each of them, on either side"),
    "probability": ("float64", "that a run of name has the larger test skill; a tie is a half"),
    "low": ("float64", "95 % score interval over seeds, within tasks"),
    "high": ("float64", "95 % score interval over seeds, within tasks"),
}
MADE_FROM = ("trials",)
APART = True


def make(tables: Tables) -> pd.DataFrame:
    """A row per kind, scope, name and versus, sorted by these."""
    rows = [row for of in runs.gather(tables) for row in _rows(of)]
    frame = runs.table(rows, COLUMNS)
    return frame.sort_values(["kind", "tasks", "name", "versus"], ignore_index=True)


def _rows(of: runs.Runs) -> Iterator[tuple[object, ...]]:
    for place, versus in enumerate(of.names):
        if of.kind != "cell" and versus != "none":
            continue
        interval = superiority(of.skill, of.skill[place], of.independent)
        for i, name in enumerate(of.names):
            if name != versus:
                limits = tuple(float(part[i]) for part in interval)
                yield (of.kind, of.tasks, name, versus, *of.skill.shape[1:], *limits)
