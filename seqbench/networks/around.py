"""A cell around another one, or around copies of it, each with weights of its own."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator

from seqbench.axes import Tensors
from seqbench.cell import READOUT, Cell, Param, glorot

Change = Callable[[Cell, Tensors, str], Tensors]  # a cell, its weights, where it stands -> weights


@dataclass(frozen=True, kw_only=True)
class Around(Cell):
    """Base: one cell inside, whose equation stays as it is.

    What is declared of the cell holds of the whole, but for `linear`: a scan takes single cells.
    """

    cell: Cell

    family = property(lambda self: self.cell.family)
    state = property(lambda self: self.cell.state)
    memory = property(lambda self: self.cell.memory)
    gates = property(lambda self: self.cell.gates)
    forget = property(lambda self: self.cell.forget)
    admit = property(lambda self: self.cell.admit)
    remembers = property(lambda self: self.cell.remembers)
    composed = property(lambda self: self.cell.composed)
    reads_output = property(lambda self: self.cell.reads_output)
    hiddens = property(lambda self: self.cell.hiddens)

    def __post_init__(self) -> None:
        """The cell inside has checked its own knobs."""

    def params(self) -> dict[str, Param]:
        return self.cell.params()

    def inside(self, sizes: dict[str, int]) -> dict[str, int]:
        """I, H and O of the cell inside."""
        return sizes

    def shapes(self, sizes: dict[str, int]) -> dict[str, tuple[int, int]]:
        return self.cell.shapes(self.inside(sizes))

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        return self.cell.initialize(self.inside(sizes), stream)

    def born(self, weights: Tensors, change: Change, place: str = "") -> Tensors:
        """New weights after `change` has met every plain cell inside, as if it stood alone."""
        if isinstance(self.cell, Around):
            return self.cell.born(weights, change, place)
        return change(self.cell, weights, place)


@dataclass(frozen=True, kw_only=True)
class Copies(Around):
    """Base: copies of one cell. The weights of each bear its name: W of layer 2 is `W.2`."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the copies are called; the last one's readout is the whole's."""
        raise AssertionError(f"{type(self).__name__} does not name its copies")

    def params(self) -> dict[str, Param]:
        inside = self.cell.params().items()
        return {f"{key}.{name}": param for name in self.names for key, param in inside}

    def own(self, params: Tensors, name: str) -> Tensors:
        """The weights of one copy as its equation calls them, and the readout."""
        inside = {key: params[f"{key}.{name}"] for key in self.cell.params()}
        return inside | {key: params[key] for key in READOUT}

    def of(self, sizes: dict[str, int], name: str) -> dict[str, int]:
        """I, H and O of one copy."""
        return self.inside(sizes)

    def shapes(self, sizes: dict[str, int]) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for name in self.names:
            inside = self.cell.shapes(self.of(sizes, name))
            found |= {f"{key}.{name}": inside[key] for key in self.cell.params()}
        return found | {key: param.shape(sizes) for key, param in READOUT.items()}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        weights: Tensors = {}
        for name in self.names:
            inside = self.cell.initialize(self.of(sizes, name), stream)
            weights |= {f"{key}.{name}": inside[key] for key in self.cell.params()}
        readout = {"W_out": glorot((sizes["O"], sizes["H"]), stream)}
        return weights | readout | {"b_out": torch.zeros(1, sizes["O"])}

    def born(self, weights: Tensors, change: Change, place: str = "") -> Tensors:
        for name in self.names:
            own = self.own(weights, name)
            if isinstance(self.cell, Around):
                new = self.cell.born(own, change, f"{place}/{name}")
            else:
                new = change(self.cell, own, f"{place}/{name}")
            weights = weights | {f"{key}.{name}": new[key] for key in self.cell.params()}
        return weights
