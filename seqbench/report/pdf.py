"""The report as a paper: Typst sets the same dictionary that the page shows.

Text comes from a JSON file and stays text. The document bears no date, and only the fonts that
travel with Typst are used, so the same tables give the same bytes on every machine.
"""

import json
import shutil
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import typst

from seqbench.report import svg
from seqbench.report.content import HOME, Content


def _shape(path: Path) -> float:
    """Height over width of a drawing."""
    width, height = svg.size(ElementTree.fromstring(path.read_bytes()))
    return height / width


def render(content: Content, figures: Path) -> bytes:
    """The document. `figures`: the folder with the drawings."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shapes = {}
        for path in sorted(figures.glob("*.svg")):
            shutil.copy(path, root / path.name)
            shapes[path.stem] = _shape(path)
        text = json.dumps(content | {"shapes": shapes}, allow_nan=False, ensure_ascii=False)
        (root / "content.json").write_text(text, encoding="utf-8")
        for template in ("report.typ", "parts.typ"):
            shutil.copy(HOME / "templates" / template, root / template)
        return typst.compile(
            str(root / "report.typ"), root=str(root), ignore_system_fonts=True, timestamp=0
        )
