"""How far back the gradient reaches before, during and after training, relative to the last step.

Of the generated task that asks farthest back; at the chosen learning rates.
"""

from typing import NamedTuple

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables

SERIES = ["task", "cell", "remedy", "seed"]


def task_with_longest_lag(trials: pd.DataFrame) -> str | None:
    """The generated task that asks farthest back (recorded ones if there is no other)."""
    facts = trials.assign(
        lag=trials["lag"].astype("float64").fillna(-1), recorded=trials["data_sha256"] != ""
    ).sort_values(["recorded", "lag", "task"], ascending=[True, False, True])
    return str(facts["task"].iloc[0]) if len(facts) else None


def ratios(tables: Tables) -> pd.DataFrame:
    """task, cell, remedy, seed, when (start, way or end), lag, ratio to the norm at lag 0.

    Of every cell without a remedy, and of the plain network under every initialization.
    """
    trials, task = tables.trials, task_with_longest_lag(tables.trials)
    initial = set(trials["remedy"][trials["acts_at"] == "initialize"]) | {"none"}
    mine = tables.flow.where(task=task or "", remedy=initial)
    mine = mine[(mine["remedy"] == "none") | (mine["cell"] == tables.baseline)]
    chosen = tables.at_chosen_rate(mine)
    steps = chosen.groupby(SERIES)["step"]
    first, last = steps.transform("min"), steps.transform("max")
    chosen["when"] = "way"
    chosen.loc[chosen["step"] == last, "when"] = "end"
    chosen.loc[chosen["step"] == first, "when"] = "start"
    keys = [*SERIES, "when"]
    answer = chosen[chosen["lag"] == 0][[*keys, "norm"]].rename(columns={"norm": "one"})
    chosen = chosen.merge(answer, on=keys, how="left")
    chosen = chosen.assign(ratio=chosen["norm"] / chosen["one"].where(chosen["one"] > 0))
    return chosen[[*keys, "lag", "ratio"]].reset_index(drop=True)


class Farthest(NamedTuple):
    """What arrives at the longest lag of a task, by cell without a remedy: medians over seeds."""

    task: str
    lag: int
    cell: str  # where most arrives after training
    shares: dict[str, tuple[float, float]]  # by cell in reading order: before training, after it
    skills: dict[str, float]  # test skill of these cells on the task, mean over seeds


def farthest(tables: Tables) -> Farthest | None:
    """Before and after training; None where no gradient was recorded at both times."""
    flow = ratios(tables)
    flow = flow[flow["remedy"].eq("none") & flow["ratio"].notna()]
    if flow.empty:
        return None
    lag = int(flow["lag"].max())
    medians = flow[flow["lag"].eq(lag)].groupby(["cell", "when"])["ratio"].median()
    shares = medians.unstack("when").reindex(columns=["start", "end"]).dropna()
    if shares.empty:
        return None
    start, end = (shares[when].to_dict() for when in ("start", "end"))
    both = {cell: (start[cell], end[cell]) for cell in order.cells(shares.index)}
    most = max(both, key=lambda cell: both[cell][1])
    task = str(flow["task"].iloc[0])
    alone = tables.tuned[tables.tuned["task"].eq(task) & tables.tuned["remedy"].eq("none")]
    skills = alone.groupby("cell")["test_skill"].mean().to_dict()
    return Farthest(task, lag, most, both, {cell: float(skills[cell]) for cell in both})
