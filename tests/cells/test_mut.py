"""MUT1, MUT2 and MUT3: what their gates see."""

import numpy as np
import torch

from seqbench import registry
from tests.helpers.cells import H, T, draw, hidden, inputs, s
from tests.helpers.gated import blocks


def test_mut2_equals_the_paper_where_its_reset_gate_adds_the_input_itself() -> None:
    cell, params = registry.load_cell("mut2"), draw(registry.load_cell("mut2"))
    params["P"] = torch.eye(H, dtype=torch.float64)  # as many inputs as units: no projection
    x = torch.randn(T, 1, H, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    W_z, W_n = (w.numpy() for w in params["W"].chunk(2))
    U_r, U_z, U_n = (u.numpy() for u in params["U"].chunk(3))
    b_r, b_z, b_n = (b.numpy() for b in blocks(params["b"][0]))
    h, path = np.zeros(H), []
    for x_t in x[:, 0].numpy():
        z = s(W_z @ x_t + U_z @ h + b_z)
        r = s(x_t + U_r @ h + b_r)
        h = np.tanh(U_n @ (r * h) + W_n @ x_t + b_n) * z + h * (1 - z)
        path.append(h)
    np.testing.assert_allclose(hidden(cell, params, x)[:, 0].numpy(), path, rtol=1e-10, atol=1e-12)


def test_mut2_with_a_free_matrix_for_the_reset_gate_would_be_a_gru() -> None:
    cell, gru, x = registry.load_cell("mut2"), registry.load_cell("gru"), inputs()
    params = draw(cell)
    P, (W_z, W_n) = params["P"], params["W"].chunk(2)
    U_r, U_z, U_n = params["U"].chunk(3)
    b_r, b_z, b_n = params["b"].chunk(3, -1)
    same = {
        "W": torch.cat([P, -W_z @ P, W_n @ P]),
        "U": torch.cat([U_r, -U_z, U_n]),
        "b": torch.cat([b_r, -b_z, b_n], -1),
    }
    torch.testing.assert_close(hidden(cell, params, x), hidden(gru, params | same, x))


def test_the_update_gate_of_mut1_does_not_see_the_state() -> None:
    cell, x = registry.load_cell("mut1"), inputs()[0]
    params = draw(cell)
    params["U"][H:] = 0  # h now reaches the new state through z and 1 - z only
    step = torch.func.jacrev(lambda h: cell.step(params, (h,), x[:1])[0])
    slope = step(torch.full((1, H), 0.3, dtype=torch.float64))[0, :, 0]
    z = torch.sigmoid(x[:1] @ params["W"][:H].mT + params["b"][:, :H])
    torch.testing.assert_close(slope, torch.diag(1 - z[0]))
