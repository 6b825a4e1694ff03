"""The card of one cell with one initialization: how its gradient moves before any training.

The class asks whether a gradient of lag 100 can still train the same weights as one of lag 0. A
grid of learning rates, and an optimizer that divides by the gradient's size, span about two
decades; so what keeps between 1/100 and 100 of its size over 100 steps is called preserved:

    |exponent| <= log(100) / 100 = 0.046 per step, a half-life of at least 15 steps

and less or more is vanishing or exploding. It must hold of the whole interval of draws and inputs,
5 to 95 %; where that lies on both sides of a limit, the class is mixed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, log

import torch
from torch import Tensor

from seqbench.cell import Cell
from seqbench.engine.probes import radius
from seqbench.engine.streams import CPU, RowNoise
from seqbench.initialization import gradient, jacobian, newton
from seqbench.initialization.weights import initial, inputs, objection
from seqbench.remedy import At, Remedy

DRAWS, SEQUENCES = 20, 10
SPECTRA = 8  # draws whose whole Jacobians are taken
LAGS = 100
STEEP = log(100) / 100  # growth of log norm per step
LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95

Row = Mapping[str, object]


@dataclass(frozen=True)
class Card:
    """What was measured, as plain numbers; of a cell that cannot be measured only the reason.

    Attributes:
        exponents:  5 %, median and 95 % of the growth of log norm per step; -inf: all is gone.
        norms:      by lag: 5 %, median, 95 %; 1 at lag 0.
        singular:   lag -> largest, middle and smallest singular value, medians over draws.
        radius:     largest spectral radius of a recurrent block, median over draws.
        newton:     steps -> iterations of Newton's method; None: the state is too large.
        failed:     the reason is what the code of the cell or the remedy raised, or its end.
    """

    hidden: int
    lags: int
    exponents: tuple[float, float, float] = (0.0, 0.0, 0.0)
    norms: tuple[tuple[float, float, float], ...] = ()
    singular: Mapping[int, tuple[float, float, float]] | None = None
    radius: float | None = None
    newton: Mapping[int, int | None] = field(default_factory=dict)
    reason: str = ""
    failed: bool = False

    @property
    def flow(self) -> str:
        """vanishing, preserved, exploding or mixed; "" where nothing was measured."""
        if self.reason:
            return ""
        low, _, high = self.exponents
        if high < -STEEP:
            return "vanishing"
        if low > STEEP:
            return "exploding"
        return "preserved" if low >= -STEEP and high <= STEEP else "mixed"

    @property
    def half_life(self) -> float | None:
        """Steps in which the median gradient halves; None: it does not.

        Where nothing is left at the last lag, on the way to the last one at which something is;
        0 where that is lag 0.
        """
        slope = self.exponents[1]
        if not isfinite(slope):
            last = max(lag for lag, (_, norm, _) in enumerate(self.norms) if norm > 0)
            slope = log(self.norms[last][1]) / last if last else slope
        return log(2) / -slope if slope < 0 else None

    @property
    def doubling(self) -> float | None:
        """Steps in which the median gradient doubles; None: it does not."""
        return log(2) / self.exponents[1] if self.exponents[1] > 0 else None

    def row(self, cell: str, remedy: str) -> Row:
        """A row of the table `cards`."""
        named = {"cell": cell, "remedy": remedy, "hidden": self.hidden, "reason": self.reason}
        if self.reason:
            return named
        low, middle, high = (value if isfinite(value) else None for value in self.exponents)
        return named | {
            "draws": DRAWS,
            "inputs": SEQUENCES,
            "lags": self.lags,
            "exponent": middle,
            "exponent_low": low,
            "exponent_high": high,
            "half_life": self.half_life,
            "doubling": self.doubling,
            "flow": self.flow,
            "radius": self.radius,
            **{f"newton_{steps}": count for steps, count in self.newton.items()},
        }

    def rows(self, cell: str, remedy: str) -> list[Row]:
        """Rows of the table `propagation`."""
        rows: list[Row] = []
        for lag, (low, middle, high) in enumerate(self.norms):
            row: dict[str, object] = {"cell": cell, "remedy": remedy, "lag": lag}
            row |= {"norm": middle, "norm_low": low, "norm_high": high}
            values = (self.singular or {}).get(lag, (None, None, None))
            names = ("singular_max", "singular_median", "singular_min")
            rows.append(row | dict(zip(names, values, strict=True)))
        return rows


def measure(cell: Cell, remedy: Remedy, *, hidden: int = 32, lags: int = LAGS) -> Card:
    """The card of a cell whose weights the remedy shapes; the same call gives the same numbers.

    hidden: units H; lags: steps K back to which the gradient is followed, at least 4.
    """
    try:
        if reason := objection(cell, remedy, lags):
            return Card(hidden, lags, reason=reason)
        return _measured(cell, remedy, hidden, lags)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a variant may fail in any way; its row says how
        return Card(hidden, lags, reason=f"{type(error).__name__}: {error}", failed=True)


def _measured(cell: Cell, remedy: Remedy, hidden: int, lags: int) -> Card:
    params = initial(cell, remedy, hidden, DRAWS, lags)
    at = At(cell, 0, RowNoise(list(range(DRAWS)), "noise/pass", 0, CPU), lags)
    path = gradient.walk(cell, params, inputs(DRAWS, SEQUENCES, 2 * lags), at, lags)
    norms = gradient.norms(path).flatten(0, 1)  # (S * B, K + 1)
    if not norms.isfinite().all():
        return Card(hidden, lags, reason="The state or its gradient is not finite in float64.")
    radii = radius(cell, params)
    return Card(
        hidden,
        lags,
        exponents=_spread(gradient.exponents(norms)),
        norms=tuple(map(_spread, norms.unbind(-1))),
        singular={lag: _ends(values) for lag, values in jacobian.spectra(path, SPECTRA).items()},
        radius=None if radii is None else radii.median().item(),
        newton=newton.medians(cell, params, path.learns, at),
    )


def _spread(values: Tensor) -> tuple[float, float, float]:
    """5 %, median and 95 %: values that are there, because -inf has no neighbors to mix with."""
    levels = torch.tensor((LOW, MIDDLE, HIGH), dtype=values.dtype)
    low, middle, high = torch.quantile(values, levels, interpolation="nearest").tolist()
    return low, middle, high


def _ends(values: Tensor) -> tuple[float, float, float]:
    """Largest, middle and smallest of every draw (S, D), and the median over draws of each."""
    three = values[:, 0], values.median(-1).values, values[:, -1]
    largest, middle, smallest = (part.median().item() for part in three)
    return largest, middle, smallest
