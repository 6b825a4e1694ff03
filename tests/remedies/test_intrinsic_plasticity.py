"""Intrinsic plasticity: its rule against another library's, and what it makes of the states."""

import numpy as np
import pytest
import torch
from reservoirpy.nodes import IPReservoir
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.remedies import intrinsic_plasticity
from seqbench.remedy import Remedy
from tests.helpers.passes import made
from tests.helpers.remedies import SIZES, Recall, at, changed, initialized, unrolled

MEAN, DEVIATION = 0.1, 0.3


def test_the_rule_is_that_of_reservoirpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Along one sequence, step by step, with the gain and bias of the step before."""
    monkeypatch.setattr(intrinsic_plasticity, "SEQUENCES", 1)
    monkeypatch.setattr(intrinsic_plasticity, "STEPS", 50)
    cell = registry.load_cell("rnn")
    born = {k: v.double() for k, v in initialized(cell).items()}
    born["b"] = torch.linspace(-1, 1, SIZES["H"]).double()[None]
    ours = made("intrinsic_plasticity", mean=MEAN, deviation=DEVIATION).initialize(born, at(cell))
    W, U, b_0 = (born[name].numpy() for name in ("W", "U", "b"))
    a, b, h = np.ones((1, 8)), np.zeros((1, 8)), np.zeros((1, 8))
    for x in at(cell).noise.normal(50, 1, SIZES["I"]).double().numpy():
        z = x @ W.T + h @ U.T + b_0
        h = np.tanh(a * z + b)
        of_a, of_b = IPReservoir.gaussian_gradients(z, h, a, MEAN, DEVIATION)
        a, b = a + intrinsic_plasticity.RATE * of_a, b + intrinsic_plasticity.RATE * of_b
    assert changed(born, ours) == {"W", "U", "b"}
    for name, wanted in (("W", a.T * W), ("U", a.T * U), ("b", a * b_0 + b)):
        np.testing.assert_allclose(ours[name].numpy(), wanted, rtol=1e-10)


def spread(params: Tensors) -> tuple[Tensor, Tensor]:
    """Mean and deviation of every unit's state, on inputs of its own."""
    cell, stream = registry.load_cell("rnn"), torch.Generator().manual_seed(9)
    x = torch.randn(200, 64, SIZES["I"], generator=stream)
    h = torch.stack([state[0] for state in unrolled(cell, params, x, Remedy())[50:]]).flatten(0, 1)
    return h.mean(0), h.std(0)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_every_unit_comes_near_to_the_gaussian(scale: float) -> None:
    """Some were too quiet, some at the ends of tanh by their biases: all end at the same."""
    cell = registry.load_cell("rnn")
    born = {k: scale * v for k, v in initialized(cell, hidden=20).items()}
    born["b"] = scale * torch.linspace(-1, 1, 20)[None]
    tuned = made("intrinsic_plasticity", deviation=DEVIATION).initialize(born, at(cell))
    (mean, deviation), (was, had) = spread(tuned), spread(born)
    assert mean.abs().max() < 0.1 < was.abs().max() / 5
    assert (deviation / DEVIATION - 1).abs().max() < 0.15 < (had / DEVIATION - 1).abs().max()


def test_it_composes_to_a_reservoir_and_refuses_other_equations() -> None:
    task = Recall()
    name = "reservoir+intrinsic_plasticity+ridge_readout"
    assert registry.load_remedy(name).suits(registry.load_cell("rnn"), task) is None
    for cell in (registry.load_cell("rnn", {"activation": "relu"}), registry.load_cell("lstm")):
        assert "tanh(x W" in (made("intrinsic_plasticity").suits(cell, task) or "")
    for other in ("leaky_rnn", "indrnn", "memoryless", "jordan", "antisymmetric"):
        assert made("intrinsic_plasticity").suits(registry.load_cell(other), task), other
