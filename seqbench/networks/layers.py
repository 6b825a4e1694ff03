"""Stacked layers: each reads the h of the one below it at the same step.

    h_t(l) = cell_l(h_t(l-1), h_{t-1}(l))     h_t(0) = x_t; the readout sees the top layer

Source: schmidhuber1992, zaremba2014
"""

from dataclasses import dataclass

from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.knobs import Several
from seqbench.networks.around import Copies


@dataclass(frozen=True, kw_only=True)
class Layers(Copies):
    """Layers of one cell, each of H units; the readout sees the top one.

    With `dropout`, the last (layers - 1) H columns of x are factors of what each layer but the top
    one hands upwards.
    """

    layers: Several = 2
    dropout: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """1, 2, ... from the bottom to the top."""
        return tuple(str(layer) for layer in range(1, self.layers + 1))

    @property
    def state(self) -> tuple[str, ...]:  # type: ignore[override]
        """Of the top layer first: its h is read out."""
        return self._of_every_layer(self.cell.state)

    @property
    def memory(self) -> tuple[str, ...] | None:  # type: ignore[override]
        """The parts of every layer's state that may be mixed with older ones; None: all."""
        kept = self.cell.memory
        return kept and self._of_every_layer(kept)

    @property
    def hiddens(self) -> tuple[str, ...]:
        """The h of every layer."""
        return self._of_every_layer(self.cell.hiddens)

    def _of_every_layer(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{part}.{name}" for name in reversed(self.names) for part in parts)

    def of(self, sizes: dict[str, int], name: str) -> dict[str, int]:
        """I, H and O of one layer: above the bottom, I is H."""
        units = sizes["H"]
        wide = sizes["I"] - (self.layers - 1) * units * self.dropout
        return sizes | {"I": wide if name == "1" else units}

    def start(self, x: Tensor, params: Tensors) -> State:
        """Of all layers, the top one first: x (..., B, I) -> (..., B, width) each"""
        x, _ = self._apart(x, params)
        whole: State = ()
        for name in self.names:
            state = self.cell.start(x, self.own(params, name))
            whole, x = state + whole, state[0]
        return whole

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        """A step of all layers, from the bottom up: x (..., B, I)"""
        x, factors = self._apart(x, params)
        size = len(self.cell.state)
        above, whole = list(state), State()
        for name, factor in zip(self.names, [*factors, None], strict=True):
            above, old = above[:-size], tuple(above[-size:])
            new = self.cell.step(self.own(params, name), old, x)
            whole, x = new + whole, new[0] if factor is None else new[0] * factor
        return whole

    def _apart(self, x: Tensor, params: Tensors) -> tuple[Tensor, list[Tensor | None]]:
        """The input, and the factors of what each layer but the top one hands upwards."""
        units, between = params["W_out"].shape[-1], self.layers - 1
        if not self.dropout:
            return x, [None] * between
        wide = x.shape[-1] - between * units
        return x[..., :wide], list(x[..., wide:].split(units, -1))
