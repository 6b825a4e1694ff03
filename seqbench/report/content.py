"""Everything the report says, once, as one dictionary of text: HTML and PDF print the same one.

Text between backticks is code. Nothing here is markup, so nothing in a table can become any.
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from seqbench import __version__
from seqbench.analysis import lookup, order, other_metrics
from seqbench.analysis.choose import Key
from seqbench.analysis.leaders import Leader, leader
from seqbench.analysis.other_metrics import Values
from seqbench.analysis.runs import PLAIN
from seqbench.analysis.tidy import Tables
from seqbench.figures import drawn
from seqbench.report import bibliography, facts, provenance
from seqbench.report.bibliography import Entry
from seqbench.report.cards import cards
from seqbench.report.chapter import Chapter
from seqbench.report.chapters import across, claims, costs, flow, reach, tuning
from seqbench.report.first_page import answer, limits, missing, training
from seqbench.report.numbers import NOTHING, count, interval, metric, number, percent, short, signed
from seqbench.report.task_pages import published, result, runs, scores, showcase

HOME = facts.ROOT / "reports"
TITLE = "Recurrent cells on trial"
METHODS = (  # cited by the analysis itself
    "wilson1927", "holm1979", "agarwal2021", "satterthwaite1946", "tukey1963", "newcombe2006",
    "mann1947", "friedman1937", "demsar2006", "kaplan1958", "mantel1966", "dodge2019", "fisher1925",
    "olejnik2003", "efron1981",
)  # fmt: skip
TRAINERS = {"rmsprop": "tieleman2012", "adam": "kingma2015"}
SECTIONS = ("answer", "claims", "why", "reach", "across", "tasks", "solved", "cost")
CHAPTERS: dict[str, Callable[[Tables], Chapter]] = {  # by section; more than figures
    "claims": claims.gather,
    "why": flow.gather,
    "reach": reach.gather,
    "across": across.gather,
    "solved": tuning.gather,
    "cost": costs.gather,
}

FOLDED = 3000  # scores; of more, only those that a reader unfolds become part of the page
PRINTED = 5000  # scores; more of them would be dozens of pages that nobody reads
DRAW = "python -m seqbench draw"

Content = dict[str, object]


def prose(name: str) -> list[str]:
    """The paragraphs of a file in reports/prose."""
    text = (HOME / "prose" / f"{name}.txt").read_text(encoding="utf-8")
    return [" ".join(part.split()) for part in text.split("\n\n")]


def build(tables: Tables, matrix_path: Path, results: Path) -> Content:
    """The dictionary. Every value is text, a number, a list or a dictionary of these."""
    entries = bibliography.read(HOME / "references.bib")
    more = other_metrics.gather(tables)
    names = order.tasks(tables.trials)
    best = {name: leader(tables, name) for name in names}
    return {
        "title": TITLE,
        "empty": facts.trial_count(tables.trials) == 0,
        "version": __version__,
        "question": prose("question")[0],
        "introduction": [bibliography.labeled(part, entries) for part in prose("introduction")],
        "answer": answer.answer(tables),
        "leads": list(answer.LEADS),
        "failures": training.failures(tables),
        "missing": missing.gather(tables.trials),
        "run": facts.run_facts(tables),
        "methods": [*prose("methods"), training.setting(tables)],
        "limits": limits.gather(tables),
        "behind": claims.behind(tables),
        "chapters": {name: gather(tables) for name, gather in CHAPTERS.items()},
        "figures": figures(results, facts.shown(matrix_path)),
        "runs": runs.gather(tables, facts.shown(matrix_path), facts.shown(results)),
        "tasks": [_task(tables, name, best[name], more, entries) for name in names],
        "published": beside(tables, best, more, entries),
        "folded": len(tables.summary) > FOLDED,
        "unprinted": unprinted(tables, results),
        "cells": variants(tables, "cells", entries),
        "remedies": variants(tables, "remedies", entries),
        "provenance": provenance.gather(tables, matrix_path, results),
        "glossary": glossary(),
        "references": bibliography.references(cited(tables), entries),
    }


def figures(results: Path, matrix: str) -> dict[str, list[dict[str, str]]]:
    """The drawn figures by section."""
    sections = drawn(results, SECTIONS)
    for figure in (figure for some in sections.values() for figure in some):
        figure["source"] = f"{facts.shown(results)}/figures/{figure['name']}.csv"
        figure["command"] = f"{DRAW} --config {matrix}"
    return sections


def beside(
    tables: Tables,
    best: dict[str, Leader | None],
    more: dict[Key, Values],
    entries: dict[str, Entry],
) -> Content:
    """Ours beside what others published."""
    rows = [
        published.row(tables, name, found, _values(found, name, more), entries)
        for name, found in best.items()
    ]
    found = [row for row in rows if row]
    return {
        "columns": list(published.COLUMNS),
        "rows": found,
        "marks": published.MARKS,
        "part": published.PART,
    }


def _values(found: Leader | None, task: str, more: dict[Key, Values]) -> Values:
    return more.get((task, found.cell, found.remedy), {}) if found else {}


def _task(
    tables: Tables,
    name: str,
    found: Leader | None,
    more: dict[Key, Values],
    entries: dict[str, Entry],
) -> Content:
    """The card, the facts, the result, what the networks say, the scores."""
    summary = tables.summary[tables.summary["task"].eq(name)]
    one, of = summary.iloc[0], scores.ranked(summary, tables.comparisons, name)
    absent = missing.of_task(summary)
    card = cards.make("tasks", name, tables.trials, entries)
    known = [] if absent else _task_facts(one)
    return card | {
        "facts": known,
        "result": absent or result.best(summary, found),
        "absent": bool(absent),
        "also": result.in_every_metric(found, _values(found, name, more)),
        "showcase": showcase.gather(tables, name, entries),
        "best": scores.best(of, found),
        "full": scores.full(of, {key[1:]: own for key, own in more.items() if key[0] == name}),
        "grids": scores.grids(of) if len(tables.summary) <= PRINTED and not absent else [],
    }


def _task_facts(one: pd.Series) -> list[facts.Fact]:
    """What a task says of itself; a run in which nothing of it ended does not know it."""
    better = "at least " if pd.notna(one.larger_is_better) and one.larger_is_better else "at most "
    mark = short(one.pass_mark)
    return [
        {"label": "Shape", "value": one.io_shape.replace("_", " ") or NOTHING},
        {"label": "Lag, steps", "value": count(one.lag)},
        {"label": "Metric", "value": metric(one.metric)},
        {"label": "Chance", "value": short(one.chance)},
        {"label": "Pass mark", "value": mark if mark == NOTHING else better + mark},
    ]


def unprinted(tables: Tables, results: Path) -> str:
    """Where the scores are that the paper leaves out; "" where it has them all."""
    n = len(tables.summary)
    where = f"`{facts.shown(results)}/tables/summary.csv`"
    return f"All {n:,} scores are in {where} and on the page." if n > PRINTED else ""


def variants(tables: Tables, kind: str, entries: dict[str, Entry]) -> list[Content]:
    """The cards of all cells or remedies, with what the tables say of each."""
    trials = tables.trials
    names = order.cells(trials.cell) if kind == "cells" else order.remedies(trials)
    say = _cell_facts if kind == "cells" else _remedy_facts
    return [
        cards.make(kind, name, trials, entries) | {"facts": say(tables, name)} for name in names
    ]


def _cell_facts(tables: Tables, name: str) -> list[facts.Fact]:
    row = lookup.cell_skill(tables, name)
    return [
        {"label": "Skill without remedy", "value": _spread(row, signs=False)},
        {"label": "Tolerance", "value": NOTHING if row is None else percent(row.tolerance)},
    ]


def _remedy_facts(tables: Tables, name: str) -> list[facts.Fact]:
    acts_at = tables.trials.loc[tables.trials.remedy.eq(name), "acts_at"].iloc[0]
    found = [{"label": "Acts at", "value": acts_at.replace("+", ", ") or "nothing"}]
    if name == "none":
        return found
    row = lookup.effect(tables, name)
    plain = lookup.effect(tables, name, PLAIN)
    change = None if row is None else row.tolerance_difference
    return [
        *found,
        {"label": "Skill change", "value": _spread(row)},
        {"label": f"Skill change, {PLAIN}", "value": _spread(plain)},
        {"label": "Tolerance change", "value": signed(change)},
    ]


def _spread(row: pd.Series | None, signs: bool = True) -> str:
    if row is None:
        return "not run"
    return interval(lookup.over_seeds(row), signed if signs else number)


def glossary() -> list[facts.Fact]:
    """Terms and abbreviations."""
    lines = (HOME / "prose" / "glossary.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.partition(": ") for line in lines if line]
    return [{"label": term, "value": meaning} for term, _, meaning in pairs]


def cited(tables: Tables) -> list[str]:
    """The bibliography keys of everything that was run, and of the methods used."""
    trials = tables.trials
    keys = list(METHODS) if len(trials) else []
    keys += [key for part in prose("introduction") for key in bibliography.KEY.findall(part)]
    keys += claims.sources(tables)
    keys += flow.METHODS if len(tables.cards) else ()
    keys += [TRAINERS[name] for name in sorted(set(trials.optimizer)) if name in TRAINERS]
    for kind, column in (("tasks", "task"), ("cells", "cell"), ("remedies", "remedy")):
        for name in sorted(set(trials[column])):
            keys += cards.sources(kind, name)
    return keys
