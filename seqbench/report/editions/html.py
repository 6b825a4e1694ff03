"""The report as one HTML file that loads nothing: figures, data, style and script are inside.

A content security policy allows the one script by its hash and no address at all.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from seqbench.report import svg
from seqbench.report.chapter import Content
from seqbench.report.editions import shades
from seqbench.report.editions.filters import (
    anchor,
    breakable,
    ended,
    heading,
    look,
    pictured,
    rich,
    wordy,
)
from seqbench.report.frame import Section
from seqbench.report.prose import HOME
from seqbench.report.table import Entry
from seqbench.report.task_pages.runs import packed as squeezed

LARGEST = 4_000_000  # bytes of a figure's data that are put into the page, before packing
SCRIPTS = ("pack", "tables", "downloads", "figures", "plots", "trials", "runs", "page")


def policy(script: str) -> str:
    """Only this script; styles and pictures only from the page itself."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def scripts() -> str:
    """The page's script: the files of reports/scripts one after the other."""
    files = [HOME / "scripts" / f"{name}.js" for name in SCRIPTS]
    script = "\n".join(file.read_text(encoding="utf-8") for file in files)
    assert "</" not in script and "<!--" not in script, "the script would end early"
    return script


def drawings(content: Content, folder: Path) -> dict[str, Markup]:
    """The drawn figures by name; "" where one is absent."""
    figures: dict[str, list[dict[str, str]]] = content["figures"]  # type: ignore[assignment]
    names = [figure["name"] for section in figures.values() for figure in section]
    files = {name: folder / f"{name}.svg" for name in names}
    return {
        name: Markup(svg.inline(file, anchor(name)) if file.exists() else "")  # noqa: S704
        for name, file in files.items()
    }


def _places(content: Content) -> list[tuple[str, str]]:
    """The sections as the navigation names them, in the order of the page."""
    frame, chapters = (cast(dict[str, Section], content[name]) for name in ("sections", "chapters"))
    sections = {"answer": frame["answer"]} | chapters | frame
    return [(name, section["short"]) for name, section in sections.items() if section["short"]]


def _data(folder: Path, name: str) -> str:
    """A figure's table, packed; "" where it is too large or absent."""
    path = folder / f"{name}.csv"
    if not path.exists() or path.stat().st_size > LARGEST:
        return ""
    return squeezed(path.read_bytes())


def hollow(names: Iterable[str], folder: Path) -> list[str]:
    """The figures whose table has a head and no rows: the page names them and draws nothing."""
    files = {name: folder / f"{name}.csv" for name in names}
    return [name for name, path in files.items() if path.exists() and _lines(path) < 2]


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in zip(range(2), file, strict=False))


def packed(rows: list[list[Entry]]) -> Markup:
    """The rows of a table as JSON for the page's script; nothing in it can end its element."""
    short = [[text if key is None else [text, _sortable(key)] for text, key in row] for row in rows]
    text = json.dumps(short, separators=(",", ":"), ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704


def _sortable(key: object) -> object:
    return float(f"{key:.4g}") if isinstance(key, float) else key


def render(content: Content, figures: Path) -> str:
    """The page. `figures`: the folder with the drawings."""
    loader = FileSystemLoader([HOME / "templates", HOME / "styles"])
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "rich": rich,
        "anchor": anchor,
        "breakable": breakable,
        "ended": ended,
        "pictured": pictured,
        "heading": heading,
        "look": look,
        "wordy": wordy,
    }
    script, drawn = scripts(), drawings(content, figures)
    style = (HOME / "styles" / "report.css").read_text(encoding="utf-8")
    colors = shades.palette(svg.colors("".join(drawn.values())))
    template = environment.get_template("report.html.j2")
    return template.render(
        content,
        policy=policy(script),
        packed=packed,
        script=Markup(script),  # noqa: S704
        style=Markup(colors + style),  # noqa: S704
        hollow=hollow(drawn, figures),
        drawing=drawn.__getitem__,
        places=_places(content),
        data=lambda name: _data(figures, name),
    )
