"""A readout in closed form equals least squares; with a reservoir it is an echo state network."""

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.errors import InputError
from seqbench.remedy import Remedy
from tests.helpers.remedies import SIZES, at, initialized, unrolled


def regression(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    features = random.normal(size=(n, SIZES["H"])) @ random.normal(size=(SIZES["H"], SIZES["H"]))
    targets = features[:, : SIZES["O"]] + 3 + random.normal(size=(n, SIZES["O"]))
    return features, targets


def lstsq(features: np.ndarray, targets: np.ndarray, a: float) -> np.ndarray:
    """Ridge regression as ordinary least squares with a row more for every penalized weight."""
    n, h = features.shape
    rows = np.hstack([np.sqrt(a * n) * np.eye(h), np.zeros((h, 1))])
    Z = np.vstack([np.hstack([features, np.ones((n, 1))]), rows])
    Y = np.vstack([targets, np.zeros((h, targets.shape[1]))])
    return np.linalg.lstsq(Z, Y, rcond=None)[0].T


@pytest.mark.parametrize("a", [1e-6, 1e-2, 1.0])
def test_ridge_readout_equals_least_squares_with_added_rows(a: float) -> None:
    remedy = registry.load_remedy("ridge_readout", {"lambdas": (a,)})
    problems = [regression(seed) for seed in range(3)]
    H, Y = (torch.tensor(np.array(part)) for part in zip(*problems, strict=True))
    W_out, b_out = remedy.solve(H, Y, torch.ones(H.shape[:-1]), lambda W, b: torch.zeros(3))
    assert (W_out.dtype, W_out.shape, b_out.shape) == (torch.float64, (3, 2, 8), (3, 1, 2))
    for row, problem in enumerate(problems):
        solution = np.hstack([W_out[row].numpy(), b_out[row].numpy().T])
        np.testing.assert_allclose(solution, lstsq(*problem, a), rtol=1e-7, atol=1e-9)


def test_ridge_readout_means_the_same_for_any_amount_of_data() -> None:
    remedy = registry.load_remedy("ridge_readout", {"lambdas": (0.1,)})
    H, Y = map(torch.tensor, regression(0))
    once = remedy.solve(H, Y, torch.ones(H.shape[:-1]), lambda W, b: W.new_zeros(()))
    twice = remedy.solve(
        H.repeat(2, 1), Y.repeat(2, 1), torch.ones(2 * len(H)), lambda W, b: W.new_zeros(())
    )
    torch.testing.assert_close(once, twice)


def test_ridge_readout_counts_an_answer_by_its_weight() -> None:
    remedy = registry.load_remedy("ridge_readout", {"lambdas": (0.1,)})
    H, Y = map(torch.tensor, regression(0))
    twice = torch.arange(len(H)) % 3  # 0, 1 or 2 of every row
    weighted = remedy.solve(H, Y, twice, lambda W, b: W.new_zeros(()))
    rows = torch.repeat_interleave(torch.arange(len(H)), twice)
    repeated = remedy.solve(H[rows], Y[rows], torch.ones(len(rows)), lambda W, b: W.new_zeros(()))
    torch.testing.assert_close(weighted, repeated)


def test_ridge_readout_takes_each_trials_best_on_validation() -> None:
    lambdas = (1e-6, 1e-2, 1.0)
    remedy = registry.load_remedy("ridge_readout", {"lambdas": lambdas})
    features, targets = regression(0)
    H, Y = (torch.tensor(part).expand(3, -1, -1) for part in (features, targets))
    goals = [lstsq(features, targets, a) for a in (1.0, 1e-6, 1e-2)]

    def check(W: Tensor, b: Tensor) -> Tensor:
        solution = torch.cat([W, b.mT], -1)
        return (solution - torch.tensor(np.array(goals))).abs().flatten(-2).sum(-1)

    W_out, b_out = remedy.solve(H, Y, torch.ones(H.shape[:-1]), check)
    for row, goal in enumerate(goals):
        np.testing.assert_allclose(np.hstack([W_out[row], b_out[row].T]), goal, rtol=1e-6)


def test_ridge_readout_keeps_a_diverged_reservoir_to_itself() -> None:
    remedy = registry.load_remedy("ridge_readout")
    H, Y = (torch.tensor(part).expand(3, -1, -1).clone() for part in regression(0))

    def check(W: Tensor, b: Tensor) -> Tensor:
        return (H @ W.mT + b - Y).square().flatten(-2).mean(-1)

    healthy = remedy.solve(H, Y, torch.ones(H.shape[:-1]), check)
    H[1] = torch.nan
    sick = remedy.solve(H, Y, torch.ones(H.shape[:-1]), check)
    for one, other in zip(sick, healthy, strict=True):
        assert torch.equal(one[[0, 2]], other[[0, 2]])
        assert one[1].isnan().all()


@pytest.mark.parametrize("lambdas", [(), (0.0, 1.0), (-1.0,)])
def test_ridge_readout_refuses_penalties_that_cannot_be(lambdas: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="lambdas is .* Allowed: .* Change the value"):
        registry.load_remedy("ridge_readout", {"lambdas": lambdas})


def test_an_echo_state_network_is_two_remedies() -> None:
    """A reservoir knows what was said a step before; the same units without a loop do not."""
    assert echo_error("rnn") < 0.05
    assert echo_error("memoryless") > 0.8


def echo_error(cell_name: str) -> float:
    """Mean squared error of recalling the last input; its variance is 1."""
    cell = registry.load_cell(cell_name)
    remedy = registry.load_remedy("spectral_radius+ridge_readout")
    assert remedy.acts_at == ("initialize", "solve")
    params = {
        k: v.double() for k, v in remedy.initialize(initialized(cell, hidden=40), at(cell)).items()
    }
    stream = torch.Generator().manual_seed(3)
    x = torch.randn(400, 1, 3, generator=stream, dtype=torch.float64)
    h = torch.stack([state[0] for state in unrolled(cell, params, x, Remedy())])[1:, 0]
    past = x[:-1, 0, :1]

    def check(W: Tensor, b: Tensor) -> Tensor:
        return (h @ W.mT + b - past).square().mean()

    return check(*remedy.solve(h, past, torch.ones(len(h)), check)).item()
