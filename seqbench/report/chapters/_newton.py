"""How well the steps of a cell can be computed at once, beside its Lyapunov exponent."""

import pandas as pd

from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.tidy import Tables
from seqbench.records import NEWTON_MOST
from seqbench.report.chapters._correlated import verdict
from seqbench.report.numbers import count, exists, interval, plural
from seqbench.report.table import Entry, quantity


def iterations(row: pd.Series, steps: int) -> Entry:
    """The iterations of a card over so many steps."""
    return quantity(row[f"newton_{steps}"], _iterations)


def _iterations(found: object) -> str:
    return f"more than {NEWTON_MOST}" if exists(found) and found > NEWTON_MOST else count(found)


def parallel(tables: Tables) -> list[str]:
    """Whether a larger exponent goes with more iterations, a sentence per length."""
    return [_said(row) for _, row in tables.derived["parallel"].iterrows()]


def _said(row: pd.Series) -> str:
    over = f"Newton's method over {count(row['steps'])} steps at once"
    if row["reason"]:
        return f"Whether {over} needs more iterations at a larger exponent: {row['reason']}."
    rho = Interval(row["rho"], row["low"], row["high"])
    pairs = f"{plural(int(row['n']), 'combination')} of {plural(int(row['cells']), 'cell')}"
    beyond = f"{count(row['beyond'])} of them need more than {NEWTON_MOST}, the last rank"
    larger = "the larger the exponent, the"
    shown = verdict(rho, f"{larger} more there tend to be", f"{larger} fewer there tend to be")
    return (
        f"Spearman's rank correlation of the iterations of {over} with the Lyapunov exponent at "
        f"initialization is {interval(rho)} ({pairs} and their initializations; {beyond}): "
        f"{shown}."
    )
