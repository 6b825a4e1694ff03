"""What tests of remedies share: small cells, tasks and runs by hand."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors, joint_norm
from seqbench.cell import Cell
from seqbench.engine.beside import Beside, Member
from seqbench.engine.spans import Span
from seqbench.knobs import Size
from seqbench.remedy import At, Remedy, Trajectory
from seqbench.remedy.objections import needs_loop
from seqbench.task import Batch, IoShape, Regression
from seqbench.task.returning import Forecast
from seqbench.task.speaking import Sample, Speaking

SIZES = {"I": 3, "H": 8, "O": 2}
T, B = 9, 4
CELLS = registry.names("cells")
every_cell = pytest.mark.parametrize("cell_name", CELLS)
square_cells = pytest.mark.parametrize(
    "cell_name",
    [n for n in CELLS if needs_loop(registry.load_cell(n), square=True) is None],
)


def squares(cell: Cell) -> set[str]:
    """Names of the square recurrent weights."""
    return {k for k, p in cell.params().items() if p.role == "recurrent" and p.square}


@dataclass(frozen=True)
class FromGenerator:
    stream: torch.Generator

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.stream)

    def uniform(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self.stream)

    def held(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=torch.Generator().manual_seed(7))

    fixed = held


@dataclass(frozen=True, kw_only=True)
class Recall(Regression):
    """A task of which only the facts matter that a remedy may ask for."""

    io_shape: ClassVar[IoShape] = "many_to_one"
    far: int = 20
    inputs, outputs, chance, pass_mark = 1, 1, 1.0, 0.1

    @property
    def lag(self) -> int:
        return self.far


class OneStep(Recall):
    io_shape: ClassVar[IoShape] = "one_to_one"


class FreeRunning(Speaking, Recall):
    generates: ClassVar[bool] = True

    def showcase(self) -> Batch:
        raise NotImplementedError

    def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Series(Forecast):
    """A forecast of two numbers, whose sequences may have any length."""

    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    length: Size = 20
    inputs, outputs, lag, chance, pass_mark = 2, 2, 0, 1.0, 0.1

    def sample(self, n: int, stream: torch.Generator) -> Batch:
        x = torch.randn(self.length + self.ahead, n, 2, generator=stream)
        x = x.cumsum(0) / len(x) ** 0.5
        asked = (torch.arange(self.length) >= 2).float()[:, None].repeat(1, n)
        return Batch(x[: self.length], x[self.ahead :], asked)


class Likely(Recall):
    likelihood: ClassVar[bool] = True


def at(cell: Cell, seed: int = 5) -> At:
    return At(cell, 0, FromGenerator(torch.Generator().manual_seed(seed)), lag=T - 1)


def within(cell: Cell, remedy: Remedy, params: Tensors) -> At:
    """The same with what the remedy remembers in the first update, of one trial or a stack."""
    stacked = next(iter(params.values())).ndim > 2
    if not stacked:
        return replace(at(cell), memory=remedy.first_memory(params))
    rows = (dict(zip(params, row, strict=True)) for row in zip(*params.values(), strict=True))
    made = [remedy.first_memory(row) for row in rows]
    memory = {name: torch.stack([kept[name] for kept in made]) for name in made[0]}
    return replace(at(cell), memory=memory)


def initialized(cell: Cell, seed: int = 0, hidden: int = SIZES["H"]) -> Tensors:
    return cell.initialize(SIZES | {"H": hidden}, torch.Generator().manual_seed(seed))


def draw(
    cell: Cell, *front: int, scale: float = 0.5, dtype: torch.dtype = torch.float64
) -> Tensors:
    stream = torch.Generator().manual_seed(2)
    return {
        name: torch.randn(*front, *shape, generator=stream, dtype=dtype) * scale
        for name, shape in cell.shapes(SIZES).items()
    }


def inputs(*front: int, steps: int = T) -> Tensor:
    stream = torch.Generator().manual_seed(1)
    return torch.randn(*front, steps, B, SIZES["I"], generator=stream, dtype=torch.float64)


def unrolled(cell: Cell, params: Tensors, x: Tensor, remedy: Remedy) -> list[State]:
    """Every step by hand, with the remedy between two steps."""
    steps, where = x.unbind(-3), at(cell)
    past, read = [cell.start(steps[0], params)], []
    for t, x_t in enumerate(steps, 1):
        new = remedy.advance(past, cell.step(params, past[-1], x_t), where)
        read.append(tuple(part.view_as(part) for part in new))
        past = [*past, remedy.carry(past[-1], read[-1], len(steps) - t, where)][-remedy.lookback :]
    return read


def run_of(cell: Cell, params: Tensors, x: Tensor) -> Trajectory:
    x = x.detach().requires_grad_()
    states = unrolled(cell, params, x, Remedy())
    said = states[-1][0] @ params["W_out"].mT + params["b_out"]
    return Trajectory(states, (said - 0.3).square().flatten(-2).mean(-1), x, B)


def same(a: Tensors, b: Tensors) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def cells_for(remedy: Remedy) -> list[Cell]:
    """The cells that the remedy suits."""
    cells = map(registry.load_cell, CELLS)
    tasks = (Recall(), Series())
    return [cell for cell in cells if None in [remedy.suits(cell, task) for task in tasks]]


def gradients(*lengths: float) -> Tensors:
    """A stack of gradients, each trial with its own joint norm."""
    raw = draw(registry.load_cell("lstm"), len(lengths))
    factor = torch.tensor(lengths, dtype=torch.float64) / joint_norm(raw.values())
    return {k: g * factor[:, None, None] for k, g in raw.items()}


def changed(before: Tensors, after: Tensors) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


def objective(remedy: Remedy, cell: Cell, x: Tensor) -> Callable[[Tensors], Tensor]:
    """The penalty of a run on x as a function of the weights."""

    def penalty(params: Tensors) -> Tensor:
        value = remedy.penalize(params, run_of(cell, params, x), at(cell))
        assert value is not None
        return value

    return penalty


def alone(remedy: Remedy, rows: int, where: At | None = None) -> Beside:
    """A remedy that acts on all of so many rows."""
    span = Span(0, rows, rows, remedy)
    return Beside(members=(Member(span, remedy, where or at(registry.load_cell("rnn"))),))
