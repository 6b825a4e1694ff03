"""The answer on the report's first page: a sentence or two per question, computed from the tables.

Where the trials of a question were not run, its sentence says so. Names of variants stand between
backticks, which both editions print in their code font. What is best was chosen by its mean
validation skill (`seqbench.analysis.leaders`); printed is its test skill, with an interval over
seeds.
"""

import pandas as pd

from seqbench.analysis import leaders, lookup
from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.runs import CONTROL, PLAIN
from seqbench.analysis.tidy import Tables
from seqbench.report.first_page.exploding import clipped, truncated
from seqbench.report.first_page.limits import FEW
from seqbench.report.numbers import exists, interval, plural, signed

LEADS = (
    "How sure",
    "Cell and remedy",
    "The cell",
    "The remedy",
    "Clipping",
    "Truncation",
    "The control",
)

SLIGHT = 0.05  # of the control: what is below chance counts as 0, so its mean lies a little above


def answer(tables: Tables) -> list[str]:
    """The sentences of the abstract, in reading order, each about what LEADS calls it."""
    return [
        sure(tables),
        best_pair(tables),
        best_cell(tables),
        best_remedy(tables),
        clipped(tables),
        truncated(tables),
        control(tables),
    ]


def sure(tables: Tables) -> str:
    """Whether the run can decide anything, before it says what it found."""
    verdicts = tables.comparisons["verdict"]
    asked = verdicts[verdicts.ne("")]
    if asked.empty:
        return "No remedy was compared with `none`, so this run concludes nothing about remedies."
    if asked.eq(FEW).all():
        pairs = int(tables.comparisons["n"].max())
        return (
            f"No comparison of a remedy with `none` can be significant in this run, however large "
            f"the effect: each rests on {plural(pairs, 'pair')} of runs at most. What follows "
            "describes these runs and concludes nothing."
        )
    better, worse = (int(asked.eq(name).sum()) for name in ("better", "worse"))
    return (
        f"Of {plural(len(asked), 'comparison')} of a remedy with `none`, each on one task and "
        f"cell, {better:,} are better and {worse:,} worse after Holm's correction; the other "
        "numbers below describe these runs."
    )


def best_pair(tables: Tables) -> str:
    """Which cell and remedy do best together."""
    best = leaders.best_pair(tables)
    if best is None:
        return "Combinations of cell and remedy on tasks whose answer lies in the past: not run."
    remedy = "without a remedy" if best.remedy == "none" else f"with `{best.remedy}`"
    return (
        f"Of {plural(best.among, 'combination')} of cell and remedy that ran on all tasks whose "
        f"answer lies in the past, `{best.cell}` {remedy} has the best mean validation skill. Its "
        f"test skill is {interval(best.skill)} (0 is chance, 1 is perfect); it solves its task in "
        f"{best.solved} of {plural(best.runs, 'run')}."
    )


def best_cell(tables: Tables) -> str:
    """Which cell does best without a remedy."""
    best = leaders.best_cell(tables)
    row = lookup.cell_skill(tables, best) if best else None
    if best is None or row is None:
        return (
            "The best cell without a remedy: not run, because no cell ran without one on every "
            "task whose answer lies in the past."
        )
    n = leaders.past_tasks(tables)
    where = "the one task" if n == 1 else f"all {n} tasks"
    text = (
        f"Of the cells that ran without a remedy on {where} whose answer lies in the past, "
        f"`{best}` has the best mean validation skill. Its mean test skill is "
        f"{interval(lookup.over_seeds(row))}"
    )
    plain = lookup.cell_skill(tables, PLAIN)
    if plain is None or best == PLAIN:
        return f"{text}."
    text += f"; the simple recurrent network `{PLAIN}` has {interval(lookup.over_seeds(plain))}"
    chance = lookup.superiority(tables, best, PLAIN, "cell")
    return f"{text}. {_beats(f'of `{best}`', f'of `{PLAIN}`', chance)}".strip()


def _beats(one: str, other: str, chance: Interval | None) -> str:
    """The probability of improvement, "" where it was not computed."""
    if chance is None:
        return ""
    return f"A run {one} beats a run {other} on the same task with probability {interval(chance)}."


def best_remedy(tables: Tables) -> str:
    """Which remedy helps the plain network most, and which least."""
    ranked = leaders.ranked_remedies(tables)
    rows = {name: lookup.effect(tables, name, PLAIN) for name in ranked}
    if not ranked:
        return (
            f"The best remedy on `{PLAIN}`: not run, because none ran on every task that `{PLAIN}` "
            "ran on without one."
        )
    best, worst = ranked[0], ranked[-1]
    text = (
        f"Of {plural(len(ranked), 'remedy', 'remedies')} on `{PLAIN}`, on tasks whose answer lies "
        f"in the past, `{best}` has the best mean validation skill. Compared with no remedy, it "
        f"{_change(rows[best])} ({_pairs(rows[best])} with the same seed). "
        + _beats("with it", "with no remedy", lookup.superiority(tables, best, "none", "plain"))
    ).strip()
    if worst == best:
        return text
    return f"{text} `{worst}`, which has the worst, {_change(rows[worst])}."


def _pairs(row: pd.Series | None) -> str:
    n = 0 if row is None else int(row["n"])
    return f"{plural(n, 'pair')} of runs"


def _change(row: pd.Series | None) -> str:
    assert row is not None
    change = lookup.over_seeds(row)
    if not exists(change.low):
        return f"changes the test skill by {interval(change, signed)}"
    if change.low <= 0 <= change.high:
        return f"changes the test skill by {interval(change, signed)}, which chance could explain"
    if change.mean > 0:
        return f"raises the test skill by {interval(change, signed)}"
    lost = Interval(-change.mean, -change.high, -change.low)
    return f"lowers the test skill by {interval(lost)}"


def control(tables: Tables) -> str:
    """Whether the network without a loop is where it must be: at chance."""
    row = lookup.cell_skill(tables, CONTROL)
    if row is None:
        return f"`{CONTROL}`, the same network without its loop: not run."
    skill = lookup.over_seeds(row)
    if not exists(skill.low):
        verdict = "with one seed alone, this cannot be compared with chance (0)"
    elif skill.low <= 0 <= skill.high:
        verdict = "its interval contains chance (0), as expected without memory"
    elif skill.high < SLIGHT:
        verdict = "next to nothing, as expected without memory"
    elif skill.low > 0:
        verdict = "this much can be reached without memory"
    else:
        verdict = "no better than chance (0), as expected without memory"
    return f"`{CONTROL}`, which has no loop, has the test skill {interval(skill)}: {verdict}."
