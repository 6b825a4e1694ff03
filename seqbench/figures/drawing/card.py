"""The gradient over the lag as lines with bands, and one card of it as a file of its own."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench.errors import InputError
from seqbench.figures.drawing import style
from seqbench.files import atomic_write

FLOOR, CEILING = 1e-16, 1e16  # what is drawn: beyond, a sum in float64 knows nothing of it
KINDS = ("svg", "png")
NORMS = ["norm", "norm_low", "norm_high"]


def band(axes: Axes, frame: pd.DataFrame, look: style.Look) -> None:
    """The median over the lag, and 5 to 95 % as a band behind it. `frame`: of propagation."""
    x = frame["lag"].astype(float)
    middle, low, high = (frame[name].clip(FLOOR / 10, CEILING * 10) for name in NORMS)
    axes.fill_between(x, low, high, color=look.color, alpha=0.12, linewidth=0)
    axes.plot(x, middle.where(frame["norm"] > 0), color=look.color, linestyle=style.stroke(look))


def scale(axes: Axes, frame: pd.DataFrame) -> None:
    """Logarithmic, as far as there are numbers, and a line at 1."""
    seen = frame[NORMS].where(frame[NORMS] > 0)
    axes.set_yscale("log")
    axes.plot([0, frame["lag"].max()], [1, 1], color=style.GRAY, linewidth=0.7, zorder=0)
    low, high = float(seen.min().min()), float(seen.max().max())
    axes.set_ylim(max(FLOOR, min(low, 0.1)), min(CEILING, max(high, 10.0)))


def save(path: Path, card: Mapping[str, object], rows: Iterable[Mapping[str, object]]) -> None:
    """Draw one card into an .svg or .png. card, rows: of the tables cards and propagation.

    Raises:
        InputError: another kind of file, or a card with nothing measured.
    """
    kind = path.suffix.removeprefix(".")
    if kind not in KINDS:
        raise InputError(f"{path}: cannot be drawn. Allowed: .svg and .png. Choose one of them.")
    if card["reason"]:
        raise InputError(
            f"{path}: nothing was measured. {card['reason']} Allowed: a cell and a remedy that "
            "go together. Choose another."
        )
    with style.applied():
        figure = _draw(card, pd.DataFrame(list(rows)))
        drawn = style.to_svg(figure) if kind == "svg" else _png(figure)
    atomic_write(path, drawn)


def _draw(card: Mapping[str, object], frame: pd.DataFrame) -> Figure:
    figure = style.figure(2.6, 5.0)
    axes = figure.subplots()
    scale(axes, frame)
    names = pd.DataFrame({"cell": [str(card["cell"])]})
    band(axes, frame, style.cell_looks(names)[str(card["cell"])])
    axes.set_title(f"{card['cell']}, {card['remedy']}: {card['flow']}", loc="left")
    axes.set(xlabel="steps back", ylabel="|dL/ds|, 1 at the last step")
    return figure


def _png(figure: Figure) -> bytes:
    from io import BytesIO

    sink = BytesIO()
    figure.savefig(sink, format="png", dpi=200, metadata={"Software": None})
    return sink.getvalue()
