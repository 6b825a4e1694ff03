"""Independent draws of a cell's initial weights, side by side as the trials of a stack; inputs."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.initial_weights import initial_weights
from seqbench.engine.streams import CPU, RowNoise, stream
from seqbench.remedy import At, Remedy
from seqbench.task import IoShape, Regression

INPUTS, OUTPUTS = 2, 1  # I and O, as of the adding problem
STREAM = "untrained"  # begins the names of random streams, so another name gives other numbers
AT_INITIALIZATION = {
    "initialize",
    "reparametrize",
}  # verbs that shape the weights before any update


@dataclass(frozen=True, kw_only=True)
class Lagged(Regression):
    """Stands for a task where remedies ask how far back one reaches; nothing is drawn from it."""

    io_shape: ClassVar[IoShape] = "many_to_one"
    steps: int

    inputs, outputs, chance, pass_mark = INPUTS, OUTPUTS, 1.0, 0.0

    @property
    def lag(self) -> int:
        """`steps`."""
        return self.steps


def objection(cell: Cell, remedy: Remedy, lag: int) -> str:
    """Why there is nothing to measure without training; "" where there is.

    lag: what the remedy is told of the task.
    """
    late = [verb for verb in remedy.acts_at if verb not in AT_INITIALIZATION]
    if late:
        return f"It also acts at {', '.join(late)}, which only training meets."
    return remedy.suits(cell, Lagged(steps=lag)) or ""


def initial(cell: Cell, remedy: Remedy, hidden: int, draws: int, lag: int) -> Tensors:
    """Initial weights as the equation sees them: float64, (S, ...); seeds 0 to S - 1, S = draws."""
    sizes, seeds = {"I": INPUTS, "H": hidden, "O": OUTPUTS}, range(draws)
    rows = [initial_weights(remedy, seed, cell, sizes, lag) for seed in seeds]
    stacked = {name: torch.stack([row[name] for row in rows]).double() for name in rows[0]}
    noise = RowNoise(list(seeds), "noise/pass", 0, CPU)
    return remedy.reparametrize(stacked, At(cell, 0, noise, lag))


def inputs(draws: int, sequences: int, steps: int) -> Tensor:
    """Inputs from N(0, 1), of their own for every draw: (S, T, B, I), float64."""
    shape = (steps, sequences, INPUTS)
    rows = [torch.randn(shape, generator=stream(seed, f"{STREAM}/x")) for seed in range(draws)]
    return torch.stack(rows).double()
