"""How many of all trials solve their task, whatever the learning rate, over several tasks."""

from collections.abc import Collection

from seqbench.analysis.methods.statistics import Interval, wilson
from seqbench.analysis.tidy import Tables


def pooled(tables: Tables, kind: str, tasks: Collection[str]) -> dict[str, Interval]:
    """The mean share over tasks by name, as in `effects`; Wilson's interval takes the trials of all
    tasks as independent.

    kind: cell, without a remedy; or baseline, remedies on the baseline.
    """
    frame = tables.derived["sensitivity"]
    frame = frame[frame["task"].isin(tasks)]
    rest, name = ("remedy", "cell") if kind == "cell" else ("cell", "remedy")
    own = frame[frame[rest].eq("none" if kind == "cell" else tables.baseline)]
    sums = own.groupby([name, "task"])[["solved", "n"]].sum().astype("float64")
    found = {}
    for who, each in sums.groupby(level=0):
        share, n = float((each["solved"] / each["n"]).mean()), float(each["n"].sum())
        found[str(who)] = wilson(share * n, n)
    return found
