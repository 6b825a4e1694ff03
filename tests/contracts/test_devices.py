"""Nothing inside the loop over updates asks the device for an answer or leaves it.

Whole updates and validations run on torch's meta device, whose tensors have no values: whoever
asks for one (`.item()`, `if tensor`, `nonzero`, a boolean mask, `.cpu()`) gets an error.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.engine.faults import Faulty
from seqbench.engine.loop import update
from seqbench.engine.optimizers import optimizer
from seqbench.engine.passes.unroll import unroll
from seqbench.engine.remembered import begun
from seqbench.engine.scoring.evaluate import evaluate
from seqbench.errors import InputError
from seqbench.remedy import At, Remedy, Trajectory
from seqbench.remedy.composition import compose
from seqbench.task import Batch
from seqbench.task.pooled import Pooled
from tests.helpers.remedies import within
from tests.helpers.training import bench, trial

META = torch.device("meta")
FEW = 50  # steps; the longest sequences have 784
SOON = {"truncate": {"horizon": 1}, "skip": {"steps": 1}}  # to act within the few steps of a test
WAITS = {  # torch looks on the host whether these have converged
    "linalg_eig", "linalg_eigh", "linalg_eigvals", "linalg_eigvalsh", "linalg_inv",
    "linalg_matrix_exp", "linalg_matrix_norm", "linalg_solve", "linalg_svd", "linalg_svdvals",
}  # fmt: skip
SINGULAR = {  # values: one wait per block
    "orthogonalized_update", "recurrent_bound", "spectral_clip", "spectral_norm", "stiefel",
}  # fmt: skip


class OnlyHere(TorchFunctionMode):
    """Refuses tensors of other devices, which not every meta kernel does; keeps the names."""

    def __init__(self) -> None:
        super().__init__()
        self.called: set[str] = set()

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Sequence[type],
        args: tuple = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        made = func(*args, **(kwargs or {}))
        self.called.add(getattr(func, "__name__", ""))
        met = {x.device for x in tree_leaves((args, kwargs, made)) if isinstance(x, Tensor)}
        assert met <= {META}, f"{func} meets {met}"
        return made


class Nowhere:
    """Noise of which only the shapes are known."""

    def __init__(self, seeds: int | Sequence[int], *_: object) -> None:
        self.front = () if isinstance(seeds, int) else (len(seeds),)

    def uniform(self, *shape: int) -> Tensor:
        return torch.empty(*self.front, *shape, device=META)

    normal = held = fixed = uniform


@pytest.fixture(autouse=True)
def _noise_without_numbers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr("seqbench.engine.stack.RowNoise", Nowhere)
        yield


def moved(value: object) -> object:
    return tree_map(lambda part: part.to(META) if isinstance(part, Tensor) else part, value)


def short(batch: Batch, time: int) -> Batch:
    """Its last steps (time: their axis): what a thousand ask of the device, a few ask as well."""
    steps = batch.x.shape[time]

    def end(part: Tensor) -> Tensor:
        return part.narrow(time, steps - FEW, FEW) if part.shape[time] == steps else part

    return batch.map(end) if steps > FEW else batch


def called(
    folder: Path, cell: str, remedy: Remedy, task: str = "adding", **options: object
) -> set[str]:
    """An update and a validation; the names of the functions that they called."""
    few = {"valid_sequences": 4, "valid_at_most": 60, "test_at_most": 60}
    laid = bench(folder, cell, task, hidden=6, batch=3, **few, **options)
    pair = [trial(), trial(seed=2)]
    stack = laid.stack(pair)
    memory = begun([remedy] * 2, stack.params)
    stack.tensors = moved(stack.tensors._replace(memory=memory, best_memory=memory))
    stack.device = META
    stack.trials = [
        type(one)("", remedy, one.seed, one.learning_rate, one.fingerprint) for one in stack.trials
    ]
    batch = short(laid.source.batch(stack.seeds, 0), 1).map(moved)
    held = laid.source.valid(stack.seeds)
    held = replace(held, parts=tuple(short(part, 0).map(moved) for part in held.parts))
    with OnlyHere() as seen:
        update(stack, laid.task, batch, optimizer("adam", 0))
        if not isinstance(laid.task, Pooled):  # words are compared on the host
            evaluate(stack.forward("valid"), laid.task, held)
    assert all(w.device == META and w.dtype == torch.float32 for w in stack.params.values())
    return seen.called


CELLS = [(name, {}) for name in registry.names("cells")] + [
    *(("rnn", {"activation": f}) for f in ("relu", "sigmoid", "modrelu")),
    *(("jordan", {"feedback": g}) for g in ("identity", "softmax")),
    ("lstm_1997", {"cut": True}),
    ("min_lstm", {"candidate": "positive"}),
    ("slstm", {"forget_gate": "exp"}),
]
SHORT = {"length": 3}


@pytest.mark.parametrize(("cell", "knobs"), CELLS, ids=str)
def test_cells(tmp_path: Path, cell: str, knobs: dict[str, object]) -> None:
    names = called(tmp_path, cell, Remedy(), knobs=SHORT, cell_knobs=knobs)
    assert not names & WAITS


@pytest.mark.parametrize("cell", ["rnn", "indrnn", "lstm"])
@pytest.mark.parametrize("name", registry.names("remedies"))
def test_remedies(tmp_path: Path, name: str, cell: str) -> None:
    remedy = registry.load_remedy(name, SOON.get(name, {}))
    if objection := remedy.suits(registry.load_cell(cell), registry.load_task("adding")):
        pytest.skip(objection)
    if "solve" in remedy.acts_at:
        pytest.skip("It solves once, outside the loop over updates.")
    names = called(tmp_path, cell, remedy, knobs=SHORT)
    assert bool(names & WAITS) == (name in SINGULAR and cell != "indrnn")


@pytest.mark.parametrize("name", registry.names("tasks"))
def test_tasks(tmp_path: Path, name: str) -> None:
    try:
        registry.load_task(name).splits()
    except InputError as missing:
        pytest.skip(str(missing))
    assert not called(tmp_path, "rnn", Remedy(), name, knobs={}) & WAITS


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("cell_name", ["rnn", "lstm"])
@pytest.mark.parametrize("name", registry.names("remedies"))
def test_what_a_remedy_makes_is_of_its_inputs_type(
    name: str, cell_name: str, dtype: torch.dtype
) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy(name, SOON.get(name, {}))
    if objection := remedy.suits(cell, registry.load_task("adding")):
        pytest.skip(objection)
    shapes = cell.shapes({"I": 2, "H": 4, "O": 1})
    given = {k: torch.empty(3, *s, device=META, dtype=dtype) for k, s in shapes.items()}
    leaves = {k: v.requires_grad_() for k, v in given.items()}
    x = torch.empty(3, 4, 5, 2, device=META, dtype=dtype, requires_grad=True)
    at = replace(within(cell, remedy, given), noise=Nowhere([1, 2, 3]), lag=3)
    weights = remedy.reparametrize(leaves, at)
    states = unroll(cell, weights, x, remedy, at, tap=True)
    loss = (states[-1][0] @ weights["W_out"].mT).square().flatten(-2).mean(-1)
    penalty = remedy.penalize(weights, Trajectory(states, loss, x, 5), at)
    assert penalty is None or (penalty.dtype, penalty.shape) == (dtype, (3,))
    parts = [part for state in states for part in state]
    for made in (weights, remedy.transform(given, given, at), remedy.project(given, at)):
        parts += made.values()
    assert all(part.dtype == dtype for part in parts)


@dataclass(frozen=True, kw_only=True)
class Asks(Remedy):
    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        return {k: g if g.sum() > 0 else -g for k, g in grads.items()}


@dataclass(frozen=True, kw_only=True)
class Picks(Remedy):
    def project(self, params: Tensors, at: At) -> Tensors:
        return {k: w.clone().index_put_((w > 0,), w[w > 0]) for k, w in params.items()}


@dataclass(frozen=True, kw_only=True)
class Stays(Remedy):
    """Its matrix is on the processor, and the meta kernel of a product does not mind."""

    def advance(self, past: list[State], new: State, at: At) -> State:
        return tuple(part @ torch.eye(part.shape[-1]) for part in new)


@pytest.mark.parametrize("offender", [Asks(), Picks(), Stays()])
def test_an_offender_would_be_noticed(tmp_path: Path, offender: Remedy) -> None:
    with pytest.raises((RuntimeError, NotImplementedError, AssertionError, Faulty)):
        called(tmp_path, "rnn", compose(offender), knobs=SHORT)
