"""What a cell is: one recurrent equation, written as a pure function of plain tensors.

A cell never sees the length of a sequence, seeds, devices or losses. The readout
`y = h W_out^T + b_out` belongs to the engine, but its weights travel in the same dictionary
(role "output"), so a cell whose loop leaves the output layer can read them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from seqbench import knobs
from seqbench.axes import State, Tensors
from seqbench.errors import InputError
from seqbench.knobs import Positive

Role = Literal["input", "recurrent", "bias", "peephole", "scale", "output", "front"]
Family = Literal["simple", "lstm", "gru", "dynamical", "state_space", "linear_attention"]
Change = Callable[["Cell", Tensors, str], Tensors]  # a cell, its weights, its place -> new weights


@dataclass(frozen=True)
class Param:
    """A weight by letters: `rows` x `columns` out of I, H, O and 1, once for every gate.

    A role says what a weight does: maps the input, maps the state, shifts, lets a gate see its own
    unit's memory (peephole), multiplies (scale: gains, damping, time constants), reads out, or
    turns a task's raw numbers into inputs before any step (front).
    `start` is the value of a vector (rows = "1") at initialization; matrices are drawn.
    `pace` is what the learning rate is multiplied with for this weight, `fastest` what it is then
    at most.

    The blocks of a matrix lie below each other, those of a row vector (rows = "1") side by side:
    Param("H", "I", "input", ("i", "f")) is (2H, I), Param("1", "H", "bias", ("i", "f")) is (1, 2H).
    """

    rows: str
    columns: str
    role: Role
    gates: tuple[str, ...] = ("h",)
    start: float = 0.0
    pace: float = 1.0
    fastest: float = float("inf")

    @property
    def axis(self) -> int:
        """The axis along which the gates' blocks lie."""
        return -1 if self.rows == "1" else -2

    @property
    def square(self) -> bool:
        """Whether each block maps the hidden state, or a part of it, to itself (H x H)."""
        return self.rows == self.columns != "1"

    def shape(self, sizes: dict[str, int]) -> tuple[int, int]:
        """The shape for given sizes, e.g. {"I": 2, "H": 32, "O": 1}."""
        shape = [sizes.get(self.rows, 1), sizes.get(self.columns, 1)]
        shape[self.axis] *= len(self.gates)
        return shape[0], shape[1]


READOUT = {"W_out": Param("O", "H", "output"), "b_out": Param("1", "O", "output")}


@dataclass(frozen=True, kw_only=True)
class Cell(ABC):
    """Base of all cells. A subclass gives `step`, and whatever of the rest differs.

    Class attributes:
        family:  simple, lstm or gru (and what is derived of them), dynamical (systems in continuous
                 time), state_space (diagonal linear recurrences) or linear_attention (a matrix of
                 keys and values, with or without the delta rule).
        state:   names of what is carried from step to step; the first, (..., B, H), is read out.
        memory:  the parts of the state that may be mixed with older ones; None: all of them.
        gates:   the row blocks of its matrices, in torch.nn's order where torch has the cell.
        forget:  gates that hold on to the past, with the sign of the bias that makes them hold.
        admit:   gates of their own that let the new in, with the sign that makes them let it in.
        remembers: whether anything but the present input reaches the state.
        composed: the loop's matrix is made of the recurrent weights (U - U^T, say), so what holds
                 of these does not hold of the loop.
        reads_output: the loop leaves the output layer (the step reads W_out and b_out).
        surrogate: the step's gradient is not its slope, but stands for one that it lacks
                 (straight through a rounding, say).
        linear:  the step is affine in the memory, unit by unit, with factors made of the inputs
                 alone (this step's and the last one's), so a parallel scan can compute it.
    Knobs:
        gain:    standard deviation of the initial recurrent weights times sqrt(H); the spectral
                 radius of each recurrent block starts at about this number (circular law).
        forget_bias: added to the initial biases of the forget gates, with the sign that makes them
                 hold on. In practice often 1 (Jozefowicz et al. 2015); only 0 without such gates.
    """

    family: ClassVar[Family]
    state: ClassVar[tuple[str, ...]] = ("h",)
    memory: ClassVar[tuple[str, ...] | None] = None
    gates: ClassVar[tuple[str, ...]] = ("h",)
    forget: ClassVar[dict[str, int]] = {}
    admit: ClassVar[dict[str, int]] = {}
    remembers: ClassVar[bool] = True
    composed: ClassVar[bool] = False
    reads_output: ClassVar[bool] = False
    surrogate: ClassVar[bool] = False
    linear: ClassVar[bool] = False

    gain: Positive = 1.0
    forget_bias: float = 0.0

    def __post_init__(self) -> None:
        knobs.check(self)
        if self.forget_bias and not self.forget:
            raise InputError(
                f"{type(self).__name__}: forget_bias is {self.forget_bias!r}, and the cell has no "
                "forget gate. Allowed: 0. Leave the knob out."
            )

    @property
    def hiddens(self) -> tuple[str, ...]:
        """The parts of the state that are what a layer says: h, where there is one layer."""
        return self.state[:1]

    def params(self) -> dict[str, Param]:
        """The weights by name, without the readout's."""
        return {
            "W": Param("H", "I", "input", self.gates),
            "U": Param("H", "H", "recurrent", self.gates),
            "b": Param("1", "H", "bias", self.gates),
        }

    def map_cells(self, weights: Tensors, change: Change, place: str = "") -> Tensors:
        """New weights after `change` has met this cell; of a network, every cell inside by itself.

        place: where the cell stands in a network, e.g. `/forward/2`; empty: it stands alone.
        """
        return change(self, weights, place)

    def letters(self, units: int) -> dict[str, int]:
        """Sizes behind letters of its own (besides I, H and O), for H = units."""
        return {}

    def shapes(self, sizes: dict[str, int]) -> dict[str, tuple[int, int]]:
        """The shape of every weight of one trial, readout included; sizes: I, H and O."""
        known = sizes | self.letters(sizes["H"])
        return {name: param.shape(known) for name, param in (self.params() | READOUT).items()}

    @abstractmethod
    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        """One step in time. x: (..., B, I); returns the new state, what is read out first."""

    def start(self, x: Tensor, params: Tensors) -> State:
        """The state before the first step: zeros, as wide as h. x: (..., B, I)"""
        zeros = x.new_zeros(*x.shape[:-1], params["W_out"].shape[-1])
        return tuple(zeros for _ in self.state)

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        """The initial weights of one trial, readout included, block by block.

        Matrices are uniform within sqrt(6 / (rows + columns)) (Glorot and Bengio 2010),
        recurrent blocks normal with standard deviation gain / sqrt(columns), vectors as declared,
        and `forget_bias` on top.
        """
        weights, shapes = {}, self.shapes(sizes)
        for name, param in (self.params() | READOUT).items():
            shape = shapes[name]
            if param.rows == "1":
                weights[name] = torch.full(shape, param.start)
            elif param.role == "recurrent":
                weights[name] = torch.randn(shape, generator=stream) * self.gain / shape[1] ** 0.5
            else:
                weights[name] = glorot(shape, stream, len(param.gates))
        return hold_on(self, weights)


def glorot(shape: tuple[int, int], stream: Generator, blocks: int = 1) -> Tensor:
    """Blocks of a matrix, uniform within sqrt(6 / (rows + columns)) of one block."""
    bound = (6 / (shape[0] // blocks + shape[1])) ** 0.5
    return (2 * torch.rand(shape, generator=stream) - 1) * bound


def hold_on(cell: Cell, weights: Tensors) -> Tensors:
    """New weights with the cell's `forget_bias` added to the biases of its forget gates."""
    added = {gate: sign * cell.forget_bias for gate, sign in cell.forget.items()}
    return map_blocks(cell, weights, "bias", lambda b, gate: b + added.get(gate, 0.0))


def affine(params: Tensors, x: Tensor, h: Tensor) -> Tensor:
    """x W^T + h U^T + b for all gates at once: (..., B, I), (..., B, H) -> (..., B, gates * H)"""
    return x @ params["W"].mT + h @ params["U"].mT + params["b"]


def blend(
    cell: Cell, old: State, new: State, mix: Callable[[str, Tensor, Tensor], Tensor]
) -> State:
    """The new state, with `mix(name, old, new)` in place of every part that is memory."""
    kept = cell.state if cell.memory is None else cell.memory
    parts = zip(cell.state, old, new, strict=True)
    return tuple(mix(*part) if part[0] in kept else part[2] for part in parts)


def map_blocks(
    cell: Cell, weights: Tensors, role: Role, change: Callable[[Tensor, str], Tensor]
) -> Tensors:
    """New weights in which `change(block, gate)` replaced every block of that role.

    For "recurrent" only the square (H x H) blocks count: the matrices through which the gradient
    flows from one hidden state to the one before.
    """
    changed = dict(weights)
    for name, param in cell.params().items():
        if param.role == role and (role != "recurrent" or param.square):
            blocks = weights[name].chunk(len(param.gates), param.axis)
            pairs = zip(blocks, param.gates, strict=True)
            changed[name] = torch.cat([change(*pair) for pair in pairs], param.axis)
    return changed


def map_loops(cell: Cell, weights: Tensors, change: Callable[[Tensor], Tensor]) -> Tensors:
    """New weights in which `change` replaced all square recurrent blocks of a weight at once.

    It gets them with the gates as one more axis in front, (gates, ..., H, H), and gives as much.
    """
    changed = dict(weights)
    for name, param in cell.params().items():
        if param.role == "recurrent" and param.square:
            blocks = torch.stack(weights[name].chunk(len(param.gates), param.axis))
            changed[name] = torch.cat(change(blocks).unbind(), param.axis)
    return changed


def recurrent_names(cell: Cell) -> list[str]:
    """Names of the recurrent weights: matrices, square or not, and vectors."""
    return [name for name, param in cell.params().items() if param.role == "recurrent"]


def recurrent_blocks(cell: Cell, weights: Tensors) -> list[Tensor]:
    """Every square recurrent block, each (..., H, H); empty where the cell has none."""
    return [
        block
        for name, param in cell.params().items()
        if param.role == "recurrent" and param.square
        for block in weights[name].chunk(len(param.gates), param.axis)
    ]
