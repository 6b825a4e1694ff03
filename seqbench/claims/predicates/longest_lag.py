"""Longest lag: T*(a) / T*(b) > margin on every task, by intervals that do not overlap.

That is more than a test at 5 % would ask for, so no p is given.
"""

import numpy as np
import pandas as pd

from seqbench.claims.claim import Question, merged
from seqbench.claims.finding import Finding, Verdict, few
from seqbench.claims.predicates._means import ORDERED
from seqbench.claims.predicates._searches import searched
from seqbench.claims.rows import described
from seqbench.claims.runs import NotRun, Runs

ARMS = ("a", "b")
WORDS = "a solves lags so many times longer than b"
COMPARES = "order"
TABLE = "reach"


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether a solves lags more than `margin` times as long as b, on every task with both."""
    a, b = (_longest(question, arm, runs) for arm in ARMS)
    both = a.merge(b, on="task", suffixes=("_a", "_b"))
    if both.empty:
        raise NotRun("no task has the longest lag of both")
    low = float((both["low_a"] / both["high_b"]).min())
    high = float((both["high_a"] / both["low_b"]).min())
    effect = float((both["lag_a"] / both["lag_b"]).min())
    seeds = int(both[["seeds_a", "seeds_b"]].to_numpy("int64").min())
    why = few(seeds, ORDERED, "seeds")
    verdict: Verdict = "inconclusive"
    if not why and (low > margin or high < margin):
        verdict = "supported" if low > margin else "contradicted"
    where = f"table longest: {', '.join(f'`{task}`' for task in both['task'])}"
    trained = sum(_trained(question, arm, both["task"], runs) for arm in ARMS)
    shown = Finding(verdict, effect, low, high, unit="ratio of lags", where=where)
    return shown._replace(seeds=seeds, runs=trained, why=why)


def _trained(question: Question, arm: str, tasks: pd.Series, runs: Runs) -> int:
    """The trials of one arm's searches."""
    rows, reach = merged(question, arm), runs.tables.reach
    chosen = reach["task"].isin(tasks) & reach["cell"].isin(rows.cells or ())
    return int((chosen & reach["remedy"].isin(rows.remedies or ()) & reach["factor"].eq(1)).sum())


def _longest(question: Question, arm: str, runs: Runs) -> pd.DataFrame:
    """T* with its interval, open where the search ended: task, lag, low, high, seeds."""
    rows, table = merged(question, arm), runs.tables.derived.get("longest", pd.DataFrame())
    if table.empty:
        raise NotRun("no section reach in the matrix")
    searches = searched(table, rows)
    searches = searches[searches["lag"].notna()]
    if searches.empty:
        raise NotRun(f"no longest lag of {described(rows)}")
    numbers = searches[["lag", "low", "high"]].astype("float64")
    least, most = searches["limit"].eq("at least"), searches["limit"].eq("less than")
    low = numbers["low"].mask(most, 0.0).fillna(0.0)
    high = numbers["high"].mask(least, np.inf).fillna(np.inf)
    lag = numbers["lag"]
    seeds = searches["seeds"].astype("Int64").fillna(0).astype(int)
    return pd.DataFrame(
        {"task": searches["task"], "lag": lag, "low": low, "high": high, "seeds": seeds}
    )
