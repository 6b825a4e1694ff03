"""A cell around another one, or around copies of it, each with weights of its own."""

from abc import abstractmethod
from dataclasses import dataclass

import torch
from torch import Generator

from seqbench.axes import Tensors
from seqbench.cell import READOUT, Cell, Change, Param, glorot


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
    surrogate = property(lambda self: self.cell.surrogate)
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

    def map_cells(self, weights: Tensors, change: Change, place: str = "") -> Tensors:
        """New weights after `change` has met every cell inside by itself, as if it stood alone."""
        return self.cell.map_cells(weights, change, place)


@dataclass(frozen=True, kw_only=True)
class Copies(Around):
    """Base: copies of one cell. The weights of each bear its name: W of layer 2 is `W.2`."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """What the copies are called; the last one's readout is the whole's."""

    def params(self) -> dict[str, Param]:
        """The weights of all copies, by name, without the readout's."""
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
        shapes: dict[str, tuple[int, int]] = {}
        for name in self.names:
            inside = self.cell.shapes(self.of(sizes, name))
            shapes |= {f"{key}.{name}": inside[key] for key in self.cell.params()}
        return shapes | {key: param.shape(sizes) for key, param in READOUT.items()}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        """The initial weights of one trial: copy after copy, then the one readout."""
        weights: Tensors = {}
        for name in self.names:
            inside = self.cell.initialize(self.of(sizes, name), stream)
            weights |= {f"{key}.{name}": inside[key] for key in self.cell.params()}
        readout = {"W_out": glorot((sizes["O"], sizes["H"]), stream)}
        return weights | readout | {"b_out": torch.zeros(1, sizes["O"])}

    def map_cells(self, weights: Tensors, change: Change, place: str = "") -> Tensors:
        """New weights after `change` has met the cells in every copy; a place is `/NAME`."""
        for name in self.names:
            new = self.cell.map_cells(self.own(weights, name), change, f"{place}/{name}")
            weights = weights | {f"{key}.{name}": new[key] for key in self.cell.params()}
        return weights
