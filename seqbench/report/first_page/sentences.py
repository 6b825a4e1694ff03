"""The sentences of the report's first page, computed from the tables, never written down.

Each function answers one question in one or two sentences; where its trials were not run it says
so. Names of variants stand between backticks, which both editions print in their code font.
What is called best was chosen by its mean validation skill; printed is its test skill, with an
interval over seeds.
"""

from typing import cast

import pandas as pd

from seqbench.analysis import order, runs
from seqbench.analysis.choose import tuned
from seqbench.analysis.methods.statistics import Interval, mean_interval
from seqbench.analysis.tables.effects import ALL
from seqbench.analysis.tidy import Tables
from seqbench.report.first_page.exploding import CONTROL, explosions, truncation
from seqbench.report.numbers import exists, interval, plural, signed
from seqbench.report.task_pages.measures import Leader

PLAIN = runs.PLAIN
LIKELY = ["probability", "low", "high"]


LEADS = ("Together", "The cell", "The remedy", "Clipping", "Truncation", "The control")


def answer(tables: Tables) -> list[str]:
    """The sentences of the abstract, in reading order, each about what LEADS calls it."""
    return [
        best_pair(tables),
        best_cell(tables),
        remedies(tables),
        explosions(tables),
        truncation(tables),
        control(tables),
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
    """Effect of a row of effects.csv, and its interval over seeds."""
    return Interval(float(row.effect), float(row.seeds_low), float(row.seeds_high))


def past_tasks(tables: Tables) -> int:
    """How many tasks there are whose answer lies in the past."""
    return int(tables.trials[order.needs_past(tables.trials)].task.nunique())


def leading_cell(tables: Tables) -> str | None:
    """What validates best without a remedy, of the cells that met every task about the past."""
    rows = {cell: cell_skill(tables, cell) for cell in order.cells(tables.trials.cell)}
    n = past_tasks(tables)
    found = {
        cell: float(row.valid)
        for cell, row in rows.items()
        if row is not None and row.clusters == n
    }
    return max(found, key=lambda cell: found[cell]) if found else None


def ranked_remedies(tables: Tables, cell: str = PLAIN) -> list[str]:
    """Remedies on a cell by validation skill minus that of `none`, the best first.

    Only those that met every task that the cell met without one.
    """
    rows = {name: effect(tables, name, cell) for name in order.remedies(tables.trials)}
    alone = cell_skill(tables, cell)
    found = {
        name: float(row.valid)
        for name, row in rows.items()
        if row is not None and alone is not None and row.clusters == alone.clusters
    }
    return sorted(found, key=lambda name: -found[name])


def likely(tables: Tables, name: str, versus: str, kind: str) -> str:
    """How probably a run of one beats one of the other, where it was computed."""
    rows = runs.preferred(tables.derived["improvement"])
    rows = rows[rows.kind.eq(kind) & rows.name.eq(name) & rows.versus.eq(versus)]
    return "".join(interval(Interval(*row)) for row in rows[LIKELY].to_numpy("float64"))


def best_pair(tables: Tables) -> str:
    """Which cell and remedy do best together, of those that met every task about the past."""
    best = tuned(tables.trials[order.needs_past(tables.trials)])
    pairs = best.groupby(["cell", "remedy"])
    whole = best[pairs.task.transform("nunique").eq(best.task.nunique())]
    # every task counts once, whatever its seeds
    means = whole.groupby(["cell", "remedy", "task"])[["valid_skill", "test_skill"]].mean()
    means = means.groupby(["cell", "remedy"]).mean()
    if means.empty:
        return "Combinations of cell and remedy where the answer lies in the past: not run."
    cell, remedy = cast(tuple[str, str], means["valid_skill"].idxmax())
    own = whole[whole.cell.eq(cell) & whole.remedy.eq(remedy)]
    seeds = mean_interval(own.groupby("seed")["test_skill"].mean().to_numpy("float64"))
    skill = seeds._replace(high=min(1.0, seeds.high)) if seeds.high > 1 else seeds
    solved, n = int(own.solved.sum()), len(own)
    under = "without any remedy" if remedy == "none" else f"with `{remedy}`"
    return (
        f"Of {plural(len(means), 'combination')} of cell and remedy, `{cell}` {under} validates "
        f"best where the answer lies in the past: test skill {interval(skill)} "
        f"(0 is chance, 1 is perfect), {solved} of {plural(n, 'run')} solved."
    )


def best_cell(tables: Tables) -> str:
    """Which cell does best where the answer lies in the past, with no remedy at all."""
    best = leading_cell(tables)
    row = cell_skill(tables, best) if best else None
    if best is None or row is None:
        return (
            "The best cell without a remedy where the answer lies in the past: not run, as no cell "
            "met every such task."
        )
    n = past_tasks(tables)
    where = "on the one task" if n == 1 else f"on average over the {n} tasks"
    text = (
        f"Without any remedy, `{best}`, chosen by validation, reaches the test skill "
        f"{interval(spread(row))} {where} whose answer lies in the past"
    )
    plain = cell_skill(tables, PLAIN)
    if plain is None or best == PLAIN:
        return text + "."
    text += f"; the plain recurrent network `{PLAIN}` reaches {interval(spread(plain))}"
    chance = likely(tables, best, PLAIN, "cell")
    return text + (f" and loses to it with the probability {chance}." if chance else ".")


def control(tables: Tables) -> str:
    """Whether the network without a loop is where it must be: at chance."""
    row = cell_skill(tables, CONTROL)
    if row is None:
        return f"`{CONTROL}`, the same network without its loop: not run."
    skill = spread(row)
    if not exists(skill.low):
        verdict = "with one seed alone, that cannot be compared with chance"
    elif skill.low <= 0 <= skill.high:
        verdict = "chance is within its interval, as it must be"
    elif skill.low > 0:
        verdict = "so much can be had without memory"
    else:
        verdict = "no better than chance, as it must be"
    return f"`{CONTROL}`, which has no loop, reaches {interval(skill)}: {verdict}."


def remedies(tables: Tables) -> str:
    """Which remedy moves the plain network most, in both directions."""
    ranked = ranked_remedies(tables)
    rows = {name: effect(tables, name, PLAIN) for name in ranked}
    if not ranked:
        return (
            f"The best remedy on `{PLAIN}` against `none`: not run, as none met every task that "
            f"`{PLAIN}` met without one."
        )
    best, worst = ranked[0], ranked[-1]
    text = (
        f"Of {plural(len(ranked), 'remedy', 'remedies')} tried on `{PLAIN}`, `{best}`, chosen by "
        f"validation, {_change(rows[best])} ({_pairs(rows[best])} with the same seeds)"
    )
    chance = likely(tables, best, "none", "plain")
    text += f"; a run with it beats one without with the probability {chance}" if chance else ""
    if worst != best:
        text += f"; `{worst}`, last by validation, {_change(rows[worst])}"
    return text + "."


def _pairs(row: pd.Series | None) -> str:
    return plural(0 if row is None else int(row.n), "pair")


def _change(row: pd.Series | None) -> str:
    assert row is not None
    found = spread(row)
    said = f"by {interval(found, signed)}"
    if not exists(found.low):
        return f"changes its skill {said}"
    if found.low <= 0 <= found.high:
        return f"changes its skill {said}, which chance could explain"
    if found.mean > 0:
        return f"raises its skill {said}"
    return f"lowers its skill by {interval(Interval(-found.mean, -found.high, -found.low))}"


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
