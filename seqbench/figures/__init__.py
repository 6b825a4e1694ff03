"""Every figure of the report: one file, one figure, found by its file name.

A figure is a file of this folder with

    ORDER     its place in the report, and
    SECTION   the section it stands in
    TITLE     what it shows
    CAPTION   what to see in it
    ALT       what a reader who cannot see it should know
    TABLE     the table it is drawn from
    data(tables) -> DataFrame    the numbers in it
    draw(tables) -> Figure       the picture
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from seqbench.analysis.tidy import Tables

WORDS = ("SECTION", "TITLE", "CAPTION", "ALT", "TABLE")


class Drawing(Protocol):
    """The protocol above, for a type checker."""

    ORDER: int
    SECTION: str
    TITLE: str
    CAPTION: str
    ALT: str
    TABLE: str

    def data(self, tables: Tables) -> pd.DataFrame: ...

    def draw(self, tables: Tables) -> Figure: ...


def names() -> list[str]:
    """The figures in this folder, in reading order."""
    stems = (path.stem for path in Path(__file__).parent.glob("*.py"))
    own = [stem for stem in stems if not stem.startswith("_") and stem != "style"]
    return sorted(own, key=lambda name: (load(name).ORDER, name))


def load(name: str) -> Drawing:
    """One figure's module."""
    from importlib import import_module

    return cast(Drawing, import_module(f"seqbench.figures.{name}"))


def draw_all(results: Path) -> None:
    """Write results/figures/{name}.svg, {name}.csv and index.json.

    Raises:
        InputError: nothing was analyzed yet.
    """
    import json

    from seqbench.analysis.tidy import load as load_tables
    from seqbench.analysis.tidy import write_csv
    from seqbench.figures import style
    from seqbench.files import atomic_write

    tables, folder, index = load_tables(results), results / "figures", []
    for name in names():
        module = load(name)
        with style.applied():
            atomic_write(folder / f"{name}.svg", style.to_svg(module.draw(tables)))
        write_csv(folder / f"{name}.csv", module.data(tables))
        words = {key.lower(): getattr(module, key) for key in WORDS}
        index.append({"name": name} | words)
    atomic_write(folder / "index.json", (json.dumps(index, indent=1) + "\n").encode())
