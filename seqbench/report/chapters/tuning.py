"""The chapter on solving and tuning: how soon, how often, and after how many settings tried."""

import pandas as pd

from seqbench.analysis.leaders import ranked_remedies
from seqbench.analysis.methods.statistics import ALPHA
from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.chapters._tuning_tables import best_of, steps, table, tasks, together, updates
from seqbench.report.numbers import interval, listed, plural, short
from seqbench.report.numbers import named as names_of
from seqbench.report.parts import by_optimizer

ORDER = 50
TITLE = "How fast tasks are solved, and what tuning gains"
SHORT = "Tuning"
INTRO = (
    "A tuned score does not tell how hard a good learning rate is to find. The tolerance does: it "
    "is the share of all trials, over every learning rate and seed, that solve the task."
)
TOLD = 6  # tasks of which the fastest cell is named


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables."""
    return by_optimizer(tables, of_part)


def of_part(tables: Tables) -> Chapter:
    """What is said of the tasks of one optimizer."""
    words = [*fastest(tables), sooner(tables, "cell"), sooner(tables, "baseline"), tries(tables)]
    return chapter(words, [table(tables, "cell"), table(tables, "baseline"), steps(tables)])


def fastest(tables: Tables) -> list[str]:
    """The cell whose median seed solves a task in the fewest updates, for the first tasks."""
    frame = tables.derived["survival"]
    frame = frame[frame["kind"].eq("cell")]
    if frame.empty:
        return ["Updates until a task is solved: not run."]
    words: list[str] = []
    never: list[str] = []
    for task in tasks(tables):
        cells = frame[frame["task"].eq(task)]
        half = cells[cells["median"].notna()].sort_values(["median", "name"], kind="stable")
        if half.empty:
            never += [task] if len(cells) else []
        elif len(words) < TOLD:
            words.append(_fastest(task, half, cells, tables.baseline))
    if never:
        words.append(
            f"On {names_of(never)}, no cell without a remedy solves the task with half of its "
            "seeds or more."
        )
    return words


def _fastest(task: str, half: pd.DataFrame, cells: pd.DataFrame, baseline: str) -> str:
    """half: the cells that solve it with half of their seeds, the fastest first."""
    own, first = cells[cells["name"].eq(baseline)], half.iloc[0]
    if len(half) == 1:
        text = f"On `{task}`, one cell solves the task without a remedy with half of its seeds"
        text += f", `{first['name']}`, after {updates(first)} updates"
    else:
        ties = half[half["median"].eq(first["median"])]["name"].tolist()
        cell = "cell" if len(ties) == 1 else "cells"
        text = (
            f"On `{task}`, the fastest {cell} without a remedy: {names_of(ties)}, half of whose "
            f"seeds have solved the task after {updates(first)} updates"
        )
    text += f"; {int(first.solved)} of {plural(int(first.n), 'seed')} of `{first['name']}` solve it"
    if own.empty or first["name"] == baseline:
        return text + "."
    row = own.iloc[0]
    return text + f". Of `{baseline}`, {int(row.solved)} of {plural(int(row.n), 'seed')} solve it."


def sooner(tables: Tables, kind: str) -> str:
    """Who solves tasks faster than the baseline, or than without a remedy."""
    frame = together(tables, kind)
    known = frame[frame["p_holm"].notna()]
    what = "cells" if kind == "cell" else f"remedies on `{tables.baseline}`"
    versus = f"`{tables.baseline}`" if kind == "cell" else "no remedy"
    if known.empty:
        return f"Log-rank tests of {what} against {versus}: nothing to compare."
    apart = known[known["p_holm"] < ALPHA]
    if apart.empty:
        return (
            f"Log-rank tests of {what} against {versus} find no significant difference in the "
            f"updates until a task is solved (smallest p {short(known['p_holm'].min())} after "
            "Holm's correction)."
        )
    faster = apart["excess"] > 0
    parts = [_sooner(apart[faster], "fewer", "more"), _sooner(apart[~faster], "more", "fewer")]
    return (
        f"Log-rank tests of {what} against {versus} (p below {ALPHA:g} after Holm's correction): "
        f"{'; '.join(filter(None, parts))}."
    )


def _sooner(some: pd.DataFrame, updates: str, seeds: str) -> str:
    if some.empty:
        return ""
    s = "s" if len(some) == 1 else ""
    return (
        f"{names_of(some['name'].tolist())} need{s} {updates} updates until a task is solved, or "
        f"solve{s} it with {seeds} seeds"
    )


def tries(tables: Tables) -> str:
    """How much a random search over more settings gains on the baseline."""
    skills = best_of(tables, "baseline")
    best = next(iter(ranked_remedies(tables)), "none")
    gains = []
    for name in dict.fromkeys(("none", best)):
        steps = [f"{interval(i)} for k = {k}" for k, i in sorted(skills.get(name, {}).items())]
        if steps:
            with_it = "without a remedy" if name == "none" else f"with `{name}`"
            gains.append(f"{with_it} {listed(steps)}")
    if not gains:
        return f"What tuning gains on `{tables.baseline}`: not run."
    return (
        f"Expected test skill of `{tables.baseline}` when k random settings are tried and the "
        f"one with the best validation score is kept: {'; '.join(gains)}."
    )
