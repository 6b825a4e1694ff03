"""The sentences of the report's first page, computed from the tables, never written down.

Each function answers one question in one or two sentences; where its trials were not run it says
so. Names of variants stand between backticks, which both editions print in their code font.
"""

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.choose import RAN
from seqbench.analysis.comparisons import paired, skills
from seqbench.analysis.effects import ALL
from seqbench.analysis.statistics import Interval, cluster_interval, wilson
from seqbench.analysis.tidy import Tables
from seqbench.report import facts
from seqbench.report.measures import Leader
from seqbench.report.numbers import exists, interval, named, number, percent, plural, short, signed

PLAIN = "rnn"  # the cell on which the textbook tells its story
CONTROL = "memoryless"


def answer(tables: Tables) -> list[str]:
    """The sentences of the abstract, in reading order."""
    return [
        best_cell(tables),
        control(tables),
        remedies(tables),
        explosions(tables),
        truncation(tables),
    ]


def effect(tables: Tables, remedy: str, cell: str = ALL) -> pd.Series | None:
    """The row of effects.csv on tasks whose answer lies in the past: remedy against `none`."""
    return _effect(tables, "remedy", remedy, cell)


def cell_skill(tables: Tables, cell: str) -> pd.Series | None:
    """The row of effects.csv on tasks whose answer lies in the past: a cell without remedy."""
    return _effect(tables, "cell", "none", cell)


def _effect(tables: Tables, kind: str, remedy: str, cell: str) -> pd.Series | None:
    rows = tables.effects
    rows = rows[rows.kind.eq(kind) & rows.tasks.eq("past")]
    rows = rows[rows.remedy.eq(remedy) & rows.cell.eq(cell) & rows.effect.notna()]
    return None if rows.empty else rows.iloc[0]


def spread(row: pd.Series) -> Interval:
    """Effect and interval of a row of effects.csv."""
    return Interval(float(row.effect), float(row.low), float(row.high))


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


def best_cell(tables: Tables) -> str:
    """Which cell does best where the answer lies in the past, with no remedy at all."""
    rows = {cell: cell_skill(tables, cell) for cell in order.cells(tables.trials.cell)}
    skills = {cell: spread(row) for cell, row in rows.items() if row is not None}
    if not skills:
        return "Skill without a remedy where the answer lies in the past: not run."
    best = max(skills, key=lambda cell: skills[cell].mean)
    n = tables.trials[order.needs_past(tables.trials)].task.nunique()
    text = (
        f"Without any remedy, `{best}` has the highest skill, {interval(skills[best])}, "
        f"{'on the one task' if n == 1 else f'averaged over the {n} tasks'} whose answer lies in "
        f"the past (0 is chance, 1 is perfect)"
    )
    if PLAIN in skills and best != PLAIN:
        text += f"; the plain recurrent network `{PLAIN}` reaches {interval(skills[PLAIN])}"
    return text + "."


def control(tables: Tables) -> str:
    """Whether the network without a loop is where it must be: at chance."""
    row = cell_skill(tables, CONTROL)
    if row is None:
        return f"The control `{CONTROL}`, the same network without its loop: not run."
    skill = spread(row)
    if not exists(skill.low):
        verdict = "with one task alone, that cannot be compared with chance"
    elif skill.low <= 0 <= skill.high:
        verdict = "it cannot be told apart from chance, as it must be"
    else:
        verdict = "so much can be had without memory" if skill.low > 0 else "below chance"
    return f"The control `{CONTROL}`, which has no loop, reaches {interval(skill)}: {verdict}."


def remedies(tables: Tables) -> str:
    """Which remedy moves the plain network most, in both directions."""
    rows = {name: effect(tables, name, PLAIN) for name in order.remedies(tables.trials)}
    some = {name: row for name, row in rows.items() if row is not None}
    if not some:
        return f"Remedies on `{PLAIN}` against `none`: not run."
    ranked = sorted(some, key=lambda name: -some[name].effect)
    best, worst = ranked[0], ranked[-1]
    helps = "raises its skill most" if some[best].effect > 0 else "comes first, though none helps"
    text = (
        f"Of {plural(len(some), 'remedy', 'remedies')} tried on `{PLAIN}`, `{best}` {helps}: "
        f"{interval(spread(some[best]), signed)} against no remedy with the same seeds "
        f"({plural(int(some[best].n), 'pair')})"
    )
    if worst != best:
        harms = "lowers it most" if some[worst].effect < 0 else "comes last"
        text += f"; `{worst}` {harms}: {interval(spread(some[worst]), signed)}"
    return text + "."


def explosions(tables: Tables) -> str:
    """What clipping is for: with plain descent, over all learning rates, without and with it."""
    trials = tables.trials
    trials = trials[trials.cell.eq(PLAIN) & trials.status.isin(RAN)]
    plain = trials[trials.optimizer.eq("sgd")]
    chosen = trials if plain.empty else plain
    if chosen.empty:
        return f"Gradient clipping on `{PLAIN}`: not run."
    where = "" if plain.empty else " by plain gradient descent"
    without = _exploded(chosen[chosen.remedy.eq("none")], "without a remedy")
    clipped = _exploded(chosen[chosen.remedy.eq("clip_norm")], "with `clip_norm`")
    tasks = named(order.tasks(chosen))
    return (
        f"Trained{where} on {tasks} at every learning rate, `{PLAIN}` {without}; {clipped}. "
        "(A spike is a loss over twice the first one; norms are those before clipping.)"
    )


def _exploded(trials: pd.DataFrame, how: str) -> str:
    if trials.empty:
        return f"{how} was not run"
    k, n = int(trials.solved.fillna(False).sum()), len(trials)
    diverged = int(trials.status.eq("diverged").sum())
    return (
        f"{how} solves {k} of {plural(n, 'trial')} ({interval(wilson(k, n), percent)}), with loss "
        f"spikes in {percent(float(trials.spikes.mean()))} of the updates and gradient norms up to "
        f"{short(float(trials.grad_norm_max.max()))}"
        + (f" ({diverged} of the trials diverged)" if diverged else "")
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
        f"cells with a loop by {interval(cluster_interval(list(some.pairs)), signed)} on average"
        for some, words in ((beyond, "further back"), (within, "no further"))
        if len(some)
    ]
    missing = "" if len(beyond) else "; beyond its horizon: not run"
    return text + "; ".join(parts) + missing + "."


def task_result(summary: pd.DataFrame, found: Leader | None) -> str:
    """What validated best on one task, and how many solve it. `summary`: that task's rows."""
    ran = summary[summary.status.eq("ok")]
    if ran.empty or found is None:
        return "Not run: no combination has a score."
    best = ran[ran.cell.eq(found.cell) & ran.remedy.eq(found.remedy)].iloc[0]
    always, top = int(ran.solved.eq(ran.n).sum()), found.ranks[found.cell, found.remedy]
    ties = sum(rank == top for rank in found.ranks.values()) - 1
    others = f" ({ties} more validated alike)" if ties else ""
    return (
        f"Chosen by validation, `{best.cell}` with `{best.remedy}`{others} has the test skill "
        f"{interval(Interval(best.skill, best.skill_low, best.skill_high))}, solved in "
        f"{int(best.solved)} of {plural(int(best.n), 'seed')}. {always} of "
        f"{plural(len(ran), 'combination')} of cell and remedy solve it in every seed."
    )
