"""Reservoir: a random loop, as an echo state network wants it

    W ~ U[-a, a],   b ~ U[-c, c],   U <- r U / max_i |eigenvalue_i(U)|

`reservoir+leaky+ridge_readout` on `rnn` is the echo state network of leaky integrators; a, c, r and
the leak are what its users tune first.
Gradient: the readout solved in closed form needs none. Where training goes on, it begins with a
factor r per step in the long run, smaller where large W and b drive the units to their ends.
Not `spectral_radius`, which leaves W and b as the cell starts them (b at 0). Not sparse: in the
practical guide that saves time and matters little for what is learned.
Source: jaeger2001, jaeger2007, lukosevicius2012
"""

from dataclasses import dataclass

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell, map_blocks
from seqbench.knobs import NonNegative, Positive
from seqbench.remedies._radius import with_radius
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_loop
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class Reservoir(Remedy):
    """Knobs:
    input_scale:  a; small: almost linear units, a long memory; large: the opposite.
    bias_scale:   c, which spreads the units over the slopes of their function.
    radius:       r; near or above 1 the past lasts longest.
    """

    input_scale: Positive = 0.1
    bias_scale: NonNegative = 0.2
    radius: Positive = 1.0

    def suits(self, cell: Cell, task: Task) -> str | None:
        return needs_loop(cell, square=True)

    def initialize(self, params: Tensors, at: At) -> Tensors:
        def drawn(scale: float, old: Tensor) -> Tensor:
            return (scale * (2 * at.noise.uniform(*old.shape) - 1)).to(old)

        params = map_blocks(at.cell, params, "input", lambda W, _: drawn(self.input_scale, W))
        params = map_blocks(at.cell, params, "bias", lambda b, _: drawn(self.bias_scale, b))
        return with_radius(at.cell, params, self.radius)
