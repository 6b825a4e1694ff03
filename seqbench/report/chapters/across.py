"""The chapter across tasks: what decides the skill, who ranks first, and which ranks differ.

Its tables are on the telling tasks; where a run has none, on all.
"""

import numpy as np

from seqbench.analysis import lookup, order
from seqbench.analysis.leaders import best_cell, ranked_remedies
from seqbench.analysis.methods.statistics import ALPHA, Interval
from seqbench.analysis.runs import preferred
from seqbench.analysis.tables.variance import REST
from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.chapters._across_tables import (
    cell_table,
    of_kind,
    pair_table,
    remedy_table,
    spread,
)
from seqbench.report.numbers import interval, listed, number, percent, plural, short
from seqbench.report.numbers import named as names_of
from seqbench.report.parts import by_optimizer

ORDER = 40
TITLE = "Across tasks"
SHORT = "Across"
INTRO = (
    "Only cells and remedies that ran on every task with the same seeds are compared here, so that "
    "all means are over the same runs."
)
MANY = {"cell": "cells", "remedy": "remedies"}


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables."""
    return by_optimizer(tables, of_part)


def of_part(tables: Tables) -> Chapter:
    """What is said of the tasks of one optimizer."""
    words = [variance(tables), ranks(tables, "cell"), middle(tables), ranks(tables, "remedy")]
    words += [improvement(tables), left_out(tables)]
    return chapter(words, [cell_table(tables), pair_table(tables), remedy_table(tables)])


def variance(tables: Tables) -> str:
    """What explains most of the variance of skill."""
    frame = preferred(tables.derived["variance"])
    if frame.empty:
        return "What decides the skill: not run (no two scores differ)."
    shares = {
        str(row["effect"]): interval(Interval(row["share"], row["low"], row["high"]), percent)
        for _, row in frame.iterrows()
    }
    known = frame[frame["effect"].ne(REST)]
    ranked = known.sort_values("share", ascending=False, kind="stable")
    top = str(ranked["effect"].iloc[0])
    alone = [f"the {name} {shares[name]}" for name in ("cell", "remedy", "task", "seed")]
    two = str(ranked["effect"][ranked["effect"].str.contains(" x ")].iloc[0])
    pair = "" if two == top else f" Of two at once, {_effect(two)} explains most, {shares[two]}."
    return (
        f"Of the variance of test skill ({frame['levels'].iloc[0].replace(' x ', ' × ')}), "
        f"{_effect(top)} explains most, {shares[top]}. The main effects are: {listed(alone)}."
        f"{pair} Interactions of three or more of them explain {shares[REST]}."
    )


def _effect(name: str) -> str:
    return f"the interaction of {name.replace(' x ', ' and ')}" if " x " in name else f"the {name}"


def ranks(tables: Tables, kind: str) -> str:
    """Who has the best mean rank, and from whom it differs significantly."""
    frame = of_kind(tables, "ranks", kind)
    if frame.empty:
        return f"Ranks of {MANY[kind]}: not run (fewer than two to compare)."
    first = frame.iloc[0]
    where = f"each of {plural(int(first.strata), 'task')}"
    if kind == "remedy":
        where = (
            f"each of {plural(int(first.strata), 'pair')} of a task and a cell with a loop (those "
            "of one task are one in the test)"
        )
    top = frame["name"][np.isclose(frame["rank"], first["rank"], rtol=0, atol=1e-9)].tolist()
    text = (
        f"Of {plural(len(frame), kind, MANY[kind])}, ranked by test skill on {where}, "
        f"{names_of(top)} {'has' if len(top) == 1 else 'share'} the best mean rank, "
        f"{number(first['rank'], 1)}"
    )
    if not first.least < ALPHA:
        return f"{text}; of so few, Friedman's test cannot find a significant difference."
    if not first.p < ALPHA:
        return (
            f"{text}, but Friedman's test finds no significant difference (p = {short(first.p)})."
        )
    same = frame["group"].map(lambda letters: bool(set(letters) & set(first.group)))
    alike = [name for name in frame["name"][same] if name not in top]
    worse = frame["name"][~same].tolist()
    parts = [f"significantly better than {names_of(worse)}"] if worse else []
    parts += [f"not significantly different from {names_of(alike)}"] if alike else []
    are = "it is" if len(top) == 1 else "they are"
    tested = f". By Nemenyi's test, {are} {', but '.join(parts)}" if parts else ""
    return f"{text} (Friedman's test: p = {short(first.p)}){tested}."


def middle(tables: Tables) -> str:
    """The interquartile mean of the cell chosen by validation, beside the baseline's."""
    frame = of_kind(tables, "averages", "cell").set_index("name")
    some = [
        name for name in dict.fromkeys((best_cell(tables), tables.baseline)) if name in frame.index
    ]
    means = [f"`{name}` {interval(spread(frame.loc[name].to_dict(), 'iqm'))}" for name in some]
    if not means:
        return ""
    return (
        "Interquartile mean of test skill without a remedy (the best and the worst quarter of "
        f"runs are left out): {listed(means)}."
    )


def improvement(tables: Tables) -> str:
    """How likely the remedy with the best validation score helps."""
    ranked = ranked_remedies(tables)
    if not ranked:
        return f"Probability of improvement on `{tables.baseline}`, on a telling task: not run."
    best = ranked[0]
    chances = {
        f"on `{tables.baseline}`": lookup.superiority(tables, best, "none", "baseline"),
        "on all cells with a loop": lookup.superiority(tables, best, "none", "remedy"),
    }
    known = [f"{interval(chance)} {where}" for where, chance in chances.items() if chance]
    if not known:
        return ""
    return (
        f"Probability of improvement: a run with `{best}`, the remedy with the best validation "
        f"score on `{tables.baseline}`, has a higher test skill than a run without a remedy with "
        f"probability {listed(known)} (0.5: no difference)."
    )


def left_out(tables: Tables) -> str:
    """Which names could not be compared because they did not run everywhere."""
    ran = tables.summary[tables.summary["status"].eq("ok")]
    plain = order.cells(ran.loc[ran["remedy"].eq("none"), "cell"])
    ranked = {kind: set(of_kind(tables, "ranks", kind)["name"]) for kind in MANY}
    missing = [name for name in plain if ranked["cell"] and name not in ranked["cell"]]
    missing += [
        name for name in order.remedies(ran) if ranked["remedy"] and name not in ranked["remedy"]
    ]
    return (
        f"Not ranked, because they did not run everywhere: {names_of(missing)}." if missing else ""
    )
