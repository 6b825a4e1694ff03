"""Layers: each hears what the one below it says at the same step."""

from dataclasses import dataclass

from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.knobs import Several
from seqbench.networks.around import Copies


@dataclass(frozen=True, kw_only=True)
class Deep(Copies):
    """Layers of one cell, each of H units; the readout hears the top one.

    With `dropout`, the last (layers - 1) H columns of x are factors of what each layer but the top
    one hands upwards.
    Source: schmidhuber1992, zaremba2014
    """

    layers: Several = 2
    dropout: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(str(layer) for layer in range(1, self.layers + 1))

    @property
    def state(self) -> tuple[str, ...]:  # type: ignore[override]
        """Of the top layer first: its h is read out."""
        return tuple(f"{part}.{name}" for name in reversed(self.names) for part in self.cell.state)

    @property
    def memory(self) -> tuple[str, ...] | None:  # type: ignore[override]
        kept = self.cell.memory
        return kept and tuple(f"{part}.{name}" for name in reversed(self.names) for part in kept)

    @property
    def hiddens(self) -> tuple[str, ...]:
        said = self.cell.hiddens
        return tuple(f"{part}.{name}" for name in reversed(self.names) for part in said)

    def of(self, sizes: dict[str, int], name: str) -> dict[str, int]:
        units = sizes["H"]
        wide = sizes["I"] - (self.layers - 1) * units * self.dropout
        return sizes | {"I": wide if name == "1" else units}

    def start(self, x: Tensor, params: Tensors) -> State:
        x, factors = self._apart(x, params)
        found: State = ()
        for name in self.names:
            state = self.cell.start(x, self.own(params, name))
            found, x = state + found, state[0]
        return found

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        x, factors = self._apart(x, params)
        size = len(self.cell.state)
        below, found = list(state), State()
        for name, factor in zip(self.names, [*factors, None], strict=True):
            below, own = below[:-size], tuple(below[-size:])
            new = self.cell.step(self.own(params, name), own, x)
            found, x = new + found, new[0] if factor is None else new[0] * factor
        return found

    def _apart(self, x: Tensor, params: Tensors) -> tuple[Tensor, list[Tensor | None]]:
        """The input, and the factors of what each layer but the top one hands upwards."""
        units, between = params["W_out"].shape[-1], self.layers - 1
        if not self.dropout:
            return x, [None] * between
        wide = x.shape[-1] - between * units
        return x[..., :wide], list(x[..., wide:].split(units, -1))
