"""What the trials say of the run as a whole: how many, of what, how long, on which machine."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pandas as pd

from seqbench import registry
from seqbench.analysis.tidy import Tables
from seqbench.errors import InputError
from seqbench.report.numbers import NOTHING, count, listed, number, short
from seqbench.tuning import SEARCH

Fact = dict[str, str]
ROOT = registry.HOME.parent.resolve()


def trial_count(trials: pd.DataFrame) -> int:
    """Rows in which something was, or should have been, trained."""
    return int(trials.status.ne("not_applicable").sum())


def run_facts(tables: Tables) -> list[Fact]:
    """What was run, as label and value."""
    trials, costs = tables.trials, tables.costs
    seconds = float(costs.cpu_seconds.astype("float64").sum())
    names = {name: count(trials[name].nunique()) for name in ("task", "cell", "remedy")}
    return [
        _fact("Trials", count(trial_count(trials))),
        _fact("Tasks × cells × remedies", " × ".join(names.values())),
        _fact("Seeds", _seeds(trials)),
        _fact("Learning rates per task", _rates(trials)),
        _fact("Processor time", duration(seconds) if len(costs) else NOTHING),
        _fact("Peak memory per job", _memory(costs)),
        _fact("Machine", machines(costs)),
    ]


def _fact(label: str, value: str) -> Fact:
    return {"label": label, "value": value}


def _seeds(trials: pd.DataFrame) -> str:
    """10; where a search chose, "10, after 3 that choose"."""
    chose = trials.stage.eq(SEARCH)
    scored, first = trials.seed[~chose].nunique(), trials.seed[chose].nunique()
    return f"{count(scored)}, after {count(first)} that choose" if first else count(scored)


def _rates(trials: pd.DataFrame) -> str:
    """How many learning rates the tasks were tried with: "2", "1 to 3"."""
    each = sorted(set(trials.groupby("task").learning_rate.nunique()) - {0})
    return " to ".join(count(n) for n in dict.fromkeys([each[0], each[-1]])) if each else NOTHING


def duration(seconds: float) -> str:
    """20 min, 3.4 core-hours: in the unit in which it is read best."""
    if seconds < 3600:
        return f"{short(seconds / 60)} core-minutes"
    return f"{short(seconds / 3600)} core-hours"


def _memory(costs: pd.DataFrame) -> str:
    peak = costs.peak_bytes.max() if len(costs) else None
    return NOTHING if peak is None or pd.isna(peak) else f"{number(float(peak) / 1e9)} GB"


def machines(costs: pd.DataFrame) -> str:
    """Processors and devices that trained, without their names in any network."""
    rows = (
        costs[["machine", "device"]].dropna().drop_duplicates().sort_values(["machine", "device"])
    )
    return listed([f"{m} ({d})" for m, d in rows.itertuples(index=False)]) or NOTHING


def settings(trials: pd.DataFrame, kind: str, name: str) -> dict[str, object]:
    """The knobs of a variant that differ from its defaults, as the trials recorded them.

    Of a knob that was tuned, the list of its values.
    """
    column = {"tasks": "task", "cells": "cell", "remedies": "remedy"}[kind]
    own = trials[trials[column].eq(name)]
    trained = own[own["seed"].notna()]
    texts = (trained if len(trained) else own)["knobs"].unique()
    return _together([json.loads(text or "{}").get(column, {}) for text in texts])


def _together(recorded: list[dict[str, object]]) -> dict[str, object]:
    """Knobs of several trials: every value that one has, once; knobs of parts likewise."""
    found: dict[str, object] = {}
    for knob in dict.fromkeys(knob for knobs in recorded for knob in knobs):
        values = [knobs[knob] for knobs in recorded if knob in knobs]
        parts = [value for value in values if isinstance(value, dict)]
        several = [value for i, value in enumerate(values) if value not in values[:i]]
        found[knob] = _together(parts) if parts else several if several[1:] else several[0]
    return found


def horizon(trials: pd.DataFrame) -> float | None:
    """After how many steps at most `truncate` cut the gradient: its only knob, or default."""
    try:
        knobs = registry.describe("remedies", "truncate").knobs
    except InputError:
        return None
    name = next(iter(knobs), "")
    steps = settings(trials, "remedies", "truncate").get(
        name, knobs[name].default if name else None
    )
    values = steps if isinstance(steps, list) else [steps]  # a list: those that were tried
    known = [float(value) for value in values if isinstance(value, (int, float))]
    return max(known, default=None)


def shown(path: Path) -> str:
    """A path as the report may print it: inside the project, or its last name alone."""
    try:
        return path.resolve().relative_to(ROOT).as_posix()
    except ValueError:
        return path.name


def without_places(tables: Tables, results: Path) -> Tables:
    """The tables of a results folder, whose reasons name no place of this machine."""

    def clean(frame: pd.DataFrame) -> pd.DataFrame:
        if "reason" not in frame or frame.empty:
            return frame
        words = {text: scrub(text, results) for text in frame["reason"].unique()}
        return frame.assign(reason=frame["reason"].map(words))

    return replace(
        tables,
        trials=clean(tables.trials),
        reach=clean(tables.reach),
        cards=clean(tables.cards),
        estimates=clean(tables.estimates),
        derived={name: clean(frame) for name, frame in tables.derived.items()},
    )


def scrub(text: str, results: Path | None = None) -> str:
    """Without the places of this machine, which say nothing to a reader elsewhere.

    results: a folder that may lie outside of the project.
    """
    places = {str(results.resolve()): shown(results)} if results else {}
    places |= {f"{ROOT}/": "", str(ROOT): ".", os.path.expanduser("~"): "~"}
    for place, word in places.items():
        text = text.replace(place, word) if len(place) > 1 else text
    return text
