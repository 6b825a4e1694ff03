"""What the networks say: the best combination beside the plain cell, on the same items.

Best is what validated best, in its seed that validated best; test scores are not looked at. Of
data that may not be passed on, only the networks' own words are printed, as the ledger says; of
others, it names title, source and license.
"""

import json
import unicodedata
from typing import NamedTuple

import pandas as pd

from seqbench import registry
from seqbench.analysis import choose, order
from seqbench.analysis.tidy import Tables
from seqbench.data import ledger
from seqbench.errors import InputError
from seqbench.matrix import needs
from seqbench.report import facts
from seqbench.report.bibliography import Entry, label
from seqbench.report.first_page.sentences import PLAIN
from seqbench.report.numbers import listed, metric, named, plural, short
from seqbench.report.task_pages import drawings

ITEMS = 8
LONGEST = 600  # characters
VOICE = ["cell", "remedy", "seed", "learning_rate"]  # with the task, what tells two trials apart
Piece = dict[str, str]  # text, drawing, alt: the drawing in words
Showcase = dict[str, object]
NOTHING: Piece = {"text": "", "drawing": "", "alt": ""}


class Voice(NamedTuple):
    """A trial that said something, and what by item."""

    role: str
    cell: str
    remedy: str
    seed: int
    score: str  # of validation, with its metric
    said: dict[int, dict]


def gather(tables: Tables, task: str, entries: dict[str, Entry]) -> Showcase:
    """The showcase of a task; {} where nobody said anything."""
    trials = tables.trials[tables.trials.task.eq(task)]
    spoken = tables.samples.where(VOICE, task=task).drop_duplicates()
    best = choose.tuned(trials) if len(spoken) else trials.iloc[:0]
    voices = best.merge(spoken, on=VOICE)
    if voices.empty:
        return {}
    ranked = [key[1:] for key in choose.leaders(best)]
    heard = set(voices[["cell", "remedy"]].itertuples(index=False, name=None))
    first = next(pair for pair in ranked if pair in heard)
    second = (_plainest(trials, heard), "none")
    found = [_voice(tables, voices, task, "Best", *first)]
    if second in heard and second != first:
        found.append(_voice(tables, voices, task, "Plain", *second))
    why = "" if second in heard else _silence(trials, *second)
    knobs = facts.settings(trials, "tasks", task)
    kept_back = withheld(task, knobs)
    shown = _showcase(found, bool(kept_back))
    terms = _kept_back(kept_back) or _shown(needs.of_task(task, knobs), found, entries)
    return shown | {"words": " ".join(filter(None, [_words(found, second), why, terms]))}


def _plainest(trials: pd.DataFrame, heard: set[tuple[str, str]]) -> str:
    """`rnn` where it is in the matrix; else the first cell with a memory that was heard."""
    alone = order.cells(trials[trials.remedy.eq("none")].cell)
    if PLAIN in alone:
        return PLAIN
    able = [cell for cell in alone if (cell, "none") in heard]
    looped = [cell for cell in able if order.cell_family(cell) != "control"]
    return next(iter([*looped, *able]), PLAIN)


def _silence(trials: pd.DataFrame, cell: str, remedy: str) -> str:
    rows = trials[trials.cell.eq(cell) & trials.remedy.eq(remedy)]
    if rows.empty:
        return f"The plain cell `{cell}` without a remedy was not run."
    reasons = [facts.scrub(text) for text in rows.reason if text]
    status = str(rows.status.iloc[0]).replace("_", " ")
    return f"The plain cell `{cell}` has nothing to show ({status}). {''.join(reasons[:1])}".strip()


def _voice(
    tables: Tables, voices: pd.DataFrame, task: str, role: str, cell: str, remedy: str
) -> Voice:
    """The seed with the best validation; of equals, the smallest."""
    own = voices[voices.cell.eq(cell) & voices.remedy.eq(remedy)]
    one = own.sort_values(["rank", "seed"], ascending=[False, True]).iloc[0]
    rows = tables.samples.where(task=task, cell=cell, remedy=remedy)
    rate = rows.learning_rate.eq(one.learning_rate) | rows.learning_rate.isna()
    rows = rows[rows.seed.eq(one.seed) & rate].sort_values("item").head(ITEMS)
    pairs = zip(rows["item"].tolist(), rows["sample"].tolist(), strict=True)
    said = {item: json.loads(text) for item, text in pairs}
    score = f"{metric(one.metric)} {short(one.valid_score)}"
    return Voice(role, cell, remedy, int(one.seed), score, said)


def _words(found: list[Voice], plain: tuple[str, str]) -> str:
    best = found[0]
    text = (
        f"`{best.cell}` with `{best.remedy}` validated best ({best.score} in validation, seed "
        f"{best.seed}, its best there)"
    )
    if (best.cell, best.remedy) == plain:
        return f"{text}; it is the plain cell, too."
    if len(found) > 1:
        text += f"; beside it the plain cell `{found[1].cell}` without a remedy, on the same items"
    return f"{text}."


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
        f"Pieces of {named(names)} are not printed, as {'its' if len(names) == 1 else 'their'} "
        "terms forbid it or are not stated: what was given and the reference are left out."
    )


def _shown(names: tuple[str, ...], voices: list[Voice], entries: dict[str, Entry]) -> str:
    """Whose pieces are seen, and under which terms; "" where none are."""
    samples = [sample for voice in voices for sample in voice.said.values()]
    if not any(sample[part] for sample in samples for part in ("given", "wanted", "image")):
        return ""
    pictures = {f"{len(rows[0])} x {len(rows)}" for one in samples if (rows := one["image"])}
    return " ".join(_attributed(ledger.entry(name), pictures, entries) for name in names)


def _attributed(entry: ledger.Entry, pictures: set[str], entries: dict[str, Entry]) -> str:
    by = label(entries.get(entry.citation, {}), entry.citation)
    reduced = sorted(size for size in pictures if size not in entry.title)
    how = f"; pictures reduced to {listed(reduced)} pixels" if reduced else ""
    return f"Shown are pieces of: {entry.title} ({by}). License: {entry.license}{how}."


def _showcase(voices: list[Voice], kept_back: bool) -> Showcase:
    items = [number for number in voices[0].said]
    samples = [[voice.said.get(item) for voice in voices] for item in items]
    rows = [_row(said, kept_back) for said in samples]
    names = [f"{voice.role}: `{voice.cell}`, `{voice.remedy}`" for voice in voices]
    heads = ["Given", "Reference", *names]
    used = [i for i in range(len(heads)) if any(row[i] != NOTHING for row in rows) or i > 1]
    return {
        "kind": str(next(s["kind"] for said in samples for s in said if s)),
        "columns": [heads[i] for i in used],
        "rows": [[row[i] for i in used] for row in rows],
    }


def _row(said: list[dict | None], kept_back: bool) -> list[Piece]:
    """What was given, the reference, and what everybody said of one item."""
    one = next(sample for sample in said if sample)
    kind, wanted = str(one["kind"]), None if kept_back else one["wanted"]
    answers = [sample["said"] if sample else None for sample in said]
    between = (
        drawings.keys(*(r for r in (wanted, *answers) if r is not None)) if kind == "roll" else None
    )
    given = NOTHING if kept_back else _given(one)
    return [given, *(_piece(kind, value, between) for value in (wanted, *answers))]


def _given(sample: dict) -> Piece:
    piece = NOTHING | {"text": visible(str(sample["given"] or ""))}
    if rows := sample["image"]:
        size = f"{len(rows[0])} × {len(rows)}"
        piece |= {"drawing": drawings.pixels(rows), "alt": f"A picture of {size} pixels"}
    return piece


def _piece(kind: str, value: str | list | None, between: drawings.Range | None) -> Piece:
    if value is None:
        return NOTHING
    if kind == "text":
        return NOTHING | {"text": visible(str(value))}
    assert isinstance(value, list), kind
    if kind == "strokes":
        begun = sum(number == 0 or down < 0.5 for number, (_, _, down) in enumerate(value))
        alt = f"A drawing of {plural(begun, 'stroke')} with {plural(len(value), 'point')}"
        return NOTHING | {"drawing": drawings.strokes(value), "alt": alt}
    assert between is not None, "a kind of sample that the report does not know"
    sounding = {key for step in value for key in step}
    alt = f"A piano roll of {plural(len(value), 'step')} with {plural(len(sounding), 'key')}"
    return NOTHING | {"drawing": drawings.roll(value, between), "alt": alt}


def visible(text: str) -> str:
    """Text as it may be printed: signs that steer a page are replaced by ones that are seen."""
    cut = text[:LONGEST] + ("…" if len(text) > LONGEST else "")
    return "".join(map(_sign, cut))


def _sign(c: str) -> str:
    if c == "\n" or unicodedata.category(c)[0] not in "C":
        return c
    return chr(0x2400 + ord(c)) if ord(c) < 0x20 else "\N{REPLACEMENT CHARACTER}"
