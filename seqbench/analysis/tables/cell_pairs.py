"""cell_pairs.csv: every cell without a remedy against every other, paired by task and seed.

The same seed means the same sequences for all cells, so differences are paired; each side plays at
its own learning rate, chosen on validation. Holm corrects over all pairs of cells.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from seqbench.analysis import runs
from seqbench.analysis.methods.statistics import holm, sign_flip
from seqbench.analysis.methods.strata import pooled
from seqbench.analysis.tables.comparisons import verdict
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "tasks": ("str", runs.TASKS),
    "cell": ("str", "name in the matrix; of two, the one with the better validation skill"),
    "versus": ("str", "the other"),
    "n": ("Int64", "pairs, one for a seed on a task, whatever its labels; of what all cells have"),
    "difference": ("float64", "test skill, cell minus versus, mean over pairs"),
    "low": ("float64", "95 % t interval over seeds, within tasks"),
    "high": ("float64", "95 % t interval over seeds, within tasks"),
    "p": ("float64", "two-sided sign-flip test"),
    "p_holm": ("float64", "p, corrected for all pairs of cells (Holm)"),
    "verdict": ("str", "better, worse, no difference shown, too few seeds"),
}
MADE_FROM = ("trials",)
APART = True
FACTORS = ("cell", "task", "seed")


def make(tables: Tables) -> pd.DataFrame:
    """A row per scope and pair of cells, by validation skill, the best first."""
    alone = tables.tuned[tables.tuned["remedy"].eq("none")]
    parts = [runs.table([], COLUMNS)]
    for tasks, frame in runs.scopes(tables, alone):
        levels, skill = runs.complete(frame, FACTORS, "redrawn_skill")
        kept = frame[frame["task"].isin(levels["task"])]
        valid = kept.groupby("cell")["valid_skill"].mean()
        names = [str(name) for name in levels["cell"]]
        ranked = sorted(range(len(names)), key=lambda i: (-valid[names[i]], names[i]))
        rows = []
        for one, other in combinations(ranked, 2):
            change = skill[one] - skill[other]
            strata = runs.by_draw(levels["task"], change)
            pairs = np.concatenate(strata)
            interval, p = pooled(strata), sign_flip(pairs)
            rows.append((tasks, names[one], names[other], pairs.size, *interval, p))
        part = pd.DataFrame(rows, columns=list(COLUMNS)[: len(COLUMNS) - 2])
        part["p_holm"] = holm(part["p"].to_numpy("float64"))
        asked = part.assign(many=len(part))[["n", "many", "difference", "p_holm"]]
        part["verdict"] = [verdict(*row) for row in asked.to_numpy("float64")]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
