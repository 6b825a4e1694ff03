"""Newton's method over time: one iteration where it must be one, and as many as NumPy counts."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family
from seqbench.engine.passes.unroll import unroll
from seqbench.engine.streams import CPU, RowNoise
from seqbench.initialization import newton
from seqbench.initialization.newton import MOST
from seqbench.initialization.weights import initial, inputs
from seqbench.remedy import At, Remedy
from tests.helpers import by_recursion
from tests.helpers.known import Linear, Turned

DRAWS = 3


def at(cell: Cell) -> At:
    return At(cell, 0, RowNoise(list(range(DRAWS)), "noise/pass", 0, CPU), 1)


def counted(
    cell: Cell, steps: int, hidden: int = 6, remedy: Remedy | None = None,
    learns: tuple[bool, ...] | None = None,
) -> list[int]:  # fmt: skip
    params = initial(cell, remedy or Remedy(), hidden, DRAWS, 1)
    all_learn = (True,) * len(cell.state)
    x = inputs(DRAWS, 1, steps)
    found = newton.iterations(cell, params, x, learns or all_learn, at(cell))
    assert found is not None
    return found.tolist()


@dataclass(frozen=True, kw_only=True)
class Straight(Cell):
    """h_t = a h_{t-1} + x_t, element by element: affine."""

    family: ClassVar[Family] = "simple"
    a: float = 0.9

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        return (self.a * state[0] + x[..., :1],)


@pytest.mark.parametrize("a", [-1.0, 0.0, 0.9, 1.0, 1.05])
def test_an_affine_recurrence_takes_one_iteration(a: float) -> None:
    assert counted(Straight(a=a), 128) == [1] * DRAWS
    assert counted(Linear(), 128, remedy=Turned(r=max(abs(a), 0.5))) == [1] * DRAWS


@pytest.mark.parametrize("name", ["min_gru", "lru", "t_lstm", "rg_lru", "memoryless"])
def test_a_step_that_is_linear_in_the_memory_takes_at_most_two(name: str) -> None:
    cell = registry.load_cell(name)
    assert cell.linear or not cell.remembers
    assert max(counted(cell, 64)) <= 2


def loop(cell: Cell, params: Tensors, x: Tensor) -> State:
    states = unroll(cell, params, x, Remedy(), at(cell))
    return tuple(torch.cat([state[k] for state in states], -2) for k in range(len(cell.state)))


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "jordan"])
def test_each_iteration_makes_a_step_right_and_the_last_the_whole_trajectory(name: str) -> None:
    cell, steps = registry.load_cell(name), 12
    params, x = initial(cell, Remedy(), 5, DRAWS, 1), inputs(DRAWS, 1, steps)
    rows, learns = x.squeeze(-2), (True,) * len(cell.state)
    true, start = loop(cell, params, x), cell.start(rows, params)
    guess = start
    for k in range(1, steps + 1):
        guess = newton.improved(cell, params, guess, start, rows, learns)
        for mine, theirs in zip(guess, true, strict=True):
            torch.testing.assert_close(mine[:, :k], theirs[:, :k], rtol=0, atol=1e-9)


def numpy_count(U: np.ndarray, drive: np.ndarray) -> int:
    """Newton's method on all T states of a tanh network as one system of T H equations."""
    steps, H = drive.shape
    true, h = np.zeros_like(drive), np.zeros(H)
    for t in range(steps):
        true[t] = h = np.tanh(drive[t] + U @ h)
    guess = np.zeros_like(drive)
    for count in range(1, MOST + 1):
        before = np.vstack([np.zeros((1, H)), guess[:-1]])
        new = np.tanh(drive + before @ U.T)
        system = np.eye(steps * H)
        for t in range(1, steps):
            rows, columns = slice(t * H, (t + 1) * H), slice((t - 1) * H, t * H)
            system[rows, columns] = -(1 - new[t] ** 2)[:, None] * U
        guess = guess + np.linalg.solve(system, (new - guess).ravel()).reshape(steps, H)
        if np.abs(guess - true).max() <= 1e-4:
            return count
    return MOST + 1


@pytest.mark.parametrize("gain", [0.5, 1.0, 1.5])
def test_numpy_counts_as_many_iterations(gain: float) -> None:
    cell, steps = registry.load_cell("rnn", {"gain": gain}), 40
    params, x = initial(cell, Remedy(), 4, DRAWS, 1), inputs(DRAWS, 1, steps)
    expected = []
    for row in range(DRAWS):
        W, U, b = (params[name][row].numpy() for name in ("W", "U", "b"))
        expected.append(numpy_count(U, x[row, :, 0].numpy() @ W.T + b))
    assert counted(cell, steps, hidden=4) == expected
    assert max(expected) > 2


def test_a_step_is_not_lost_beside_a_huge_guess() -> None:
    """On the way here guesses are up to 10^76; more digits must not tell another number."""
    cell = registry.load_cell("rnn", {"gain": 1.3})
    params, x = initial(cell, Remedy(), 4, 1, 1), inputs(1, 1, 1024)
    W, U, b = (params[name][0].numpy().astype(np.longdouble) for name in ("W", "U", "b"))
    expected = by_recursion.iterations(U, x[0, :, 0].numpy().astype(np.longdouble) @ W.T + b)
    found = newton.iterations(cell, params, x, (True,), at(cell))
    assert found is not None and found.tolist() == [expected]
    assert 20 < expected < MOST


def test_a_chaotic_network_takes_more_than_a_calm_one() -> None:
    calm, wild = (registry.load_cell("rnn", {"gain": gain}) for gain in (0.5, 4.0))
    assert max(counted(calm, 128, hidden=16)) < 8
    assert counted(wild, 128, hidden=16) == [MOST + 1] * DRAWS


def test_what_overflows_counts_as_more_than_are_tried_and_leaves_the_others_alone() -> None:
    cell, steps = registry.load_cell("rnn"), 64
    params, x = initial(cell, Remedy(), 6, DRAWS, 1), inputs(DRAWS, 1, steps)
    alone = newton.iterations(cell, params, x, (True,), at(cell))
    assert alone is not None
    U = params["U"].clone()
    U[1] = 1e30 * torch.eye(6)
    found = newton.iterations(cell, params | {"U": U}, x, (True,), at(cell))
    assert found is not None and found.tolist() == [alone[0], MOST + 1, alone[2]]


def test_a_clock_is_given_and_no_part_of_what_is_solved() -> None:
    cell, learns = registry.load_cell("clockwork"), (True, False)
    params, x = initial(cell, Remedy(), 6, DRAWS, 1), inputs(DRAWS, 1, 16)
    rows, (true, clock) = x.squeeze(-2), loop(cell, params, x)
    start = cell.start(rows, params)
    new, given = newton.improved(cell, params, (start[0], clock), start, rows, learns)
    assert given is clock and not new.allclose(start[0])
    fixed = newton.improved(cell, params, (true, clock), start, rows, learns)
    torch.testing.assert_close(fixed, (true, clock), rtol=0, atol=1e-12)
    assert max(counted(cell, 64, learns=learns)) < 16


def test_too_large_a_state_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = registry.load_cell("rnn")
    params = initial(cell, Remedy(), 6, 5, 1)
    monkeypatch.setattr(newton, "LARGEST", 5 * 128 * 6 * 6)
    found = newton.medians(cell, params, (True,), at(cell))
    assert found[128] is not None and found[1024] is None
