"""Remedies composed: their parts act in the order of training, or refuse each other."""

import pytest
import torch

from seqbench import registry
from seqbench.axes import joint_norm
from seqbench.remedy import Remedy
from seqbench.remedy.composition import compose
from tests.helpers.remedies import (
    SIZES,
    Recall,
    T,
    at,
    draw,
    gradients,
    initialized,
    inputs,
    objective,
    same,
    unrolled,
)
from tests.helpers.weights import is_orthogonal


def test_a_composition_does_what_its_parts_do() -> None:
    name = "clip_norm+orthogonal+weight_penalty+truncate"
    remedy = registry.load_remedy(name, {"clip_norm": {"limit": 0.1}, "truncate": {"horizon": 2}})
    assert remedy.acts_at == ("initialize", "carry", "penalize", "transform")
    cell = registry.load_cell("rnn")
    U = remedy.initialize(initialized(cell), at(cell))["U"]
    torch.testing.assert_close(U @ U.mT, torch.eye(SIZES["H"]), atol=1e-5, rtol=0)
    clipped = remedy.transform(draw(cell), {}, at(cell))
    assert joint_norm(clipped.values()).item() == pytest.approx(0.1)
    x = inputs().requires_grad_()
    (grad,) = torch.autograd.grad(unrolled(cell, draw(cell), x, remedy)[-1][0].sum(), x)
    assert grad.flatten(1).any(1).tolist() == [t >= T - 2 for t in range(T)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("clip_norm+ridge_readout", "solved, not trained"),
        ("averaged_weights+ridge_readout", "solved, not trained"),
        ("ridge_readout+weight_penalty", "solved, not trained"),
        ("exp_map+cayley", "exclude each other"),
        ("exp_map+stiefel", "not the matrix"),
        ("stiefel+ridge_readout", None),
        ("exp_map+ridge_readout", None),
        ("exp_map+clip_norm", None),
    ],
)
def test_a_composition_refuses_parts_that_cancel_each_other(name: str, words: str | None) -> None:
    objection = registry.load_remedy(name).suits(registry.load_cell("rnn"), Recall())
    assert objection is None if words is None else words in (objection or "")


def test_penalties_add() -> None:
    cell, x = registry.load_cell("rnn"), inputs(2)
    params = {k: v.requires_grad_() for k, v in draw(cell, 2).items()}
    one, other, both = (
        objective(registry.load_remedy(name), cell, x)(params)
        for name in ("gradient_penalty", "weight_penalty", "gradient_penalty+weight_penalty")
    )
    torch.testing.assert_close(both, one + other)


def test_transforms_happen_in_order() -> None:
    cell, grads = registry.load_cell("rnn"), draw(registry.load_cell("rnn"))
    first, then = registry.load_remedy("clip_norm"), registry.load_remedy("clip_value")
    both = registry.load_remedy("clip_norm+clip_value").transform(grads, {}, at(cell))
    assert same(both, then.transform(first.transform(grads, {}, at(cell)), {}, at(cell)))
    other = registry.load_remedy("clip_value+clip_norm").transform(grads, {}, at(cell))
    assert not same(both, other)


ACTS: list[tuple[str, tuple[str, ...]]] = [
    ("clip_norm+chrono", ("initialize", "transform")),
    ("clip_norm+exp_map", ("initialize", "reparametrize", "transform")),
    ("spectral_norm+gradient_noise", ("reparametrize", "transform")),
    ("stiefel+adaptive_clip", ("initialize", "transform", "project")),
]


@pytest.mark.parametrize(("name", "verbs"), ACTS)
def test_parts_compose(name: str, verbs: tuple[str, ...]) -> None:
    assert registry.load_remedy(name).acts_at == verbs


def test_orthogonal_then_critical_is_a_multiple_of_an_orthogonal_matrix() -> None:
    cell = registry.load_cell("rnn")
    remedy = registry.load_remedy("orthogonal+critical_init")
    U = remedy.initialize(initialized(cell, hidden=32), at(cell))["U"]
    is_orthogonal(U / torch.linalg.matrix_norm(U, 2), 1e-5)
    assert torch.linalg.matrix_norm(U, 2) > 1.1  # tanh shrinks, so U has to stretch


def test_normalized_then_noisy_is_not_noisy_then_normalized() -> None:
    cell, grads = registry.load_cell("lstm"), gradients(5.0)
    parts = [registry.load_remedy(n) for n in ("gradient_noise", "normalize_gradient")]

    def made(*members: Remedy) -> float:
        return joint_norm(compose(*members).transform(grads, {}, at(cell)).values()).item()

    assert made(*parts) == pytest.approx(1)
    assert made(*reversed(parts)) != pytest.approx(1, abs=1e-3)
