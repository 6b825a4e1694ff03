"""Claims that no training decides: every number of the table `theorems`, in a few seconds.

Random numbers come from fixed seeds, so the table repeats itself.
"""

from contextlib import suppress

from seqbench.claims.theorems import gradients, tasks, weights
from seqbench.claims.theorems.case import Row
from seqbench.errors import InputError


def theorems() -> list[Row]:
    """Rows of `seqbench.records.THEOREMS`: claim, case, value, and the bounds that it must keep.

    A claim about a cell or remedy that does not load has none: it is not run.
    """
    parts = (
        gradients.shrinks_or_grows,
        tasks.adding_by_a_constant,
        tasks.copy_without_memory,
        tasks.adding_by_half,
        gradients.nothing_beyond_the_horizon,
        gradients.vanishes_below_the_bound,
        weights.chrono_biases,
        weights.orthogonal_stays,
        gradients.omega_by_finite_differences,
        weights.doubles_within_the_root,
    )
    rows: list[Row] = []
    for part in parts:
        with suppress(InputError):
            rows += [case.row() for case in part()]
    return rows
