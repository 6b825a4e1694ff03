"""What the first page says of exploding gradients: what clipping is for, what truncation costs."""

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.methods.statistics import wilson
from seqbench.analysis.methods.strata import pooled
from seqbench.analysis.runs import PLAIN
from seqbench.analysis.tables.comparisons import paired, skills
from seqbench.analysis.tidy import Tables
from seqbench.criteria import RAN
from seqbench.report import facts
from seqbench.report.numbers import interval, named, number, percent, plural, short, signed

CONTROL = "memoryless"


def explosions(tables: Tables) -> str:
    """What clipping is for: with plain descent, over all learning rates, without and with it."""
    trials = tables.trials
    trials = trials[trials.cell.eq(PLAIN) & trials.status.isin(RAN)]
    plain = trials[trials.optimizer.eq("sgd")]
    chosen = trials if plain.empty else plain
    if chosen.empty:
        return f"Gradient clipping on `{PLAIN}`: not run."
    how = "" if plain.empty else " by plain gradient descent"
    tasks = named(order.tasks(chosen))
    sides = [
        _exploded(chosen[chosen.remedy.eq(remedy)], words)
        for remedy, words in (("none", "without a remedy"), ("clip_norm", "with `clip_norm`"))
    ]
    return (
        f"Trained{how} on {tasks} at every learning rate, `{PLAIN}` solves {'; '.join(sides)}. "
        "(Spikes: losses over twice the first; norms are those before clipping; intervals take all "
        "trials as independent.)"
    )


def _exploded(trials: pd.DataFrame, how: str) -> str:
    if trials.empty:
        return f"{how}: not run"
    k, n = int(trials.solved.fillna(False).sum()), len(trials)
    share = wilson(k, n)
    diverged = int(trials.status.eq("diverged").sum())
    return (
        f"{how} {k} of {plural(n, 'trial')} [{percent(share.low)}, {percent(share.high)}], with "
        f"spikes in {percent(float(trials.spikes.mean()))} of the updates and gradient norms up to "
        f"{short(float(trials.grad_norm_max.max()))}"
        + (f" ({diverged} diverged)" if diverged else "")
    )


def truncation(tables: Tables) -> str:
    """What truncated backpropagation does within its horizon and beyond."""
    horizon = facts.horizon(tables.trials)
    pairs = differences(tables, "truncate")
    pairs = pairs[pairs.cell.ne(CONTROL)]
    if pairs.empty or horizon is None:
        return "Truncated backpropagation against `none`: not run."
    beyond = pairs[pairs.lag > horizon]
    within = pairs[pairs.lag <= horizon]
    text = f"`truncate` cuts the gradient after {number(horizon, 0)} steps: "
    parts = [
        f"on tasks that reach {words} ({named(list(some.task.unique()))}) it changes the skill of "
        f"cells with a loop by {interval(pooled(list(some.pairs)), signed)} on average"
        for some, words in ((beyond, "further back"), (within, "no further"))
        if len(some)
    ]
    missing = "" if len(beyond) else "; beyond its horizon: not run"
    return text + "; ".join(parts) + missing + "."


def differences(tables: Tables, remedy: str) -> pd.DataFrame:
    """One row per (task, cell) whose answer lies in the past: paired differences to `none`."""
    trials = tables.trials[order.needs_past(tables.trials)]
    trials = trials[trials.remedy.isin(["none", remedy])]
    lags = trials.groupby("task").lag.first()
    rows = [
        (task, cell, int(lags[task]), pairs)
        for (task, cell, _), pairs in paired(skills(trials)).items()
    ]
    return pd.DataFrame(rows, columns=["task", "cell", "lag", "pairs"]).sort_values("lag")
