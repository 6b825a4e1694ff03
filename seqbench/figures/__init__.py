"""Every figure of the report: one file, one figure, found by its file name.

A figure is a file of this folder with

    ORDER     its place in the report, and
    SECTION   the section it stands in: a chapter by its file name, `answer` or `tasks`
    TITLE     what it shows
    CAPTION   what to see in it
    ALT       what a reader who cannot see it should know
    TABLE     the table it is drawn from
    APART     True: it shows means over tasks, so it is drawn of every optimizer by itself
    OPTIONAL  True: left out where there is nothing to show, as not every matrix asks for it
    data(tables) -> DataFrame    the numbers in it
    draw(tables) -> Figure       the picture

In its words, `{baseline}` stands for the baseline of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from seqbench.analysis.tidy import Tables

WORDS = ("SECTION", "TITLE", "CAPTION", "ALT", "TABLE")
KEYS = tuple(word.lower() for word in WORDS)  # in index.json


class Drawing(Protocol):
    """The protocol above, for a type checker."""

    ORDER: int
    SECTION: str
    TITLE: str
    CAPTION: str
    ALT: str
    TABLE: str

    def data(self, tables: Tables) -> pd.DataFrame:
        """The numbers in the figure, which a reader downloads."""
        ...

    def draw(self, tables: Tables) -> Figure:
        """The picture."""
        ...


def names() -> list[str]:
    """The figures in this folder, in reading order."""
    stems = (path.stem for path in Path(__file__).parent.glob("*.py"))
    figures = [stem for stem in stems if not stem.startswith("_")]
    return sorted(figures, key=lambda name: (load(name).ORDER, name))


def load(name: str) -> Drawing:
    """The module of one figure."""
    from importlib import import_module

    return cast(Drawing, import_module(f"seqbench.figures.{name}"))


def drawn(results: Path, sections: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """The name and the WORDS of the figures that were drawn, by section, in reading order.

    sections: those of the report.

    Raises:
        InputError: the list, a drawing or its numbers are not what `draw_all` wrote.
    """
    import json

    from seqbench.errors import InputError
    from seqbench.files import read_verified, remake, verify

    index = results / "figures" / "index.json"
    found: dict[str, list[dict[str, str]]] = {name: [] for name in sections}
    if not index.exists():
        return found
    data = read_verified(index, remake("draw"))
    try:
        for figure in json.loads(data):
            found[figure["section"]].append({key: str(figure[key]) for key in ("name", *KEYS)})
    except (ValueError, LookupError, TypeError) as error:
        raise InputError(
            f"{index}: is not a list of figures ({error!r}). Allowed: what this version of "
            f"seqbench drew. {remake('draw')}"
        ) from error
    for figure in (figure for some in found.values() for figure in some):
        for kind in ("svg", "csv"):
            verify(index.parent / f"{figure['name']}.{kind}", remake("draw"))
    return found


def draw_all(results: Path) -> None:
    """Write results/figures/{name}.svg, {name}.csv and index.json.

    Raises:
        InputError: nothing was analyzed yet.
    """
    import json

    from seqbench.analysis.tidy import write_csv
    from seqbench.figures.drawing import style
    from seqbench.files import write_sealed
    from seqbench.results import load as load_tables

    tables, folder, index = load_tables(results), results / "figures", []
    for name, module, part, words in _wanted(tables):
        with style.applied():
            write_sealed(folder / f"{name}.svg", style.to_svg(module.draw(part)))
        write_csv(folder / f"{name}.csv", module.data(part))
        index.append({"name": name} | words)
    write_sealed(folder / "index.json", (json.dumps(index, indent=1) + "\n").encode())


def _wanted(tables: Tables) -> Iterator[tuple[str, Drawing, Tables, dict[str, str]]]:
    """The name of every drawing, its module, what it is drawn from, and its words."""
    from seqbench.analysis.trials import UNDER

    for name in names():
        module = load(name)
        if getattr(module, "OPTIONAL", False) and module.data(tables).empty:
            continue
        words = {
            key: getattr(module, word).replace("{baseline}", tables.baseline)
            for key, word in zip(KEYS, WORDS, strict=True)
        }
        if not getattr(module, "APART", False) or len(tables.parts) == 1:
            yield name, module, tables, words
            continue
        for optimizer, part in reversed(tables.parts.items()):  # what learns most comes first
            title = f"{words['title']} ({UNDER[optimizer]})"
            yield f"{name}_{optimizer}", module, part, words | {"title": title}
