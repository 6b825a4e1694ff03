"""A leak makes a reservoir, and hands back what it does not renew."""

import numpy as np
import pytest
import torch
from reservoirpy.nodes import Reservoir

from seqbench import registry
from tests.helpers.passes import last, made
from tests.helpers.remedies import T, at, draw, initialized, inputs, unrolled


@pytest.mark.parametrize("rate", [0.1, 0.3, 1.0])
def test_leaky_is_the_reservoir_of_reservoirpy(rate: float) -> None:
    cell, steps = registry.load_cell("rnn"), 200
    born = initialized(cell, hidden=50)
    remedy = registry.load_remedy(
        "leaky+spectral_radius+ridge_readout",
        {"leaky": {"rate": rate}, "spectral_radius": {"radius": 0.9}},
    )
    params = {k: v.double() for k, v in remedy.initialize(born, at(cell)).items()}
    params["b"] = torch.linspace(-1, 1, 50, dtype=torch.float64)[None]
    stream = torch.Generator().manual_seed(3)
    x = torch.randn(steps, 1, 3, generator=stream, dtype=torch.float64)
    theirs = Reservoir(
        W=params["U"].numpy(), Win=params["W"].numpy(), bias=params["b"].numpy()[0], lr=rate
    ).run(x[:, 0].numpy())
    ours = np.array([state[0][0].numpy() for state in unrolled(cell, params, x, remedy)])
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
    assert np.abs(np.linalg.eigvals(params["U"].numpy())).max() == pytest.approx(0.9, abs=1e-4)


def test_leaky_hands_back_what_it_does_not_renew() -> None:
    cell, x = registry.load_cell("jordan"), inputs()
    params = {k: torch.zeros_like(v) if k == "V" else v for k, v in draw(cell).items()}
    states = last(cell, params, x, made("leaky", rate=0.25))
    (grad,) = torch.autograd.grad(states[-1][1].sum(), states[0][1])
    torch.testing.assert_close(grad, torch.full_like(grad, 0.75 ** (T - 1)))
