"""The report as one HTML file that loads nothing: figures, data, style and script are inside.

A content security policy allows the one script by its hash and no address at all.
"""

import base64
import hashlib
import json
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from seqbench.report import svg
from seqbench.report.chapter import Entry
from seqbench.report.content import HOME, Content

LARGEST = 300_000  # bytes of a figure's data that are put into the page


def rich(text: str) -> Markup:
    """Escaped text whose parts between backticks are code."""
    parts = str(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts)
    )


def pictured(drawing: str, alt: str) -> Markup:
    """A small drawing with its words; `report.drawings` makes it of numbers alone."""
    return Markup(drawing.replace("<svg", '<svg role="img" aria-label="{}"', 1)).format(alt)


def heading(text: str) -> str:
    """A name without the marks of code, where nothing can be marked."""
    return text.replace("`", "")


def anchor(text: str) -> str:
    """A name as the address of a place in the page."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)


def policy(script: str) -> str:
    """Only this script; styles and pictures only from the page itself."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _drawing(folder: Path, name: str) -> Markup:
    path = folder / f"{name}.svg"
    return Markup(svg.inline(path, anchor(name))) if path.exists() else Markup("")


def _data(folder: Path, name: str) -> str:
    """A figure's table as an address that holds it; "" where it is too large or absent."""
    path = folder / f"{name}.csv"
    if not path.exists() or path.stat().st_size > LARGEST:
        return ""
    return f"data:text/csv;base64,{base64.b64encode(path.read_bytes()).decode()}"


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
        "pictured": pictured,
        "heading": heading,
    }
    script = (HOME / "templates" / "report.js").read_text(encoding="utf-8")
    assert "</" not in script, "the script would end early"
    style = (HOME / "styles" / "report.css").read_text(encoding="utf-8")
    template = environment.get_template("report.html.j2")
    return template.render(
        content,
        policy=policy(script),
        packed=packed,
        script=Markup(script),
        style=Markup(style),
        drawing=lambda name: _drawing(figures, name),
        data=lambda name: _data(figures, name),
    )
