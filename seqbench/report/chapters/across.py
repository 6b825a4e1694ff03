"""The chapter across tasks: what decides the skill, who comes first, and who cannot be told apart.

Its tables are on the tasks whose answer lies in the past; where a run has none, on all.
"""

import numpy as np

from seqbench.analysis import lookup, order
from seqbench.analysis.leaders import best_cell, ranked_remedies
from seqbench.analysis.methods.statistics import ALPHA, Interval
from seqbench.analysis.runs import PLAIN, preferred
from seqbench.analysis.tables.variance import REST
from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Chapter
from seqbench.report.chapters.across_tables import around, cell_table, of_kind, remedy_table, row_of
from seqbench.report.numbers import interval, listed, number, percent, plural, short
from seqbench.report.numbers import named as names_of


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables."""
    words = [variance(tables), ranks(tables, "cell"), middle(tables), ranks(tables, "remedy")]
    words += [improvement(tables), left_out(tables)]
    made = [cell_table(tables), remedy_table(tables)]
    return {"words": list(filter(None, words)), "tables": [one for one in made if one["rows"]]}


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
    name = f"the combination of {top.replace(' x ', ' and ')}" if " x " in top else f"the {top}"
    return (
        f"Of the variance of test skill ({frame['levels'].iloc[0].replace(' x ', ' × ')}), {name} "
        f"explains most, {shares[top]}. By themselves, {listed(alone)} explain it; "
        f"{shares[REST]} need three or more things together."
    )


def ranks(tables: Tables, kind: str) -> str:
    """Who comes first, and who cannot be told apart from it."""
    frame = of_kind(tables, "ranks", kind)
    many = {"cell": ("cell", "cells"), "remedy": ("remedy", "remedies")}[kind]
    if frame.empty:
        return f"Ranks of {many[1]}: not run (fewer than two to compare)."
    first = frame.iloc[0]
    where = "rankings, one per task" + (
        ""
        if kind == "cell"
        else " and cell with a loop (those of one task are alike and count more than they should)"
    )
    top = frame["name"][np.isclose(frame["rank"], first["rank"], rtol=0, atol=1e-9)].tolist()
    tied = f"{names_of(top)} {'has' if len(top) == 1 else 'share'}"
    text = (
        f"Of {plural(len(frame), *many)} in {int(first.strata)} {where}, {tied} "
        f"the best mean rank, {number(first['rank'], 1)}"
    )
    if not first.p < ALPHA:
        return f"{text}, but Friedman's test finds no difference (p = {short(first.p)})."
    same = frame["group"].map(lambda letters: bool(set(letters) & set(first.group)))
    alike = [name for name in frame["name"][same] if name not in top]
    worse, it = frame["name"][~same].tolist(), "it" if len(top) == 1 else "them"
    parts = [f"cannot tell {it} from {names_of(alike)}"] if alike else []
    parts += [f"finds {it} better than {names_of(worse)}"] if worse else []
    return f"{text}; Nemenyi's test {listed(parts)} (Friedman's p = {short(first.p)})."


def middle(tables: Tables) -> str:
    """The interquartile mean of what validates best, beside the plain network's."""
    frame = of_kind(tables, "averages", "cell").set_index("name")
    best = best_cell(tables)
    some = [name for name in dict.fromkeys((best, PLAIN)) if name in frame.index]
    said = [f"`{name}` {around(row_of(frame, name), 'iqm')}" for name in some]
    return f"Interquartile means without a remedy: {listed(said)}." if said else ""


def improvement(tables: Tables) -> str:
    """How likely the remedy that validates best helps."""
    ranked = ranked_remedies(tables)
    if not ranked:
        return f"Probability of improvement on `{PLAIN}`: not run."
    best = ranked[0]
    chances = {
        f"on `{PLAIN}`": lookup.superiority(tables, best, "none", "plain"),
        "on all cells with a loop": lookup.superiority(tables, best, "none", "remedy"),
    }
    said = [f"{interval(chance)} {where}" for where, chance in chances.items() if chance]
    if not said:
        return ""
    return (
        f"A run with `{best}`, the remedy that validates best on `{PLAIN}`, beats one without a "
        f"remedy with the probability {listed(said)} (one half: a coin)."
    )


def left_out(tables: Tables) -> str:
    """Which names could not be compared because they did not run everywhere."""
    ran = tables.summary[tables.summary["status"].eq("ok")]
    plain = order.cells(ran.loc[ran["remedy"].eq("none"), "cell"])
    there = {kind: set(of_kind(tables, "ranks", kind)["name"]) for kind in ("cell", "remedy")}
    missing = [name for name in plain if there["cell"] and name not in there["cell"]]
    missing += [
        name for name in order.remedies(ran) if there["remedy"] and name not in there["remedy"]
    ]
    return f"Not ranked, because not run everywhere: {names_of(missing)}." if missing else ""
