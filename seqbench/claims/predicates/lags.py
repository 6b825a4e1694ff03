"""Predicates on the lag: how an advantage, a cost and a limit depend on it.

    interaction      slope of a - b over log2(lag) > margin      per seed; sign flips, t interval
    growth_of_steps  slope of log(updates) over log(lag) < margin    per seed; t test
    longest_lag      T*(a) / T*(b) > margin on every task        the two intervals apart
    carries_over     share solved at `value` times the length > s    Wilson's interval, score test

Intervals of T* that do not overlap are more than a test at 5 % would ask for, so no p is given.
"""

import numpy as np
import pandas as pd

from seqbench.analysis.methods.statistics import Floats, Interval, mean_interval, sign_flip, wilson
from seqbench.analysis.tables.longest import trained
from seqbench.claims.claim import Question, Rows, merged
from seqbench.claims.finding import Finding, Verdict, decided, few
from seqbench.claims.predicates.differences import ORDERED, PAIRS
from seqbench.claims.predicates.shares import RUNS, score_test
from seqbench.claims.rows import described
from seqbench.claims.runs import NotRun, Runs, pairs


def interaction(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether a minus b grows by more than the margin whenever the lag doubles."""
    found = pairs(question, runs)
    slopes = _slopes(found["seed"], np.log2(found["lag"].to_numpy("float64")), found["difference"])
    interval, p = mean_interval(slopes), sign_flip(slopes - margin)
    why = few(slopes.size, PAIRS, "seeds with several lags")
    verdict: Verdict = "inconclusive" if why else decided(interval, p, margin)
    unit = "difference of skill per doubling of the lag"
    return Finding(verdict, *interval, p, unit=unit, why=why, **runs.seen(question))


def growth_of_steps(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether the updates to solve grow more slowly than the lag to the power of the margin."""
    found = runs.of(question)
    solved = found[np.isfinite(found["steps"])]
    lag, steps = (np.log(solved[name].to_numpy("float64")) for name in ("lag", "steps"))
    slopes = _slopes(solved["seed"], lag, pd.Series(steps, solved.index))
    interval, p = mean_interval(slopes), sign_flip(slopes - margin)
    why = few(slopes.size, PAIRS, "seeds that solve several lags")
    if len(solved) < len(found):
        why = f"{len(found) - len(solved)} of {len(found)} runs do not solve it in their budget"
    below = Interval(-interval.mean, -interval.high, -interval.low)
    verdict: Verdict = "inconclusive" if why else decided(below, p, -margin)
    unit = "growth of updates with the lag, as a power"
    return Finding(verdict, *interval, p, unit=unit, why=why, **runs.seen(question))


def _slopes(seeds: pd.Series, x: Floats, y: pd.Series) -> Floats:
    """The least-squares slope of every seed that has more than one x."""
    frame = pd.DataFrame({"seed": seeds.to_numpy(), "x": x, "y": y.to_numpy("float64")})
    some = [one for _, one in frame.groupby("seed") if one["x"].nunique() > 1]
    return np.array([np.polyfit(one["x"], one["y"], 1)[0] for one in some], dtype=np.float64)


def longest_lag(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether a solves lags more than `margin` times as long as b, on every task with both."""
    a, b = (_longest(question, arm, runs) for arm in ("a", "b"))
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
    trained = sum(_trained(question, arm, both["task"], runs) for arm in ("a", "b"))
    shown = Finding(verdict, effect, low, high, unit="ratio of lags", where=where)
    return shown._replace(seeds=seeds, runs=trained, why=why)


def _trained(question: Question, arm: str, tasks: pd.Series, runs: Runs) -> int:
    """The trials of one arm's searches."""
    rows, reach = merged(question, arm), runs.tables.reach
    chosen = reach["task"].isin(tasks) & reach["cell"].isin(rows.cells or ())
    return int((chosen & reach["remedy"].isin(rows.remedies or ()) & reach["factor"].eq(1)).sum())


def carries_over(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether more than `share` of what solves its length solves `value` times that length."""
    assert question.value is not None
    rows, table = merged(question, "a"), runs.tables.derived.get("extrapolation", pd.DataFrame())
    if table.empty:
        raise NotRun("no section reach with further lengths in the matrix")
    table = _searched(table, rows)
    found = table[table["factor"].eq(question.value)]
    solved, n = int(found["solved"].sum()), int(found["n"].sum())
    if not n:
        raise NotRun(f"nothing solved, to be tested at {question.value:g} times the length")
    interval = wilson(solved, n)
    p = score_test(solved, n, question.share + margin)
    own = _searched(trained(runs.tables.reach), rows)
    seeds = int(own[own["solved"].fillna(False).astype(bool)]["seed"].nunique())
    why = few(seeds, RUNS, "seeds that solve a length")
    verdict: Verdict = "inconclusive" if why else decided(interval, p, question.share + margin)
    unit = f"share solved at {question.value:g} times the length"
    where = f"table extrapolation: {described(rows)}"
    return Finding(verdict, *interval, p, seeds=seeds, runs=n, unit=unit, why=why, where=where)


def _searched(table: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    """The searches that are meant: by the task's name or its base, cell and remedy."""
    base = table["task"].str.partition("@")[0]
    chosen = base.isin(rows.tasks or ()) | table["task"].isin(rows.tasks or ())
    chosen |= "past" in (rows.tasks or ())
    return table[
        chosen & table["cell"].isin(rows.cells or ()) & table["remedy"].isin(rows.remedies or ())
    ]


def _longest(question: Question, arm: str, runs: Runs) -> pd.DataFrame:
    """T* with its interval, open where the search ended: task, lag, low, high, seeds."""
    rows, table = merged(question, arm), runs.tables.derived.get("longest", pd.DataFrame())
    if table.empty:
        raise NotRun("no section reach in the matrix")
    found = _searched(table, rows)
    found = found[found["lag"].notna()]
    if found.empty:
        raise NotRun(f"no longest lag of {described(rows)}")
    numbers = found[["lag", "low", "high"]].astype("float64")
    least, most = found["limit"].eq("at least"), found["limit"].eq("less than")
    low = numbers["low"].mask(most, 0.0).fillna(0.0)
    high = numbers["high"].mask(least, np.inf).fillna(np.inf)
    lag = numbers["lag"]
    seeds = found["seeds"].astype("Int64").fillna(0).astype(int)
    return pd.DataFrame(
        {"task": found["task"], "lag": lag, "low": low, "high": high, "seeds": seeds}
    )
