"""Samples of the networks' output: the best combination beside the plain cell, on the same items.

Whose output is shown was chosen on validation (`seqbench.analysis.samples`). Of data that may not
be passed on, only the networks' own answers are printed, as the ledger says; of others, it names
title, source and license.
"""

import json
import unicodedata
from typing import NamedTuple

import pandas as pd

from seqbench import registry
from seqbench.analysis.samples import Sampled, shown
from seqbench.analysis.tidy import Tables
from seqbench.data import ledger
from seqbench.errors import InputError
from seqbench.matrix import needs
from seqbench.report import facts
from seqbench.report.bibliography import Entry, label
from seqbench.report.numbers import listed, metric, named, plural, short
from seqbench.report.task_pages import drawings

ITEMS = 8
LONGEST = 600  # characters
Piece = dict[str, str]  # text, drawing, alt: the drawing in words
Showcase = dict[str, object]
EMPTY: Piece = {"text": "", "drawing": "", "alt": ""}


class Column(NamedTuple):
    """A trial and its samples, by item."""

    role: str
    trial: Sampled
    samples: dict[int, dict]


def gather(tables: Tables, task: str, entries: dict[str, Entry]) -> Showcase:
    """The showcase of a task; {} where there are no samples."""
    chosen = shown(tables, task)
    if chosen is None:
        return {}
    columns = [_column(tables, task, "Best", chosen.best)]
    if chosen.plain and chosen.plain != chosen.best:
        columns.append(_column(tables, task, "Plain", chosen.plain))
    trials = tables.trials[tables.trials["task"].eq(task)]
    why = "" if chosen.plain else _absent(trials, chosen.plain_cell)
    knobs = facts.settings(trials, "tasks", task)
    kept_back = withheld(task, knobs)
    terms = _kept_back(kept_back) or _shown(needs.of_task(task, knobs), columns, entries)
    words = [_best(chosen.best, chosen.plain), why, terms]
    return _showcase(columns, bool(kept_back)) | {"words": " ".join(filter(None, words))}


def _column(tables: Tables, task: str, role: str, trial: Sampled) -> Column:
    rows = tables.samples.where(task=task, cell=trial.cell, remedy=trial.remedy)
    rate = rows["learning_rate"].eq(trial.learning_rate) | rows["learning_rate"].isna()
    rows = rows[rows["seed"].eq(trial.seed) & rows["setting"].eq(trial.setting) & rate]
    rows = rows.sort_values("item").head(ITEMS)
    pairs = zip(rows["item"].tolist(), rows["sample"].tolist(), strict=True)
    return Column(role, trial, {item: json.loads(text) for item, text in pairs})


def _best(best: Sampled, plain: Sampled | None) -> str:
    """How the trials were chosen."""
    score = f"{metric(best.metric)} {short(best.valid_score)}"
    text = (
        f"Best: `{best.cell}` with `{best.remedy}`, which has the best mean validation score of "
        "all with samples; shown is its seed with the best validation score "
        f"(seed {best.seed}, {score})"
    )
    if best == plain:
        return f"{text}; the plain cell is the same."
    return (
        f"{text}. Plain: `{plain.cell}` without a remedy, on the same items."
        if plain
        else f"{text}."
    )


def _absent(trials: pd.DataFrame, cell: str) -> str:
    """Why the plain cell has no samples."""
    rows = trials[trials["cell"].eq(cell) & trials["remedy"].eq("none")]
    if rows.empty:
        return f"The plain cell `{cell}` without a remedy was not run."
    reasons = [text for text in rows["reason"] if text]
    status = str(rows["status"].iloc[0]).replace("_", " ")
    return f"The plain cell `{cell}` has no samples ({status}). {''.join(reasons[:1])}".strip()


def withheld(task: str, knobs: dict[str, object]) -> list[str]:
    """The data sets of a task of which a report must print nothing."""
    try:
        registry.describe("tasks", task)  # of an unknown task, `needs` would say: nothing
        names = needs.of_task(task, knobs)
        return [name for name in names if not ledger.entry(name).show]
    except InputError:  # a task or a set that this version does not know: rather nothing
        return [task]


def _kept_back(names: list[str]) -> str:
    if not names:
        return ""
    return (
        f"Inputs and references from {named(names)} are not printed, because "
        f"{'its' if len(names) == 1 else 'their'} terms forbid it or are not stated."
    )


def _shown(names: tuple[str, ...], columns: list[Column], entries: dict[str, Entry]) -> str:
    """Whose pieces are seen, and under which terms; "" where none are."""
    samples = [sample for column in columns for sample in column.samples.values()]
    if not any(sample[part] for sample in samples for part in ("given", "wanted", "image")):
        return ""
    pictures = {f"{len(rows[0])} x {len(rows)}" for one in samples if (rows := one["image"])}
    return " ".join(_attributed(ledger.entry(name), pictures, entries) for name in names)


def _attributed(entry: ledger.Entry, pictures: set[str], entries: dict[str, Entry]) -> str:
    by = label(entries.get(entry.citation, {}), entry.citation)
    reduced = sorted(size for size in pictures if size not in entry.title)
    how = f"; pictures reduced to {listed(reduced)} pixels" if reduced else ""
    return f"The examples are from: {entry.title} ({by}). License: {entry.license}{how}."


def _showcase(columns: list[Column], kept_back: bool) -> Showcase:
    items = list(columns[0].samples)
    samples = [[column.samples.get(item) for column in columns] for item in items]
    rows = [_row(row, kept_back) for row in samples]
    names = [f"{column.role}: `{column.trial.cell}`, `{column.trial.remedy}`" for column in columns]
    heads = ["Given", "Reference", *names]
    used = [i for i in range(len(heads)) if any(row[i] != EMPTY for row in rows) or i > 1]
    return {
        "kind": str(next(s["kind"] for row in samples for s in row if s)),
        "columns": [heads[i] for i in used],
        "rows": [[row[i] for i in used] for row in rows],
    }


def _row(samples: list[dict | None], kept_back: bool) -> list[Piece]:
    """What was given, the reference, and every output for one item."""
    one = next(sample for sample in samples if sample)
    kind, wanted = str(one["kind"]), None if kept_back else one["wanted"]
    answers = [sample["said"] if sample else None for sample in samples]
    between = (
        drawings.keys(*(r for r in (wanted, *answers) if r is not None)) if kind == "roll" else None
    )
    given = EMPTY if kept_back else _given(one)
    return [given, *(_piece(kind, value, between) for value in (wanted, *answers))]


def _given(sample: dict) -> Piece:
    piece = EMPTY | {"text": visible(str(sample["given"] or ""))}
    if rows := sample["image"]:
        size = f"{len(rows[0])} × {len(rows)}"
        piece |= {"drawing": drawings.pixels(rows), "alt": f"A picture of {size} pixels"}
    return piece


def _piece(kind: str, value: str | list | None, between: drawings.Range | None) -> Piece:
    if value is None:
        return EMPTY
    if kind == "text":
        return EMPTY | {"text": visible(str(value))}
    assert isinstance(value, list), kind
    if kind == "strokes":
        begun = sum(number == 0 or down < 0.5 for number, (_, _, down) in enumerate(value))
        alt = f"A drawing of {plural(begun, 'stroke')} with {plural(len(value), 'point')}"
        return EMPTY | {"drawing": drawings.strokes(value), "alt": alt}
    assert between is not None, "a kind of sample that the report does not know"
    sounding = {key for step in value for key in step}
    alt = f"A piano roll of {plural(len(value), 'step')} with {plural(len(sounding), 'key')}"
    return EMPTY | {"drawing": drawings.roll(value, between), "alt": alt}


def visible(text: str) -> str:
    """Text as it may be printed: signs that steer a page are replaced by ones that are seen."""
    cut = text[:LONGEST] + ("…" if len(text) > LONGEST else "")
    return "".join(map(_sign, cut))


def _sign(c: str) -> str:
    if c == "\n" or unicodedata.category(c)[0] not in "C":
        return c
    return chr(0x2400 + ord(c)) if ord(c) < 0x20 else "\N{REPLACEMENT CHARACTER}"
