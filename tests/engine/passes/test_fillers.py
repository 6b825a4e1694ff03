"""What the engine adds to a batch reaches no number, forward or back, even of cells that are
undefined at zero: each sequence gives what it gives alone, without a filler or a padded step.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family, affine
from seqbench.cells.rnn import Rnn
from seqbench.engine.passes.forward import Forward
from seqbench.engine.passes.windows import whole
from seqbench.engine.setup import Setup
from seqbench.engine.streams import stream
from seqbench.networks.network import build
from seqbench.task import Batch, Regression, Splits, Task
from seqbench.task.reading import Reading
from seqbench.tasks.adding import Adding
from tests.helpers.toys import Caption, First, Label, Shorter, Text
from tests.helpers.training import bench, train, trial
from tests.helpers.undefined import AT_ZERO, Undefined, UndefinedLinear

SHAPES: dict[str, tuple[Task, dict[str, object]]] = {
    "many to one": (Adding(length=4), {}),
    "padded": (First(before=2, behind=1), {}),
    "padded, both ways, layers": (
        Label(before=1, behind=2),
        {"bidirectional": True, "layers": 2, "hidden": 6},
    ),
    "dropout": (First(behind=1), {"layers": 2, "dropout": 0.25}),
    "encoder, one to many": (Caption(), {}),
    "encoder, padded": (Shorter(), {}),
    "windows": (Text(), {}),
}
WAYS = ("eager", "auto", "scan", "tapped")
Found = tuple[Tensor, Tensors]  # features, and the gradients of weights


def laid(folder: Path, cell: Cell, task: Task, **settings: object) -> Setup:
    """A setup with this cell in place of a registered one."""
    setup = bench(folder, "rnn", task, hidden=settings.pop("hidden", 5), **settings)
    return replace(setup, network=build(cell, setup.task, setup.settings))


def made(setup: Setup, way: str) -> tuple[Forward, Batch, State]:
    """Weights at initialization that have a gradient, a batch, and what a window begins with."""
    stack = setup.stack([trial("none", seed) for seed in (1, 2)])
    leaves = {name: weight.clone().requires_grad_() for name, weight in stack.params.items()}
    forward = stack.forward("valid", leaves)
    engine = {"tapped": "eager"}.get(way, way)
    forward = replace(forward, passes=replace(forward.passes, wanted=engine))
    batch = setup.source.batch(stack.seeds, 0)
    start = forward.run(batch, "every").last if setup.task.reading.carries else ()
    return forward, batch, start


def by_engine(forward: Forward, batch: Batch, start: State, asked: str, way: str) -> Found:
    """Of the sum of the squares of what is read out at the real steps."""
    see = forward.tapped if way == "tapped" else forward.run
    features = see(batch, asked, start=start).features
    if batch.valid is not None and asked == "every":
        features = torch.where(batch.valid[..., None] > 0, features, 0)
    return _found(features, forward.weights)


def by_hand(forward: Forward, batch: Batch, start: State, asked: str) -> Found:
    """The same, each sequence by itself, without its padding, in a plain loop over steps."""
    rows = [
        torch.stack([_alone(forward, batch, start, asked, s, b) for b in range(len(batch))], 1)
        for s in range(forward.trials)
    ]
    return _found(torch.stack(rows), forward.weights)


def _alone(forward: Forward, batch: Batch, start: State, asked: str, s: int, b: int) -> Tensor:
    """What is read out of one sequence of one trial, 0 where it is padded: (A, H)"""
    steps = batch.x.shape[1]
    real = torch.ones(steps) if batch.valid is None else batch.valid[s, :, b]
    places = real.nonzero()[:, 0]
    x = batch.x[s : s + 1, places, b : b + 1]
    one = Batch(x, x, valid=None if batch.valid is None else torch.ones(x.shape[:-1]))
    network, weights = forward.network, {k: w[s : s + 1] for k, w in forward.weights.items()}
    columns = network.inputs(weights, one).unbind(1)
    state = tuple(part[s : s + 1, b : b + 1] for part in start)
    state, h = state or network.start(columns[0], weights), list[Tensor]()
    for x_t in columns:
        state = network.step(weights, state, x_t)
        h.append(state[0])
    h = h[-1:] if asked == "last" else h
    features = network.features(torch.stack(h, -3), one.valid)[0, :, 0]
    if asked == "last":
        return features
    return torch.zeros(steps, features.shape[-1]).index_copy(0, places, features)


def _found(features: Tensor, weights: Tensors) -> Found:
    leaves = list(weights.values())
    grads = torch.autograd.grad(features.square().sum(), leaves, materialize_grads=True)
    return features.detach(), dict(zip(weights, grads, strict=True))


def check(setup: Setup, way: str) -> None:
    forward, batch, start = made(setup, way)
    asked = setup.task.asked
    ours, slopes = by_engine(forward, batch, start, asked, way)
    theirs, wanted = by_hand(forward, batch, start, asked)
    assert theirs.isfinite().all() and all(w.isfinite().all() for w in wanted.values())
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    for name, slope in slopes.items():
        largest = float(wanted[name].abs().max())
        torch.testing.assert_close(
            slope, wanted[name], rtol=1e-3, atol=1e-4 * largest + 1e-6, msg=name
        )


def cells(function: str, way: str) -> Cell:
    return (UndefinedLinear if way == "scan" else Undefined)(function=function)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("function", AT_ZERO)
def test_batch_padding_reaches_nothing(tmp_path: Path, function: str, way: str) -> None:
    for batch, units in ((1, 5), (6, 8), (7, 3)):
        task = Adding(length=4)
        check(laid(tmp_path, cells(function, way), task, batch=batch, hidden=units), way)


@pytest.mark.faults
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("function", AT_ZERO)
@pytest.mark.parametrize("units", [2, 5, 8])
def test_batch_padding_reaches_nothing_whatever_the_sizes(
    tmp_path: Path, function: str, way: str, units: int
) -> None:
    for batch in range(1, 10):
        task = Adding(length=4)
        check(laid(tmp_path, cells(function, way), task, batch=batch, hidden=units), way)


@pytest.mark.parametrize("way", ["eager", "auto", "tapped"])
@pytest.mark.parametrize("shape", SHAPES)
def test_padding_reaches_nothing(tmp_path: Path, shape: str, way: str) -> None:
    task, settings = SHAPES[shape]
    check(laid(tmp_path, Undefined(function="root"), task, batch=7, **settings), way)


@pytest.mark.faults
@pytest.mark.parametrize("way", ["eager", "auto", "tapped"])
@pytest.mark.parametrize("function", AT_ZERO)
@pytest.mark.parametrize("shape", SHAPES)
def test_padding_reaches_nothing_whatever_the_cell(
    tmp_path: Path, shape: str, function: str, way: str
) -> None:
    task, settings = SHAPES[shape]
    for batch in range(1, 10):
        check(laid(tmp_path, Undefined(function=function), task, batch=batch, **settings), way)


@pytest.mark.parametrize("batch", [4, 6, 7])
def test_a_cell_trains_at_every_batch_size(tmp_path: Path, batch: int) -> None:
    setup = laid(tmp_path, Undefined(function="norm"), Adding(length=5), batch=batch, hidden=8)
    (record,) = train(setup, [trial()]).values()
    assert record["trial"]["status"] == "ok"
    assert all(value is not None for *_, value in record["curves"])


@dataclass(frozen=True, kw_only=True)
class Signs(Regression):
    """Say the sign of the step before, of a text of +-1 that is no multiple of the batch."""

    io_shape = "many_to_many"
    asked = "every"
    reading = Reading(window=6)
    inputs, outputs, lag, chance, pass_mark = 1, 1, 1, 1.0, 0.01

    def splits(self) -> Splits:
        return Splits(*(self._part(n, seed) for seed, n in enumerate((203, 101, 101))))

    def _part(self, count: int, seed: int) -> Batch:
        x = torch.randint(2, (count + 1, 1, 1), generator=stream(seed, "signs")) * 2.0 - 1
        return Batch(x[1:], x[:-1])


@dataclass(frozen=True, kw_only=True)
class Normalized(Cell):
    """h_t = tanh(W x_t / ||x_t|| + U h_{t-1} + b)"""

    family: ClassVar[Family] = "simple"

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        return (affine(params, x / x.norm(dim=-1, keepdim=True), *state).tanh(),)


@pytest.mark.parametrize("cell", [Rnn(), Normalized()])
def test_values_are_read_in_windows_by_any_cell(tmp_path: Path, cell: Cell) -> None:
    setup = laid(tmp_path, cell, Signs(), batch=16, hidden=8, updates=60, evaluate_every=20)
    (record,) = train(setup, [trial()]).values()
    assert record["trial"]["status"] == "ok" and record["trial"]["test_skill"] > 0.2


@pytest.mark.parametrize("scored", [False, True])
def test_fillers_are_steps_of_the_text_without_a_weight(scored: bool) -> None:
    text = Batch(torch.arange(1.0, 6)[:, None, None], torch.arange(1, 6)[:, None])
    filled = whole(replace(text, scored=torch.full((5, 1), 2.0)) if scored else text, 4)
    assert filled.x[..., 0].T.tolist() == [[1, 2], [3, 4], [5, 1], [2, 3]]
    assert filled.y.equal(filled.x[..., 0].long())
    real = torch.tensor([[1.0, 1.0], [1, 1], [1, 0], [0, 0]]).T
    assert filled.mask is not None and filled.mask.equal(real)
    assert filled.scored is None or filled.scored.equal(2 * real)
    assert (filled.scored is not None) == scored
