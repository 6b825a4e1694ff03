"""Nothing but its own trial notices an explosion, and what has vanished altogether stays a number.

And what a remedy draws at random is drawn again by a stack that was interrupted.
"""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from seqbench import knobs, registry
from seqbench.axes import Tensors
from seqbench.cell import recurrent_blocks
from seqbench.engine import train as engine
from seqbench.engine.probes import radius
from seqbench.engine.stack import Stack
from tests.helpers.remedies import SIZES, at, cells_for, draw, inputs, run_of, within
from tests.helpers.training import bench, train, trial

NAMES = registry.names("remedies")
SIZED = [0.0, 1e-30, 1.0, 1e5, 1e20, 1e37]  # how large the weights of each trial of a stack are


def stack(units: int) -> Tensors:
    """Weights of one cell `rnn` in all sizes, float32."""
    shapes = registry.load_cell("rnn").shapes(SIZES | {"H": units})
    stream, sizes = torch.Generator().manual_seed(0), torch.tensor(SIZED)[:, None, None]
    return {k: sizes * torch.randn(len(SIZED), *s, generator=stream) for k, s in shapes.items()}


def singular(U: Tensor) -> Tensor:
    return torch.linalg.svdvals(U.double())


@pytest.mark.parametrize("units", [1, 2, 7, 8, 33])
@pytest.mark.parametrize("name", ["exp_map", "cayley"])
def test_a_parametrization_is_orthogonal_however_large_its_weights_are(
    name: str, units: int
) -> None:
    params = {k: v.requires_grad_() for k, v in stack(units).items()}
    U = registry.load_remedy(name).reparametrize(params, at(registry.load_cell("rnn")))["U"]
    torch.testing.assert_close(singular(U), torch.ones(6, units).double(), atol=1e-5, rtol=0)
    weights = torch.randn(U.shape, generator=torch.Generator().manual_seed(1))
    assert torch.autograd.grad((U * weights).sum(), params["U"])[0].isfinite().all()


@pytest.mark.parametrize("units", [1, 2, 7, 8, 33])
def test_a_bound_bounds_the_huge_and_leaves_zeros_alone(units: int) -> None:
    params, where = stack(units), at(registry.load_cell("rnn"))
    bounded = registry.load_remedy("recurrent_bound", {"stretch": 1.0}).project(params, where)["U"]
    rows = registry.load_remedy("max_norm", {"limit": 3.0}).project(params, where)["U"]
    nearest = registry.load_remedy("stiefel").project(params, where)["U"]
    largest = singular(params["U"])[:, 0].clamp(max=1)
    torch.testing.assert_close(singular(bounded)[:, 0], largest, atol=1e-5, rtol=1e-4)
    lengths = params["U"].double().norm(dim=-1).clamp(max=3)
    torch.testing.assert_close(rows.double().norm(dim=-1), lengths, atol=1e-6, rtol=1e-4)
    torch.testing.assert_close(singular(nearest), torch.ones(6, units).double(), atol=1e-5, rtol=0)
    assert not bounded[0].any() and not rows[0].any()


def test_spectral_norm_of_zeros_is_zero_and_has_a_gradient_that_is_a_number() -> None:
    params = {k: v.requires_grad_() for k, v in stack(7).items()}
    remedy = registry.load_remedy("spectral_norm")
    U = remedy.reparametrize(params, at(registry.load_cell("rnn")))["U"]
    assert not U[0].any() and torch.autograd.grad(U.sum(), params["U"])[0].isfinite().all()
    torch.testing.assert_close(singular(U)[2:, 0], torch.ones(4).double(), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ["adaptive_clip", "clip_norm", "clip_value", "normalize_gradient"])
@pytest.mark.parametrize("size", [0.0, 1e-25, 1e25, 1e37])
def test_a_huge_gradient_is_bounded_and_not_erased(name: str, size: float) -> None:
    cell = registry.load_cell("lstm")
    weights = draw(cell, 2, dtype=torch.float32)
    grads = {k: size * g for k, g in draw(cell, 2, dtype=torch.float32).items()}
    after = registry.load_remedy(name).transform(grads, weights, at(cell))
    for part in (name for name in after if name not in ("W_out", "b_out")):
        assert after[part].isfinite().all() and after[part].abs().max() <= 1
        assert bool(after[part].any()) == (size > 0)


@pytest.mark.parametrize("name", ["omega", "omega_vjp"])
@pytest.mark.parametrize("size", [0.0, 1e-12, 1e-3, 1.0, 1e25])
def test_omega_is_a_ratio_however_long_the_gradient_is(name: str, size: float) -> None:
    cell, x = registry.load_cell("rnn"), inputs().float()
    params = {k: v.requires_grad_() for k, v in draw(cell, dtype=torch.float32).items()}
    run = run_of(cell, params, x)
    remedy = registry.load_remedy(name)
    usual, scaled = (
        remedy.penalize(params, replace(run, loss=factor * run.loss), at(cell))
        for factor in (1.0, size)
    )
    assert usual is not None and scaled is not None
    goal = usual.detach() if size > 1e-6 else torch.tensor(0.0)  # below 1e-10 no step counts
    torch.testing.assert_close(scaled.detach(), goal)
    (pull,) = torch.autograd.grad(scaled, params["U"])
    assert pull.isfinite().all()


@pytest.mark.parametrize("name", NAMES)
def test_a_state_and_weights_of_zeros_have_gradients_that_are_numbers(name: str) -> None:
    remedy = registry.load_remedy(name)
    for cell in cells_for(remedy):
        params = {k: torch.zeros_like(v).requires_grad_() for k, v in draw(cell).items()}
        where = within(cell, remedy, params)
        seen = remedy.reparametrize(params, where)
        run = run_of(cell, seen, 0 * inputs(steps=2))
        penalty = remedy.penalize(seen, run, where)
        aim = run.loss if penalty is None else run.loss + penalty
        grads = torch.autograd.grad(aim.sum(), list(params.values()), materialize_grads=True)
        assert all(g.isfinite().all() for g in grads)
        zeros = {k: torch.zeros_like(v) for k, v in params.items()}
        for after in (remedy.transform(zeros, zeros, where), remedy.project(zeros, where)):
            assert all(w.isfinite().all() for w in after.values())


@pytest.mark.parametrize("name", NAMES)
def test_weights_that_are_no_numbers_stay_home_in_a_parametrization(name: str) -> None:
    remedy = registry.load_remedy(name)
    for cell in cells_for(remedy)[:3]:
        params = draw(cell, 3)
        well = remedy.reparametrize(params, at(cell))
        sick = {k: v.index_fill(0, torch.tensor(1), torch.nan) for k, v in params.items()}
        ill = remedy.reparametrize(sick, at(cell))
        assert all(torch.equal(well[k][[0, 2]], ill[k][[0, 2]]) for k in well)


def test_the_spectral_radius_of_what_is_no_number_is_none() -> None:
    cell, params = registry.load_cell("rnn"), stack(7)
    params["U"][1] = torch.nan
    params["U"][2, 0, 0] = torch.inf
    found = radius(cell, params)
    assert found is not None and found.isnan().tolist() == [False, True, True, False, False, False]
    assert found[3] == torch.linalg.eigvals(recurrent_blocks(cell, params)[0][3]).abs().max()


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_trials_born_infinite_end_as_diverged(
    tmp_path: Path, cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knobs, "check", lambda variant: None)  # which refuses such a gain
    laid = bench(tmp_path, cell, cell_knobs={"gain": 1e39}, updates=2, hidden=5)
    remedies = {name: registry.load_remedy(name) for name in NAMES}
    suited = [n for n, r in remedies.items() if r.suits(laid.network, laid.task) is None]
    trials = [trial(n, rate=None if "solve" in remedies[n].acts_at else 0.01) for n in suited]
    ended = {t.name: train(laid, [t])[t.fingerprint]["trial"]["status"] for t in trials}
    # they draw the matrix anew
    others = {"orthogonal", "identity", "exp_map", "cayley", "nonnormal_init"}
    assert {n for n, status in ended.items() if status == "ok"} == others & set(suited)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("name", [n for n in NAMES if n != "ridge_readout"])
def test_a_neighbor_does_not_notice_steps_that_are_far_too_long(
    tmp_path: Path, name: str, cell: str
) -> None:
    small = {"updates": 4, "batch": 3, "hidden": 5, "optimizer": "sgd"}
    laid = bench(tmp_path / "all", cell, **small)
    if objection := registry.load_remedy(name).suits(laid.network, laid.task):
        pytest.skip(objection)
    calm, *loud = [trial(name, rate=rate) for rate in (0.01, 1e4, 1e8, 1e30, 1e37)]
    together = train(laid, [calm, *loud])
    alone = train(bench(tmp_path / "alone", cell, **small), [calm])
    assert together[calm.fingerprint] == alone[calm.fingerprint]
    assert alone[calm.fingerprint]["trial"]["status"] == "ok"


DRAWING = ("zoneout", "recurrent_dropout", "h_detach", "gradient_noise", "placebo", "omega_vjp")


@pytest.mark.parametrize("name", [*DRAWING, "gradient_flossing"])
def test_an_interrupted_stack_draws_the_same_noise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    trials = [trial(name, seed, 0.02) for seed in (1, 2, 3)]
    calm = train(bench(tmp_path / "calm"), trials)
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)

    def interrupt(laid: Stack) -> None:
        if laid.done == 8:
            raise KeyboardInterrupt

    torn = bench(tmp_path / "torn")
    if registry.load_remedy(name).suits(torn.network, torn.task):
        torn, calm = bench(tmp_path / "torn", "rnn"), train(bench(tmp_path / "rnn", "rnn"), trials)
    with pytest.raises(KeyboardInterrupt):
        train(replace(torn, watch=interrupt), trials)
    assert list((tmp_path / "torn").rglob("*.pt")), "nothing was kept"
    assert train(torn, trials) == calm
