"""A scan computes what the loop over steps computes, for every linear cell, in few operations."""

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.cells.linoss import Linoss
from seqbench.engine.passes.scan import delays, scan, sequence, supports
from tests.helpers.sequences import drawn, far, results, unrolled

S, B, I, H = 3, 4, 2, 8  # noqa: E741
Run = Callable[[Cell, Tensors, Tensor], State]
KNOBS = [(name, {}) for name in registry.names("cells")] + [
    ("linoss", {"discretization": "implicit_explicit"}),
    ("min_lstm", {"candidate": "positive"}),
    ("s4d", {"pairs": 3}),
    ("selective_ssm", {"numbers": 3}),
]
CELLS = [cell for cell in (registry.load_cell(*k) for k in KNOBS) if cell.linear]
every_cell = pytest.mark.parametrize("cell", CELLS, ids=str)


def check(cell: Cell, params: Tensors, x: Tensor) -> None:
    """Close to the steps in float32, and not much further from the truth than these.

    Undamped oscillators may be a little further, presumably because how far they turn in a step is
    rounded once, in A, so that the error points the same way at every step.
    """
    ours, theirs = results(sequence, cell, params, x), results(unrolled, cell, params, x)
    truth = results(unrolled, cell, {k: v.double() for k, v in params.items()}, x.double())
    assert ours.keys() == theirs.keys()
    allowed = 2e-6 if isinstance(cell, Linoss) else 3e-7
    for name, true in truth.items():
        rounding = far(theirs[name], true)
        assert far(ours[name], theirs[name]) <= 1e-5, name
        assert far(ours[name], true) <= 3 * rounding + allowed, name


@every_cell
@pytest.mark.parametrize("steps", [1, 2, 3, 7, 100])
def test_equals_the_loop_over_steps(cell: Cell, steps: int) -> None:
    check(cell, *drawn(cell, steps=steps))


@pytest.mark.parametrize("name", ["lru", "min_gru", "t_lstm"])
def test_long_sequences_are_as_exact(name: str) -> None:
    cell = registry.load_cell(name)
    check(cell, *drawn(cell, steps=1000))


@pytest.mark.parametrize("bias", [-200.0, -20.0, 20.0, 200.0])
def test_gates_that_are_shut_or_open_are_as_exact(bias: float) -> None:
    """A step's factor is 1 - s(z): 1, nearly 1, nearly 0, 0; and neighbors of every kind."""
    cell = registry.load_cell("min_gru")
    params, x = drawn(cell, steps=100)
    params["b"][..., :H] = bias
    check(cell, params, x)
    params["b"][..., :H] = 0.0
    params["W"][..., :H, :] *= abs(bias)
    check(cell, params, x)


def test_any_linear_recurrence_is_solved() -> None:
    """Two parts that mix, factors beyond 1 among them, against a loop in float64."""
    stream = torch.Generator().manual_seed(0)
    for steps in (1, 2, 3, 4, 5, 8, 13, 31, 64, 65):
        A = 0.8 * torch.randn(steps, 2, 2, 5, generator=stream, dtype=torch.float64)
        b = torch.randn(steps, 2, 5, generator=stream, dtype=torch.float64)
        m, expected = torch.zeros_like(b[0]), []
        for A_t, b_t in zip(A, b, strict=True):
            expected.append(m := torch.einsum("ijn,jn->in", A_t, m) + b_t)
        torch.testing.assert_close(scan(A.clone(), b.clone()), torch.stack(expected))


@every_cell
def test_gradients_are_those_of_finite_differences(cell: Cell) -> None:
    params, x = drawn(cell, steps=5)
    names = [name for name in cell.params() if cell.shapes({"I": I, "H": H, "O": 2})[name]]
    few = {k: v[:1].double() for k, v in params.items()}
    leaves = [few[name].requires_grad_() for name in names]

    def run(x: Tensor, *weights: Tensor) -> Tensor:
        return sequence(cell, few | dict(zip(names, weights, strict=True)), x)[0]

    first = x[:1, :, :1].double().requires_grad_()
    assert torch.autograd.gradcheck(run, (first, *leaves), fast_mode=True)


@every_cell
@pytest.mark.parametrize("steps", [12, 33])
def test_a_trial_has_the_same_bits_in_any_company(cell: Cell, steps: int) -> None:
    params, x = drawn(cell, steps=steps)
    together = results(sequence, cell, params, x)
    torch.set_num_threads(2)
    shared = results(sequence, cell, params, x)
    torch.set_num_threads(1)
    some = results(sequence, cell, {k: v[1:] for k, v in params.items()}, x[1:])
    for name, values in together.items():
        assert torch.equal(some[name], values[1:]), name
        assert torch.equal(shared[name], values), name


@every_cell
def test_not_a_number_stays_home_and_shows(cell: Cell) -> None:
    params, x = drawn(cell, steps=12)
    healthy = results(sequence, cell, params, x)
    params["W"][1] = torch.nan
    sick, theirs = (results(run, cell, params, x) for run in (sequence, unrolled))
    for name, values in healthy.items():
        assert torch.equal(sick[name][[0, 2]], values[[0, 2]]), name
        assert torch.equal(sick[name].isnan(), theirs[name].isnan()), name
    assert sick["state 0"][1].isnan().any()


@every_cell
def test_not_a_number_in_one_sequence_shows_from_its_step_on(cell: Cell) -> None:
    params, x = drawn(cell, steps=12)
    x[1, 5, 2, 0] = torch.nan
    ours, theirs = (run(cell, params, x) for run in (sequence, unrolled))
    for part, their in zip(ours, theirs, strict=True):
        assert torch.equal(part.isnan(), their.isnan())
        assert not part[[0, 2]].isnan().any() and not part[1, :5].isnan().any()


@every_cell
def test_without_a_gradient_the_states_are_the_same(cell: Cell) -> None:
    params, x = drawn(cell, steps=12)
    with torch.no_grad():
        states = sequence(cell, params, x)
    for n, part in enumerate(states):
        assert not part.requires_grad
        assert torch.equal(part, results(sequence, cell, params, x)[f"state {n}"])


class Counted(TorchDispatchMode):
    """How many operations torch is asked for; on a GPU every one is a launch."""

    count = 0

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        types: Sequence[type],
        args: tuple = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        self.count += 1
        return func(*args, **(kwargs or {}))


def test_a_doubling_of_the_steps_adds_a_few_operations() -> None:
    cell, counts = registry.load_cell("min_gru"), []
    for steps in (64, 128, 256, 512):
        params, x = drawn(cell, steps=steps)
        with Counted() as counted:
            results(sequence, cell, params, x)
        counts.append(counted.count)
    first, *others = [b - a for a, b in zip(counts[:-1], counts[1:], strict=True)]
    assert 0 < first < 64 and set(others) == {first}


def test_only_linear_cells_are_scanned() -> None:
    assert supports(registry.load_cell("lru")) is None
    lstm = registry.load_cell("lstm")
    assert supports(lstm) == "Lstm is not linear in its memory."
    with pytest.raises(AssertionError, match="not linear"):
        sequence(lstm, *drawn(lstm, steps=2))
    assert [delays(registry.load_cell(name)) for name in ("lru", "t_gru")] == [False, True]
