"""The edge of stability echo state network, another library's, and the memory that it has."""

import numpy as np
import pytest
import torch
from reservoirpy.nodes import ES2N

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.remedy import Remedy
from tests.helpers.passes import made
from tests.helpers.remedies import at, draw, initialized, unrolled

UNITS = 50


@pytest.mark.parametrize("proximity", [0.05, 0.5, 1.0])
def test_it_is_the_network_of_reservoirpy(proximity: float) -> None:
    cell, steps = registry.load_cell("rnn"), 200
    born = registry.load_remedy("reservoir").initialize(initialized(cell, hidden=UNITS), at(cell))
    params = {k: v.double() for k, v in born.items()}
    stream = torch.Generator().manual_seed(3)
    x = torch.randn(steps, 1, 3, generator=stream, dtype=torch.float64)
    theirs = ES2N(
        W=params["U"].numpy(), Win=params["W"].numpy(), bias=params["b"].numpy()[0],
        O=np.roll(np.eye(UNITS), 1, 0), proximity=proximity,
    ).run(x[:, 0].numpy())  # fmt: skip
    remedy = made("es2n", proximity=proximity)
    ours = np.array([state[0][0].numpy() for state in unrolled(cell, params, x, remedy)])
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("proximity", [0.05, 0.2])
def test_all_eigenvalues_of_a_step_lie_in_a_ring(proximity: float) -> None:
    """Around 1 - b, as wide as b times the cell's own Jacobian (the paper's theorem)."""
    cell = registry.load_cell("rnn")
    params, remedy, x = draw(cell), made("es2n", proximity=proximity), torch.zeros(1, 3).double()

    def step(h: torch.Tensor) -> torch.Tensor:
        old = (h[None],)
        return remedy.advance([old], cell.step(params, old, x), at(cell))[0][0]

    h = torch.linspace(-0.5, 0.5, 8).double()
    J = torch.autograd.functional.jacobian(step, h).numpy()
    own = torch.autograd.functional.jacobian(lambda s: cell.step(params, (s[None],), x)[0][0], h)
    width = proximity * np.linalg.norm(own.numpy(), 2)
    sizes = np.abs(np.linalg.eigvals(J))
    assert (np.abs(sizes - (1 - proximity)) <= width + 1e-12).all()


def memory(remedy: Remedy, params: Tensors) -> float:
    """Memory capacity: the sum over k of the share of u_{t-k} that a linear readout tells."""
    cell, longest = registry.load_cell("rnn"), 2 * UNITS
    u = 2 * torch.rand(3000, 1, 1, generator=torch.Generator().manual_seed(0)).double() - 1
    states = torch.stack([s[0][0] for s in unrolled(cell, params, u, remedy)]).numpy()
    h = np.c_[states, np.ones(len(states))][longest:]
    told = 0.0
    for k in range(1, longest):
        y = u.numpy()[longest - k : len(u) - k, 0, 0]
        w, *_ = np.linalg.lstsq(h[:1800], y[:1800], rcond=None)
        told += max(0.0, 1 - ((h[1800:] @ w - y[1800:]) ** 2).mean() / y.var())
    return told


def test_it_remembers_nearly_as_many_steps_as_it_has_units() -> None:
    cell, sizes = registry.load_cell("rnn"), {"I": 1, "H": UNITS, "O": 1}
    born = cell.initialize(sizes, torch.Generator().manual_seed(0))
    born = made("reservoir", bias_scale=0.0, radius=0.9).initialize(born, at(cell))
    params = {k: v.double() for k, v in born.items()}
    plain, leaky, ours = (
        memory(remedy, params)
        for remedy in (Remedy(), made("leaky", rate=0.5), made("es2n", proximity=0.05))
    )
    assert ours > 0.85 * UNITS
    assert ours > 1.3 * max(plain, leaky)
