"""The cards of all cells or remedies of a run, each with what the tables say of it."""

import pandas as pd

from seqbench.analysis import lookup, order
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
    facts: list[Fact] = []
    for under, part in tables.parts.items():
        row = lookup.cell_skill(part, name)
        tolerance = NOTHING if row is None else percent(row.tolerance)
        facts += [
            {"label": f"Skill without remedy{_under(tables, under)}", "value": _spread(row, False)},
            {"label": f"Tolerance{_under(tables, under)}", "value": tolerance},
        ]
    return facts


def _remedy(tables: Tables, name: str) -> list[Fact]:
    acts_at = tables.trials.loc[tables.trials.remedy.eq(name), "acts_at"].iloc[0]
    facts = [{"label": "Acts at", "value": acts_at.replace("+", ", ") or "nothing"}]
    if name == "none":
        return facts
    for under, part in tables.parts.items():
        row = lookup.effect(part, name)
        alone = lookup.effect(part, name, tables.baseline)
        change = None if row is None else row.tolerance_difference
        where = _under(tables, under)
        facts += [
            {"label": f"Skill change{where}", "value": _spread(row)},
            {"label": f"Skill change, {tables.baseline}{where}", "value": _spread(alone)},
            {"label": f"Tolerance change{where}", "value": signed(change)},
        ]
    return facts


def _under(tables: Tables, optimizer: str) -> str:
    """Which optimizer a number is of, where there are several."""
    return f" ({optimizer})" if len(tables.optimizers) > 1 else ""


def _spread(row: pd.Series | None, signs: bool = True) -> str:
    return (
        "not run" if row is None else interval(lookup.over_seeds(row), signed if signs else number)
    )
