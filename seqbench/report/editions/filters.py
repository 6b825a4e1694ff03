"""What the page's template does with a text: escape and mark it, name its place, find its look."""

import re
from collections.abc import Mapping

from markupsafe import Markup

from seqbench.report.numbers import NOTHING
from seqbench.report.table import Entry

LONG = 48  # letters of a text that may break into lines
HOLE = 20  # letters of what stands in a number's place
JOINTS = re.compile(r"(?<=[_+@])(?=.)")
VERDICTS = {
    "supported": "yes",
    "contradicted": "no",
    "inconclusive": "open",
    "not run": "absent",
}


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


def ended(title: str) -> str:
    """A title with a period, unless it has its own end."""
    return title if title.endswith(("?", "!", ".")) else f"{title}."


def breakable(name: str) -> Markup:
    """A name that may break after _, + and @, where a line is too short for it."""
    parts = [Markup.escape(part) for part in JOINTS.split(name)]
    return Markup("<wbr>").join(parts)


def anchor(text: str) -> str:
    """A name as the address of a place in the page."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)


def look(entry: Entry, place: int) -> str:
    """The classes of a table's entry: n a number (or nothing), long a text of lines, a verdict."""
    text, key = str(entry[0]), entry[1]
    if text in VERDICTS:
        return f"verdict {VERDICTS[text]}"
    if place and not isinstance(key, str) and len(text) <= (LONG if key is not None else HOLE):
        return "n nothing" if text == NOTHING else "n"
    return "long" if len(text) > LONG else ""


def wordy(table: Mapping[str, list[list[Entry]]]) -> bool:
    """Whether a table is more to read than to compare: several columns of sentences."""
    long = [
        {i for i, entry in enumerate(row) if len(str(entry[0])) > LONG} for row in table["rows"]
    ]
    return len(set().union(*long)) > 1
