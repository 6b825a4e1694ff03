"""The cards of all cells or remedies of a run, each with what the tables say of it."""

import pandas as pd

from seqbench.analysis import lookup, order
from seqbench.analysis.runs import PLAIN
from seqbench.analysis.tidy import Tables
from seqbench.report import bibliography
from seqbench.report.cards import cards
from seqbench.report.facts import Fact
from seqbench.report.numbers import NOTHING, interval, number, percent, signed


def gather(tables: Tables, kind: str) -> list[dict[str, object]]:
    """The cards in reading order. kind: cells or remedies."""
    trials, entries = tables.trials, bibliography.entries()
    names = order.cells(trials.cell) if kind == "cells" else order.remedies(trials)
    facts = _cell if kind == "cells" else _remedy
    return [
        cards.make(kind, name, trials, entries) | {"facts": facts(tables, name)} for name in names
    ]


def _cell(tables: Tables, name: str) -> list[Fact]:
    row = lookup.cell_skill(tables, name)
    return [
        {"label": "Skill without remedy", "value": _spread(row, signs=False)},
        {"label": "Tolerance", "value": NOTHING if row is None else percent(row.tolerance)},
    ]


def _remedy(tables: Tables, name: str) -> list[Fact]:
    acts_at = tables.trials.loc[tables.trials.remedy.eq(name), "acts_at"].iloc[0]
    facts = [{"label": "Acts at", "value": acts_at.replace("+", ", ") or "nothing"}]
    if name == "none":
        return facts
    row = lookup.effect(tables, name)
    plain = lookup.effect(tables, name, PLAIN)
    change = None if row is None else row.tolerance_difference
    return [
        *facts,
        {"label": "Skill change", "value": _spread(row)},
        {"label": f"Skill change, {PLAIN}", "value": _spread(plain)},
        {"label": "Tolerance change", "value": signed(change)},
    ]


def _spread(row: pd.Series | None, signs: bool = True) -> str:
    return (
        "not run" if row is None else interval(lookup.over_seeds(row), signed if signs else number)
    )
