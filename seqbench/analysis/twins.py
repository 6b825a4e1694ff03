"""Trials that are the same under two names: trained twice, but no evidence twice.

Two labels of a cell differ in a knob that a remedy may overwrite: `rnn` and `rnn@loud` begin with
other recurrent weights, but not under `orthogonal`. Then all numbers of the two are equal, to the
bit. Each stands in its own rows; where rows are pooled over cells, the second does not count. A
remedy that never did anything (no gradient was ever clipped) leaves the trials without it.
"""

from typing import cast

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.choose import GROUP, Key, places

SIGNATURE = [
    "learning_rate", "valid_score", "final_valid_score", "test_score", "grad_norm_median",
    "grad_norm_max", "stopped_at",
]  # fmt: skip


def twins(tuned: pd.DataFrame) -> frozenset[Key]:
    """The (task, cell, remedy) all of whose trials another label of the cell has, too.

    Of two, the one whose cell is read later; tuned: as `Trials.tuned`.
    """
    cells = {name: place for place, name in enumerate(order.cells(tuned["cell"]))}
    first = tuned.assign(
        base=tuned["cell"].str.split("@").str[0], place=tuned["cell"].map(cells)
    ).sort_values("place", kind="stable")
    same = first.duplicated(["task", "base", "remedy", "seed", *SIGNATURE])
    known = first["valid_score"].notna()
    whole = (same & known).groupby([first[name] for name in GROUP]).all()
    return frozenset(cast(list[Key], whole.index[whole].tolist()))


def idle(tuned: pd.DataFrame) -> frozenset[Key]:
    """The (task, cell, remedy but none) all of whose trials are those without a remedy."""
    alone = tuned[tuned["remedy"].eq("none")]
    keys = ["task", "cell", "seed", *SIGNATURE]
    mark = alone[keys].drop_duplicates().assign(same=True)
    found = tuned.merge(mark, on=keys, how="left")
    same = found["same"].eq(True).to_numpy() & found["valid_score"].notna().to_numpy()
    return frozenset(
        key for key, rows in places(found).items() if key[2] != "none" and same[rows].all()
    )
