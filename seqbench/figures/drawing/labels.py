"""Names at the ends of lines, moved apart so that none lies on another."""

from collections.abc import Sequence
from math import log10

from matplotlib.axes import Axes

NEAREST = 0.075  # share of the panel's height between two names
LOWEST = 0.04  # above the axis


def spread(places: Sequence[float], nearest: float) -> list[float]:
    """Heights 0..1, as near to `places` as it goes with `nearest` between any two of them."""
    ranked = sorted(range(len(places)), key=lambda i: places[i])
    nearest = min(nearest, 1 / max(1, len(places) - 1))
    found = [min(max(places[i], 0.0), 1.0) for i in ranked]
    for k in range(1, len(found)):
        found[k] = max(found[k], found[k - 1] + nearest)
    if found and found[-1] > 1:
        found[-1] = 1.0
        for k in range(len(found) - 2, -1, -1):
            found[k] = min(found[k], found[k + 1] - nearest)
    back = dict(zip(ranked, found, strict=True))
    return [back[i] for i in range(len(places))]


def at_ends(axes: Axes, x: float, ends: Sequence[float], words: Sequence[str],
            colors: Sequence[str]) -> None:  # fmt: skip
    """Write `words` to the right of x, beside the ends of lines on a logarithmic axis."""
    low, high = (log10(limit) for limit in axes.get_ylim())
    wanted = [(log10(end) - low) / (high - low) if end > 0 else 0.0 for end in ends]
    for height, text, color in zip(spread(wanted, NEAREST), words, colors, strict=True):
        above = LOWEST + (1 - LOWEST) * height
        axes.annotate(
            text, (x, above), xycoords=("data", "axes fraction"), xytext=(3, 0), va="center",
            textcoords="offset points", fontsize=5.5, color=color, annotation_clip=False,
        )  # fmt: skip
