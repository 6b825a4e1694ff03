"""The chapter on solving and tuning: how soon, how often, and after how many tries."""

import pandas as pd

from seqbench.analysis.leaders import ranked_remedies
from seqbench.analysis.methods.statistics import ALPHA
from seqbench.analysis.runs import PLAIN, preferred
from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Chapter
from seqbench.report.chapters.across_tables import row_of
from seqbench.report.chapters.tuning_tables import (
    TRIES,
    around,
    steps,
    table,
    tasks,
    together,
    updates,
)
from seqbench.report.numbers import listed, plural, short
from seqbench.report.numbers import named as names_of

TOLD = 6  # tasks of which the fastest is told


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables."""
    words = [*fastest(tables), sooner(tables, "cell"), sooner(tables, "plain"), tries(tables)]
    made = [table(tables, "cell"), table(tables, "plain"), steps(tables)]
    return {"words": list(filter(None, words)), "tables": [one for one in made if one["rows"]]}


def fastest(tables: Tables) -> list[str]:
    """Which cell is the first half of whose seeds solve a task, for the first tasks."""
    frame = tables.derived["survival"]
    frame = frame[frame["kind"].eq("cell")]
    if frame.empty:
        return ["Updates until a task is solved: not run."]
    said: list[str] = []
    never: list[str] = []
    for task in tasks(tables):
        own = frame[frame["task"].eq(task)]
        half = own[own["median"].notna()].sort_values(["median", "name"], kind="stable")
        if half.empty:
            never += [task] if len(own) else []
        elif len(said) < TOLD:
            said.append(_fastest(task, half.iloc[0], own[own["name"].eq(PLAIN)]))
    if never:
        said.append(f"Half of the seeds of no cell solve {names_of(never)} without a remedy.")
    return said


def _fastest(task: str, first: pd.Series, plain: pd.DataFrame) -> str:
    text = (
        f"On `{task}`, `{first['name']}` is the first cell of whose seeds half solve it: after "
        f"{updates(first)} updates ({int(first.solved)} of {plural(int(first.n), 'seed')})"
    )
    if plain.empty or first["name"] == PLAIN:
        return text + "."
    row = plain.iloc[0]
    solved = f"{int(row.solved)} of {int(row.n)}"
    return text + f"; of `{PLAIN}`, {solved} solve it within the budget."


def sooner(tables: Tables, kind: str) -> str:
    """Who solves tasks sooner than the plain network, or than without a remedy."""
    frame = together(tables, kind)
    known = frame[frame["p_holm"].notna()]
    versus = f"`{PLAIN}`" if kind == "cell" else "no remedy"
    what = "cells" if kind == "cell" else f"remedies on `{PLAIN}`"
    if known.empty:
        return f"Log-rank tests of {what} against {versus}: nothing to compare."
    apart = known[known["p_holm"] < ALPHA]
    if apart.empty:
        return (
            f"In updates until solved, no log-rank test tells {what} from {versus} "
            f"(smallest p {short(known['p_holm'].min())} after Holm's correction)."
        )
    more = apart["excess"] > 0
    parts = [
        f"{names_of(some['name'].tolist())} {words}"
        for some, words in (
            (apart[more], "sooner or more often"),
            (apart[~more], "later or less often"),
        )
        if len(some)
    ]
    return f"Log-rank tests find {listed(parts)} solved than {versus} (Holm-corrected)."


def tries(tables: Tables) -> str:
    """How much a second and a fourth trial of tuning buy the plain network."""
    frame = preferred(tables.derived["budget"])
    frame = frame[frame["kind"].eq("plain")]
    best = next(iter(ranked_remedies(tables)), "none")
    said = []
    for name in dict.fromkeys(("none", best)):
        own = frame[frame["name"].eq(name)].set_index("k")
        steps = [
            f"{'one random setting' if k == 1 else f'the best of {k}'} {around(row_of(own, k))}"
            for k in TRIES
            if k in own.index
        ]
        if steps:
            said.append(f"{'no remedy' if name == 'none' else f'`{name}`'}: {listed(steps)}")
    if not said:
        return f"What tuning buys `{PLAIN}`: not run."
    return f"What tuning buys `{PLAIN}`, as expected test skill chosen by validation: " + (
        "; with ".join(said) + "."
    )
