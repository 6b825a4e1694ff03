"""Our engines, each with a stack of trials. A new engine is one entry of `engines`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.benchmarks.grid import Case
from seqbench.benchmarks.invented import Invented
from seqbench.benchmarks.measure import Contender, slopes
from seqbench.cell import Cell
from seqbench.engine.fused.sequence import sequence, supports
from seqbench.engine.machine import graphs
from seqbench.engine.machine.graphs import Graph
from seqbench.engine.optimizers import optimizer
from seqbench.engine.passes import scan
from seqbench.engine.passes.batch_padding import pad_batch
from seqbench.engine.passes.choose import Passes
from seqbench.engine.passes.unroll import hidden, unroll
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack
from seqbench.engine.streams import RowNoise
from seqbench.engine.traces import History, Trace
from seqbench.engine.trial import Trial
from seqbench.engine.updates import Updates
from seqbench.networks.network import Network
from seqbench.remedy import At
from seqbench.task import Batch, Task

GRAPHS = ", CUDA graphs"
RATE = 1e-3  # any would do: the weights' values do not change the time

Sequence = Callable[[Cell, Tensors, Tensor], Tensor]  # weights, x (S, T, B, I) -> h (S, T, B, H)
Refusal = Callable[[Cell, Tensors, Tensor], str | None]


@dataclass(frozen=True)
class Engine:
    """A way to run a cell over a sequence; `refuses` says why it would not, or None.

    `wish`: what a matrix calls it.
    """

    name: str
    wish: str
    sequence: Sequence
    refuses: Refusal


@dataclass(frozen=True)
class Field:
    """What a race is run on: a task, a stack of untrained trials, and their first batch."""

    task: Task
    stack: Stack
    batch: Batch
    sizes: dict[str, int]


def eager(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    """The loop over time in Python, step by step through autograd."""
    at = At(cell, 0, RowNoise(0, "benchmark", 0, x.device), x.shape[-3])
    states = unroll(cell, params, pad_batch(params, x), registry.load_remedy("none"), at)
    return hidden(states, "every", x.shape[-2])


def fused(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    """The whole sequence in one kernel made from the cell's step."""
    return sequence(cell, params, pad_batch(params, x))[0][..., : x.shape[-2], :]


def scanned(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    """All steps side by side, for a cell that is linear in its memory."""
    return scan.sequence(cell, params, pad_batch(params, x))[0][..., : x.shape[-2], :]


@cache
def _compiled(cell: Cell) -> Callable[..., State]:
    return torch.compile(cell.step, dynamic=False)


def inductor(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    """One step, forward and backward, as torch compiles it; called once per step."""
    state, read = cell.start(x[:, 0], params), []
    for x_t in x.unbind(1):
        state = _compiled(cell)(params, state, x_t)
        read.append(state[0])
    return torch.stack(read, 1)


INDUCTOR = Engine("torch.compile of our step", "", inductor, lambda cell, params, x: None)


def engines() -> list[Engine]:
    """The engines that this version has."""
    return [
        Engine("seqbench eager", "eager", eager, lambda cell, params, x: None),
        Engine("seqbench fused", "auto", fused, supports),
        Engine("seqbench scan", "scan", scanned, lambda cell, params, x: scan.supports(cell)),
    ]


def refusal(engine: Engine, field: Field) -> str | None:
    """Why an engine would not run here; None if it would."""
    stack = field.stack
    return engine.refuses(stack.network.cell, stack.params, pad_batch(stack.params, field.batch.x))


def load(name: str) -> Cell:
    """A cell by name; `invented` is the benchmark's own."""
    return Invented() if name == "invented" else registry.load_cell(name)


def field(case: Case, device: torch.device) -> Field:
    """Trials of the adding problem."""
    task = registry.load_task("adding", {"length": case.steps})
    sizes = {"I": task.inputs, "H": case.hidden, "O": task.outputs}
    remedy = registry.load_remedy("none")
    trials = [Trial("none", remedy, seed, RATE, str(seed)) for seed in range(case.trials)]
    network = Network(cell=load(case.cell))
    stack = Stack.begin(network, trials, sizes, task.lag, device, Passes())
    source = Source(task, case.batch, case.batch, case.batch, device)
    return Field(task, stack, source.batch(stack.seeds, 0), sizes)


def one_pass(engine: Engine, field: Field, graph: type[Graph] | None = None) -> Contender:
    """Forward, and backward to every weight of the cell from all states."""
    cell, x = field.stack.network.cell, field.batch.x
    params = {k: p.detach().requires_grad_() for k, p in field.stack.params.items()}
    weights = [params[name] for name in cell.params()]

    def run() -> object:
        states = engine.sequence(cell, params, x)
        wanted = slopes(states.shape, states.device)
        return torch.autograd.grad(states, weights, wanted, allow_unused=True)

    plain = Contender(engine.name, run, field.stack.width * x.shape[-3])
    return played_back(plain, graph) if graph else plain


def played_back(plain: Contender, graph: type[Graph]) -> Contender:
    """The same, recorded at its first run."""

    @cache
    def recorded() -> Graph:
        made = graph()
        made.rehearse(plain.run)
        made.record(plain.run)
        return made

    return replace(plain, name=plain.name + GRAPHS, run=lambda: recorded().replay())


def one_update(engine: Engine, field: Field, graph: type[Graph] | None = None) -> Contender:
    """One update as in training: with the loss, the checks, the gradient's norms and Adam."""
    passes = Passes(engine.wish, field.batch.x.shape[-2])
    stack = replace(field.stack, history=History(), passes=passes)
    stack.traces = [Trace() for _ in stack.traces]
    update = Updates(field.task, optimizer("adam", 0.0), graph, refuse)

    def run() -> str:
        stack.history = History()
        update(stack, field.batch)
        while graph and not update.recording:
            update(stack, field.batch)
        return "+".join(stack.traces[0].engines)

    name = engine.name + (GRAPHS if graph else "")
    return Contender(name, run, stack.width * field.batch.x.shape[-3])


def refuse(words: str) -> None:
    """Instead of going on without a recording."""
    raise RuntimeError(words)


def contenders(case: Case, field: Field) -> tuple[list[Contender], dict[str, str]]:
    """Ours that can run this case; and why others of ours cannot."""
    one = one_update if case.work == "update" else one_pass
    ways = dict.fromkeys((None, graphs.kind(field.stack.device)))  # launched one by one, or not
    reasons = {engine.name: refusal(engine, field) for engine in engines()}
    fit = [engine for engine in engines() if not reasons[engine.name]]
    able = [one(engine, field, graph) for engine in fit for graph in ways]
    return able, {name: reason for name, reason in reasons.items() if reason}
