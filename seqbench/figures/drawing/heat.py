"""Heat maps of skill, cell by remedy, with every hole named."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from seqbench.figures.drawing import style

HOLES = {"not_applicable": "n/a", "failed": "x", "timeout": "t", "": "–"}
DARK = 0.55  # skill from which white letters read better
LEGEND = (
    "n/a does not apply · x failed · t ran out of time · – not run · "
    "color from 0, chance, to 1, perfect"
)
SHADES_LEGEND = "gray: no score · color from 0, chance, to 1, perfect"


def number(value: float) -> str:
    """Two digits without the leading zero: .93, −.04, 1; below −9.9 only that it is."""
    if value < -9.9:
        return "<−9"
    if abs(value) >= 0.995:
        text = f"{value:.1f}".removesuffix(".0")
    else:
        text = f"{value:.2f}".replace("0.", ".", 1)
    return text.replace("-", "−").replace("−.00", ".00")


def foot(labels: Iterable[str]) -> float:
    """Inches that the slanted names below a map, its label and its legend need."""
    return 0.7 + 0.05 * max(len(line) for label in labels for line in label.split("\n"))


def heat(
    axes: Axes, frame: pd.DataFrame, cells: list[str], labels: dict[str, str], size: float
) -> None:
    """Draw rows with cell, remedy, skill, status and note (appended to the number).

    `labels`: what to write below the map for each remedy, in order.
    """
    shown = frame[["cell", "remedy", "status", "skill", "note"]].to_numpy()
    rows = {(cell, remedy): rest for cell, remedy, *rest in shown}
    values = np.full((len(cells), len(labels)), np.nan)
    for i, cell in enumerate(cells):
        for j, remedy in enumerate(labels):
            status, skill, note = rows.get((cell, remedy), ("", np.nan, ""))
            if status == "ok":
                values[i, j] = skill
                words, ink = number(skill) + note, "white" if skill > DARK else "black"
            else:
                words, ink = HOLES[status], style.GRAY
                axes.add_patch(_hole(j, i))
            axes.text(
                j + 0.5, i + 0.5, words, ha="center", va="center", color=ink, fontsize=size,
                in_layout=False,  # a field holds its number, so nobody need measure it
            )  # fmt: skip
    known = np.ma.masked_invalid(values)
    axes.pcolormesh(known, cmap=style.MAP, vmin=0, vmax=1, edgecolors="white", linewidth=0.6)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def shades(axes: Axes, frame: pd.DataFrame, cells: list[str], labels: dict[str, str]) -> None:
    """The same in color alone, for maps of more fields than a page can hold numbers of."""
    ran = frame[frame["status"] == "ok"]
    values = ran.pivot_table(index="cell", columns="remedy", values="skill")
    values = values.reindex(index=cells, columns=list(labels)).astype("float64")
    axes.set_facecolor(style.HOLE)
    axes.imshow(
        values, cmap=style.MAP, vmin=0, vmax=1, interpolation="nearest", aspect="auto",
        extent=(0, len(labels), len(cells), 0),
    )  # fmt: skip
    axes.vlines(range(1, len(labels)), 0, len(cells), color="white", linewidth=0.4)
    axes.hlines(range(1, len(cells)), 0, len(labels), color="white", linewidth=0.4)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def name_fields(axes: Axes, cells: list[str], labels: dict[str, str]) -> None:
    """What stands beside and below a map; for the lowest of maps that share their axes."""
    axes.set_yticks(np.arange(len(cells)) + 0.5, [style.fit(name, 30) for name in cells])
    places = np.arange(len(labels)) + 0.5
    axes.set_xticks(places, labels.values(), rotation=45, ha="right", rotation_mode="anchor")
    axes.set(xlim=(0, len(labels)), ylim=(len(cells), 0))


def _hole(x: int, y: int) -> Rectangle:
    return Rectangle(
        (x, y), 1, 1, facecolor=style.HOLE, edgecolor="white", hatch="////", linewidth=0.6
    )
