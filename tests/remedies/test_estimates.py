"""Estimates of the gradient: exact where they promise it, right on average where they do that."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.passes.unroll import unroll
from seqbench.engine.streams import CPU, RowNoise
from seqbench.remedy import At, Remedy, Rollout
from seqbench.remedy.composition import compose
from tests.helpers.remedies import SIZES, B, every_cell
from tests.helpers.training import bench, train, trial

STEPS, DRAWS = 5, 10_000


def drawn(cell: Cell, sizes: dict[str, int], batch: int, steps: int) -> tuple[Tensors, Tensor]:
    """Weights and inputs in float64."""
    stream = torch.Generator().manual_seed(1)
    params = cell.initialize(sizes, stream)
    x = torch.randn(steps, batch, sizes["I"], generator=stream, dtype=torch.float64)
    return {
        k: (w + 0.1 * torch.randn(w.shape, generator=stream)).double() for k, w in params.items()
    }, x


def loss(states: list[Tensor]) -> Tensor:
    """Of all steps, each with another weight: (..., B, H) each -> (...)"""
    return sum((1 + t) * h.sin().square().flatten(-2).sum(-1) for t, h in enumerate(states))


def exact(cell: Cell, params: Tensors, x: Tensor, remedy: Remedy, at: At) -> Tensors:
    """By back-propagation through time, with what the remedy does between steps."""
    leaves = {name: part.clone().requires_grad_() for name, part in params.items()}
    states = unroll(cell, leaves, x, remedy, at)
    slopes = torch.autograd.grad(
        loss([state[0] for state in states]).sum(), [*leaves.values()], materialize_grads=True
    )
    return dict(zip(leaves, slopes, strict=True))


def rollout(cell: Cell, params: Tensors, x: Tensor, at: At) -> Rollout:
    with torch.no_grad():
        states = unroll(cell, params, x, Remedy(), at)
    leaves = [state[0].clone().requires_grad_() for state in states]
    credit = torch.autograd.grad(loss(leaves).sum(), leaves)
    return Rollout(
        params, x, [cell.start(x[..., 0, :, :], params), *states], torch.stack(credit, -3)
    )


def place(cell: Cell, seeds: int | list[int] = 0) -> At:
    return At(cell, 0, RowNoise(seeds, "test", 0, CPU), 4)


@every_cell
def test_real_time_recurrent_learning_is_back_propagation(cell_name: str) -> None:
    cell = registry.load_cell(cell_name)
    params, x = drawn(cell, SIZES, B, STEPS)
    at = place(cell)
    true = exact(cell, params, x, Remedy(), at)
    found = registry.load_remedy("rtrl").estimate(rollout(cell, params, x, at), at)
    largest = max(part.abs().max() for part in true.values())
    for name, part in true.items():
        assert (found[name] - part).abs().max() <= 1e-10 * max(1, largest), name


def rows(params: Tensors) -> Tensors:
    return {name: part.expand(DRAWS, *part.shape) for name, part in params.items()}


@pytest.mark.parametrize("cell_name", ["rnn", "gru", "lstm", "min_gru", "jordan"])
@pytest.mark.parametrize("remedy", ["uoro", "artbp"])
def test_the_mean_of_many_draws_is_the_gradient(cell_name: str, remedy: str) -> None:
    cell = registry.load_cell(cell_name)
    params, x = drawn(cell, {"I": 1, "H": 2, "O": 1}, 1, STEPS)
    loaded = registry.load_remedy(remedy, {"horizon": 4} if remedy == "artbp" else {})
    true = exact(cell, params, x, Remedy(), place(cell))
    at, many, x = place(cell, list(range(DRAWS))), rows(params), x.expand(DRAWS, *x.shape)
    if remedy == "uoro":
        found = loaded.estimate(rollout(cell, many, x, at), at)
    else:
        found = exact(cell, many, x, loaded, at)
    spread = 0.0
    for name, part in true.items():
        error = found[name].std(0) / DRAWS**0.5
        spread += float(error.sum())
        assert ((found[name].mean(0) - part).abs() <= 4.5 * error + 1e-9).all(), name
    assert spread > 0


def test_the_sparse_one_keeps_what_a_unit_does_to_itself() -> None:
    cell = registry.load_cell("rnn")
    params, x = drawn(cell, SIZES, B, STEPS)
    at = place(cell)
    rolled = rollout(cell, params, x, at)
    found = registry.load_remedy("snap1").estimate(rolled, at)
    U, influence, total = params["U"], 0.0, 0.0
    for t in range(STEPS):
        old, new = rolled.states[t][0], rolled.states[t + 1][0]
        slope = 1 - new.square()  # of tanh, (B, H)
        influence = slope[..., None] * (U.diag()[:, None] * influence + old[:, None, :])
        total = total + (rolled.credit[t][..., None] * influence).sum(0)
    torch.testing.assert_close(found["U"], total, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("cell_name", ["indrnn", "diagonal_gru", "rg_lru", "min_gru"])
def test_where_units_do_not_mix_the_sparse_one_is_exact(cell_name: str) -> None:
    cell = registry.load_cell(cell_name)
    params, x = drawn(cell, SIZES, B, STEPS)
    at = place(cell)
    true = exact(cell, params, x, Remedy(), at)
    found = registry.load_remedy("snap1").estimate(rollout(cell, params, x, at), at)
    for name, part in true.items():
        torch.testing.assert_close(found[name], part, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_it_trains_as_back_propagation_does_and_alone_as_in_company(
    tmp_path: Path, cell: str
) -> None:
    ours = [trial(name, seed) for name in ("none", "rtrl", "uoro", "snap1") for seed in (1, 2)]
    together = train(bench(tmp_path / "together", cell), ours)
    for seed in (1, 2):
        none, exact = (together[trial(name, seed).fingerprint] for name in ("none", "rtrl"))
        for one, other in zip(none["curves"], exact["curves"], strict=True):
            assert one[:3] == other[:3] and one[3] == pytest.approx(other[3], rel=1e-3, abs=1e-5)
    for one in ours:
        alone = train(bench(tmp_path / one.fingerprint, cell), [one])
        assert alone[one.fingerprint] == together[one.fingerprint]


def test_what_acts_on_the_way_back_is_refused() -> None:
    cell, task = registry.load_cell("rnn"), registry.load_task("adding")
    rtrl, load = registry.load_remedy("rtrl"), registry.load_remedy
    for other, words in (
        ("uoro", "exclude each other"),
        ("truncate", "nothing acts between steps"),
        ("omega", "goes back through time itself"),
    ):
        assert words in str(compose(rtrl, load(other)).suits(cell, task))
    assert compose(rtrl, load("clip_norm"), load("weight_penalty")).suits(cell, task) is None
