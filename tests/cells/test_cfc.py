"""CfC: the authors' cell without a time of its own, and its equation by hand."""

import numpy as np
import pytest
import torch

from seqbench import registry
from seqbench.cell import READOUT
from tests.helpers.cells import INPUTS, B, H, draw, hidden, inputs, s
from tests.helpers.oracles import oracle
from tests.helpers.sequences import far

STEPS = 11


def test_equals_the_authors_cell_in_value_and_gradient() -> None:
    """Their time is 1, and what it is multiplied with is our f; their second map adds nothing."""
    twin = oracle("ncps", "ncps.torch.cfc_cell").CfCCell(INPUTS, H, backbone_units=H).double()
    cell, x = registry.load_cell("cfc"), inputs(steps=STEPS)
    params = {k: v.requires_grad_() for k, v in draw(cell).items()}
    (V_f, V_g, V_k), (c_f, c_g, c_k) = params["V"].chunk(3), params["c"][0].chunk(3)
    theirs = {"backbone.0.weight": torch.cat([params["W"], params["U"]], 1)}
    theirs |= {"backbone.0.bias": params["b"][0]}
    heads = {"time_a": (V_f, c_f), "ff1": (V_g, c_g), "ff2": (V_k, c_k)}
    heads["time_b"] = torch.zeros_like(V_f), torch.zeros_like(c_f)
    for name, (weight, bias) in heads.items():
        theirs |= {f"{name}.weight": weight, f"{name}.bias": bias}
    assert set(theirs) == {name for name, _ in twin.named_parameters()}
    h, said = torch.zeros(B, H, dtype=torch.float64), []
    for x_t in x:
        h, _ = torch.func.functional_call(twin, theirs, (x_t, h, 1.0))
        said.append(h)
    ours, their = hidden(cell, params, x), torch.stack(said)
    assert far(ours, their) <= 1e-13
    own = [v for k, v in params.items() if k not in READOUT]
    slopes = [torch.autograd.grad(h.square().sum(), own) for h in (ours, their)]
    for our, other in zip(*slopes, strict=True):
        assert far(our, other) <= 1e-13


def test_equals_its_equation_in_numpy() -> None:
    """Hasani et al.'s equation at t = 1: s(-f) g + (1 - s(-f)) h, their f, g, h being our heads."""
    cell, x = registry.load_cell("cfc"), inputs(steps=STEPS)
    params = draw(cell)
    w, said = {k: v.numpy() for k, v in params.items()}, hidden(cell, params, x)
    for sequence in range(B):
        h = np.zeros(H)
        for n, x_t in enumerate(x[:, sequence].numpy()):
            z = 1.7159 * np.tanh(0.666 * (w["W"] @ x_t + w["U"] @ h + w["b"][0]))
            f, g, k = np.split(w["V"] @ z + w["c"][0], 3)
            h = s(-f) * np.tanh(g) + (1 - s(-f)) * np.tanh(k)
            assert far(said[n, sequence], torch.from_numpy(h)) <= 1e-13


@pytest.mark.parametrize(("n", "m"), [(7, 3), (4, 1)])
def test_parameter_counts(n: int, m: int) -> None:
    shapes = registry.load_cell("cfc").shapes({"I": m, "H": n, "O": 2})
    own = sum(a * b for k, (a, b) in shapes.items() if k not in READOUT)
    assert own == n * (m + n + 1) + 3 * n * (n + 1)
