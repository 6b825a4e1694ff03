"""The drawn figures of every section: their words, their data, the command that draws them."""

from pathlib import Path

from seqbench.figures import drawn
from seqbench.report import chapters, facts, frame

DRAW = "python -m seqbench draw"


def sections() -> tuple[str, ...]:
    """What a figure may name as its SECTION."""
    return (*frame.FIGURES, *chapters.names())


def gather(results: Path, matrix: str) -> dict[str, list[dict[str, str]]]:
    """The drawn figures by section, in reading order. matrix: its file, as it may be named.

    Raises:
        InputError: the list of figures is damaged or of another version.
    """
    figures = drawn(results, sections())
    for figure in (figure for some in figures.values() for figure in some):
        figure["source"] = f"{facts.shown(results)}/figures/{figure['name']}.csv"
        figure["command"] = f"{DRAW} --config {matrix}"
    return figures
