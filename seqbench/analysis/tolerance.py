"""How many of all trials solve their task, whatever the learning rate, over several tasks."""

from collections.abc import Collection

from seqbench.analysis.methods.statistics import Interval, wilson
from seqbench.analysis.tidy import Tables


def pooled(tables: Tables, kind: str, tasks: Collection[str]) -> dict[str, Interval]:
    """The share with Wilson's interval, which takes trials as independent, by name.

    kind: cell, without a remedy; or baseline, remedies on the baseline.
    """
    frame = tables.derived["sensitivity"]
    frame = frame[frame["task"].isin(tasks)]
    rest, name = ("remedy", "cell") if kind == "cell" else ("cell", "remedy")
    own = frame[frame[rest].eq("none" if kind == "cell" else tables.baseline)]
    sums = own.groupby(name)[["solved", "n"]].sum().astype(int)
    return {str(who): wilson(int(row["solved"]), int(row["n"])) for who, row in sums.iterrows()}
