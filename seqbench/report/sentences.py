"""The sentences of the report's first page, computed from the tables, never written down.

Each function answers one question in one or two sentences; where its trials were not run it says
so. Names of variants stand between backticks, which both editions print in their code font.
"""

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.choose import RAN
from seqbench.analysis.comparisons import paired_skills
from seqbench.analysis.effects import ALL
from seqbench.analysis.statistics import Interval, cluster_interval, wilson
from seqbench.analysis.tidy import Tables
from seqbench.report import facts
from seqbench.report.numbers import exists, interval, listed, number, percent, plural, short, signed

PLAIN = "rnn"  # the cell on which the textbook tells its story
CONTROL = "memoryless"
OPTIMIZERS = {"sgd": "SGD", "rmsprop": "RMSprop", "adam": "Adam"}


def answer(tables: Tables) -> list[str]:
    """The sentences of the abstract, in reading order."""
    return [
        best_cell(tables),
        control(tables),
        remedies(tables),
        explosions(tables),
        truncation(tables),
    ]


def _named(names: list[str]) -> str:
    return listed([f"`{name}`" for name in names])


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
    skills, lags = paired_skills(trials), trials.groupby("task").lag.first()
    rows = [
        (task, cell, int(lags[task]), (skills[task, cell, remedy] - without).dropna())
        for (task, cell, name), without in skills.items()
        if name == "none" and (task, cell, remedy) in skills
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
        verdict = "too few tasks to compare that with chance"
    elif skill.low <= 0 <= skill.high:
        verdict = "not told apart from chance"
    else:
        verdict = "a little can be had without memory" if skill.low > 0 else "below chance"
    return f"The control `{CONTROL}`, which has no loop, stays at {interval(skill)}: {verdict}."


def remedies(tables: Tables) -> str:
    """Which remedy moves the plain network most, in both directions."""
    rows = {name: effect(tables, name, PLAIN) for name in order.remedies(tables.trials)}
    some = {name: row for name, row in rows.items() if row is not None}
    if not some:
        return f"Remedies on `{PLAIN}` against `none`: not run."
    ranked = sorted(some, key=lambda name: -some[name].effect)
    best, worst = ranked[0], ranked[-1]
    text = (
        f"Of {plural(len(some), 'remedy', 'remedies')} tried on `{PLAIN}`, `{best}` changes its "
        f"skill most for the better, by {interval(spread(some[best]), signed)} against `none` at "
        f"the same seeds ({plural(int(some[best].n), 'pair')})"
    )
    if worst != best:
        text += f"; `{worst}` comes last with {interval(spread(some[worst]), signed)}"
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
    parts = [_exploded(chosen[chosen.remedy.eq(name)], name) for name in ("none", "clip_norm")]
    tasks = _named(order.tasks(chosen))
    return (
        f"Trained{where} on {tasks} with every learning rate, `{PLAIN}` " + "; ".join(parts) + "."
    )


def _exploded(trials: pd.DataFrame, remedy: str) -> str:
    if trials.empty:
        return f"with `{remedy}` was not run"
    k, n = int(trials.solved.fillna(False).sum()), len(trials)
    diverged = int(trials.status.eq("diverged").sum())
    return (
        f"with `{remedy}` solves {k} of {plural(n, 'trial')} ({interval(wilson(k, n), percent)}), "
        f"its loss spikes in {percent(float(trials.spikes.mean()))} of the updates (over twice the "
        f"first loss), the largest gradient norm before any clipping is "
        f"{short(float(trials.grad_norm_max.max()))}, and {diverged} diverge"
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
        f"on tasks that reach {words} ({_named(list(some.task.unique()))}) it changes the skill by "
        f"{interval(cluster_interval(list(some.pairs)), signed)}"
        for some, words in ((beyond, "further back"), (within, "no further"))
        if len(some)
    ]
    missing = "" if len(beyond) else "; beyond its horizon: not run"
    return text + "; ".join(parts) + missing + "."


def failures(tables: Tables) -> str:
    """What did not end well, in numbers; the provenance lists every case."""
    status = tables.trials.status
    n = {name: int(status.eq(name).sum()) for name in ("diverged", "failed", "timeout")}
    absent = int(status.eq("not_applicable").sum())
    if not len(status):
        return "No trial was found: nothing was run."
    ran = [
        f"{n['diverged']} diverged (their last finite weights were tested, and they count)",
        f"{n['failed']} failed",
        f"{n['timeout']} ran out of time",
    ]
    text = ", ".join(part for part in ran if part[0] != "0") or "none failed"
    tail = f"; {plural(absent, 'combination')} of task, cell and remedy do not apply"
    return f"Of {plural(facts.trial_count(tables.trials), 'trial')} {text}{tail if absent else ''}."


def setting(tables: Tables) -> str:
    """How every combination was trained; tasks that were trained alike are named together."""
    trials = tables.trials[tables.trials.seed.notna()]
    if trials.empty:
        return "Nothing was trained."
    alike: dict[str, list[str]] = {}
    for task in order.tasks(trials):
        alike.setdefault(_trained(trials[trials.task.eq(task)]), []).append(task)
    if len(alike) == 1:
        return f"Every combination was trained with {next(iter(alike))}."
    return " ".join(f"On {_named(names)}: {how}." for how, names in alike.items())


def _trained(trials: pd.DataFrame) -> str:
    """Optimizer, budget, sizes, seeds and the grid of learning rates."""
    rates = [short(rate) for rate in sorted(trials.learning_rate.dropna().unique())]
    grid = f" and learning rate{'s' if len(rates) > 1 else ''} {listed(rates, 99)}" if rates else ""
    return (
        f"{_values(trials, 'optimizer')}, at most {_values(trials, 'updates')} updates of "
        f"{_values(trials, 'batch')} sequences, {_values(trials, 'hidden')} hidden units, "
        f"{plural(trials.seed.nunique(), 'seed')}{grid}"
    )


def _values(trials: pd.DataFrame, column: str) -> str:
    """What occurs in a column: "32", "16 or 32"."""
    values = sorted(trials[column].dropna().unique())
    return " or ".join(OPTIMIZERS.get(v, v) if isinstance(v, str) else f"{v:,}" for v in values)


def task_result(summary: pd.DataFrame) -> str:
    """The best combination on one task and how many solve it. `summary`: that task's rows."""
    ran = summary[summary.status.eq("ok")]
    if ran.empty:
        return "Not run: no combination has a score."
    best = ran.sort_values(["skill", "cell", "remedy"], ascending=[False, True, True]).iloc[0]
    always = int(ran.solved.eq(ran.n).sum())
    return (
        f"Highest skill: `{best.cell}` with `{best.remedy}`, "
        f"{interval(Interval(best.skill, best.skill_low, best.skill_high))}, solved in "
        f"{int(best.solved)} of {plural(int(best.n), 'seed')}. {always} of "
        f"{plural(len(ran), 'combination')} solved it in every seed."
    )
