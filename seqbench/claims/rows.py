"""Which tasks, cells and remedies of a run some rows of the ledger mean, down to their knobs."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd

from seqbench import registry
from seqbench.claims.claim import ANY, PAST, Bound, Rows, Wanted
from seqbench.errors import InputError

Knobs = dict[str, object]
KINDS = {"task": "tasks", "cell": "cells", "remedy": "remedies"}


@dataclass(frozen=True)
class Known:
    """The names in a run.

    tasks, cells, remedies:  name -> its knobs, defaults included.
    own:   the cells that have knobs of their own, by which they differ from the cell of that name.
    past:  the tasks whose answer lies in the past alone.
    """

    tasks: dict[str, Knobs]
    cells: dict[str, Knobs]
    remedies: dict[str, Knobs]
    own: frozenset[str]
    past: frozenset[str]

    def of_tasks(self, rows: Rows) -> list[str]:
        """The tasks that are meant: by name, by what is in front of a label, or without one."""
        wanted = set(rows.tasks or ())
        named = [name for name in self.tasks if {name, f"{name}@", name.partition("@")[0]} & wanted]
        some = named + (sorted(self.past - set(named)) if PAST in wanted else [])
        return [name for name in some if _agree(self.tasks[name], rows.knobs.get("task", {}))]

    def of_cells(self, rows: Rows) -> list[str]:
        """The cells of exactly these names; by knobs, whatever their label is."""
        wanted, knobs = set(rows.cells or ()), rows.knobs.get("cell", {})
        if knobs:
            some = [name for name in self.cells if name.partition("@")[0] in wanted]
            return [name for name in some if _agree(self.cells[name], knobs)]
        return [n for n in self.cells if n in wanted and ("@" in n or n not in self.own)]

    def of_remedies(self, rows: Rows) -> list[str]:
        """The remedies of exactly these names; `*` stands for all but `none`."""
        wanted, knobs = set(rows.remedies or ()), rows.knobs.get("remedy", {})
        some = [n for n in self.remedies if n in wanted or (ANY in wanted and n != "none")]
        return [name for name in some if _agree(self.remedies[name], knobs)]


def known(trials: pd.DataFrame, past: frozenset[str]) -> Known:
    """The names in a table of trials."""
    knobs = {kind: _knobs(trials, kind) for kind in KINDS}
    own = {name for name in knobs["cell"] if knobs["cell"][name] != _defaults("cells", name)}
    return Known(knobs["task"], knobs["cell"], knobs["remedy"], frozenset(own), past)


def described(rows: Rows) -> str:
    """The rows as a reader says them: `lstm` with `none` on `adding` (length at least 50)."""

    def listed(names: tuple[str, ...] | None) -> str:
        words = {ANY: "any remedy", PAST: "tasks whose answer lies in the past"}
        return ", ".join(words.get(name, f"`{name}`") for name in names or ())

    extra = [f"{name} {_words(value)}" for name, value in rows.where.items()]
    extra += [f"{n} {_words(value)}" for knobs in rows.knobs.values() for n, value in knobs.items()]
    tail = f" ({', '.join(extra)})" if extra else ""
    return f"{listed(rows.cells)} with {listed(rows.remedies)} on {listed(rows.tasks)}{tail}"


def _words(wanted: Wanted) -> str:
    if not isinstance(wanted, Bound):
        return str(wanted)
    parts = (("at least", wanted.at_least), ("at most", wanted.at_most))
    return " and ".join(f"{words} {value:g}" for words, value in parts if value is not None)


def meets(value: object, wanted: Wanted) -> bool:
    """Whether a fact is what is wanted."""
    if value is pd.NA:
        return False
    if not isinstance(wanted, Bound):
        return bool(value == wanted)
    if not isinstance(value, (int, float, np.number)):
        return False
    low = -np.inf if wanted.at_least is None else wanted.at_least
    high = np.inf if wanted.at_most is None else wanted.at_most
    return bool(low <= value <= high)


def _agree(knobs: Knobs, wanted: Mapping[str, Wanted]) -> bool:
    return all(name in knobs and meets(knobs[name], value) for name, value in wanted.items())


def _defaults(kind: str, name: str) -> Knobs:
    """What a variant's file gives its knobs; nothing where it is not installed."""
    try:
        card = registry.describe(kind, name)
    except InputError:
        return {}
    return {name: knob.default for name, knob in card.knobs.items()}


def _knobs(trials: pd.DataFrame, kind: str) -> dict[str, Knobs]:
    every: dict[str, Knobs] = {}
    for name, text in trials.drop_duplicates(kind)[[kind, "knobs"]].to_numpy():
        given = (json.loads(text) if text else {}).get(kind) or {}
        if "+" in name:
            every[name] = given  # by part
            continue
        with suppress(InputError):  # not installed here: what the matrix gave is all that is known
            given = dict(registry.with_label(KINDS[kind], name, given))
        every[name] = _defaults(KINDS[kind], name) | given
    return dict(sorted(every.items()))
