"""The report as a paper: Typst sets the same dictionary that the page shows.

Text comes from a JSON file and stays text. The document bears no date, and only the fonts that
travel with Typst are used, so the same tables give the same bytes on every machine.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

import typst

from seqbench.report import svg
from seqbench.report.chapter import Content
from seqbench.report.editions.layout import fit
from seqbench.report.prose import HOME
from seqbench.report.table import Entry, Table

TEMPLATES = HOME / "templates"
INTERACTIVE = {"runs", "behind", "full"}  # what only a page can show
LONG = 25  # rows; a longer table stands in the appendix
LINE, FULL = 16.8, 590.4  # a line of text in cm, and the points of a drawing that fills it
MOST = 600  # rows; the rest of a longer one is on the page and in its file

Compile = Callable[..., bytes]  # its types do not know that it takes files by name


def _shape(path: Path) -> tuple[float, float]:
    """Width (cm) at which a drawing has the type of all others, and its height over its width."""
    width, height = svg.size(ElementTree.fromstring(path.read_bytes()))
    return LINE * min(1.0, width / FULL), height / width


def _has_data(drawing: Path) -> bool:
    """Whether its table has a row; a drawing without one only says so."""
    table = drawing.with_suffix(".csv")
    return not table.exists() or table.read_bytes().count(b"\n") > 1


def _printed(table: Table) -> dict[str, object]:
    """A table as it is printed: text only, with its layout."""
    heads = [column["label"] for column in table["columns"]]
    rows = _texts(table["rows"])
    made = fit(heads, rows)
    return {
        "name": table["name"],
        "title": table["title"],
        "note": table["note"],
        "heads": heads,
        "rows": rows[:MOST],
        "left": max(0, len(rows) - MOST),
        "late": len(rows) > LONG or made.wide,
    } | made._asdict()


def _texts(rows: list[list[Entry]]) -> list[list[str]]:
    return [[str(text) for text, _ in row] for row in rows]


def paper(content: Content) -> Content:
    """The dictionary without what only a page shows, its tables laid out."""
    return cast(Content, _laid_out(content))


def _laid_out(part: object) -> object:
    if isinstance(part, list):
        return [_laid_out(one) for one in part]
    if not isinstance(part, dict):
        return part
    if "columns" in part and "note" in part:
        return _printed(cast(Table, part))
    return {name: _laid_out(one) for name, one in part.items() if name not in INTERACTIVE}


def render(content: Content, figures: Path) -> bytes:
    """The document, set in memory. `figures`: the folder with the drawings."""
    files, shapes = {}, {}
    for path in filter(_has_data, sorted(figures.glob("*.svg"))):
        files[path.name], shapes[path.stem] = path.read_bytes(), _shape(path)
    whole = paper(content) | {"shapes": shapes}
    files["content.json"] = json.dumps(whole, allow_nan=False, ensure_ascii=False).encode()
    files["main.typ"] = (TEMPLATES / "report.typ").read_bytes()
    return cast(Compile, typst.compile)(
        files, root=str(TEMPLATES), ignore_system_fonts=True, timestamp=0
    )
