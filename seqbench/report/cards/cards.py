"""The card of a variant: what its file says of itself, and what the tables say of it.

A docstring becomes blocks: `pre` (a drawing), `equations`, `gradient`, `not` (what it must not be
confused with), `deviation`, `published` and `text`. The title is its first line; the sources are
cited apart.
"""

import textwrap

import pandas as pd

from seqbench import registry
from seqbench.description import PUBLISHED
from seqbench.errors import InputError
from seqbench.report import facts
from seqbench.report.bibliography import Entry, cite, labeled
from seqbench.report.cards import equations

Block = dict[str, object]
Made = dict[str, object]
_KINDS = {"Gradient:": "gradient", "Not ": "not", "Our deviation": "deviation"}


def blocks(doc: str) -> list[Block]:
    """The body of a docstring, without its first line and its sources."""
    body = PUBLISHED.sub("", doc).partition("\n")[2].partition("Source:")[0]
    groups: list[tuple[str, list[str]]] = [("gap", [])]
    for line in body.splitlines():
        kind = _kind(line)
        if kind == "text" and groups[-1][0] not in ("gap", "pre"):
            kind = groups[-1][0]  # the paragraph goes on
        elif kind != groups[-1][0] or kind in _KINDS.values():
            groups.append((kind, []))
        groups[-1][1].append(line)
    return [{"kind": k, "text": _joined(k, lines)} for k, lines in _merged(groups)]


def typeset(body: list[Block]) -> list[Block]:
    """The same with every paragraph of equations as rows of them."""
    made: list[Block] = []
    for block in body:
        parts = str(block["text"]).split("\n\n") if block["kind"] == "pre" else []
        for part in parts:
            rows = equations.rows(part)
            made.append({"kind": "equations", "rows": rows} if rows else block | {"text": part})
        made += [] if parts else [block | {"text": equations.signs(str(block["text"]))}]
    return made


def _kind(line: str) -> str:
    if not line.strip():
        return "gap"
    if line.startswith("    "):
        return "pre"
    return next((kind for start, kind in _KINDS.items() if line.startswith(start)), "text")


def _merged(groups: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """Without gaps; a gap inside a drawing stays a blank line of it."""
    merged: list[tuple[str, list[str]]] = []
    for kind, lines in groups:
        if kind == "pre" and merged and merged[-1][0] == "pre":
            merged[-1][1].extend(["", *lines])
        elif kind != "gap":
            merged.append((kind, lines))
    return merged


def _joined(kind: str, lines: list[str]) -> str:
    if kind == "pre":
        return textwrap.dedent("\n".join(lines))
    return " ".join(line.strip() for line in lines)


def sources(kind: str, name: str) -> tuple[str, ...]:
    """The bibliography keys of a variant; those of its parts for a composition."""
    keys: list[str] = []
    for part in registry.parts(name):
        try:
            keys += registry.describe(kind, part).sources
        except InputError:
            continue
    return tuple(dict.fromkeys(keys))


def make(kind: str, name: str, trials: pd.DataFrame, entries: dict[str, Entry]) -> Made:
    """The card of one variant in the matrix."""
    parts = registry.parts(name)
    title, body, defaults = _described(kind, name, entries) if len(parts) == 1 else _composed(parts)
    changed = facts.settings(trials, kind, name)
    return {
        "name": name,
        "title": title,
        "blocks": body,
        "knobs": [f"{k} = {changed.get(k, v)}" for k, v in (defaults | changed).items()],
        "sources": cite(sources(kind, name), entries),
    }


def _described(
    kind: str, name: str, entries: dict[str, Entry]
) -> tuple[str, list[Block], dict[str, object]]:
    try:
        card = registry.describe(kind, name)
    except InputError as error:
        return "not described here", [{"kind": "text", "text": facts.scrub(str(error))}], {}
    body = blocks(card.doc)
    body = body if kind == "tasks" else typeset(body)
    if card.published:
        body.append({"kind": "published", "text": labeled(card.published, entries)})
    return card.title, body, {k: knob.default for k, knob in card.knobs.items()}


def _composed(parts: tuple[str, ...]) -> tuple[str, list[Block], dict[str, object]]:
    text = (
        "Several remedies together, each as described on its own. Their changes of the gradient "
        "and of the weights are applied in this order."
    )
    return " and ".join(parts), [{"kind": "text", "text": text}], {}
