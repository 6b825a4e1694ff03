"""Cells of a matrix of keys and values, against other people's code and by hand."""

from types import ModuleType

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.cells._delta_rule import unit
from tests.helpers.cells import B, H, draw, hidden, inputs
from tests.helpers.oracles import oracle
from tests.helpers.twins import compare


def heads_first(z: Tensor) -> Tensor:
    """(T, B, *) -> (B, 1 head, T, *)"""
    return z.transpose(0, 1).unsqueeze(1)


def delta_product(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    name = "fla.ops.gated_delta_product.naive"
    naive = oracle("fla-core", name).naive_recurrent_gated_delta_product
    silu, many = torch.nn.functional.silu, cell.householders
    q = unit(silu(x @ params["Q"].mT + params["c_q"]))
    kv = (x @ params["W"].mT + params["b"]).unflatten(-1, (many, 2, H))
    beta = torch.sigmoid(x @ params["w"].mT + params["c"])
    beta = beta * (1 if cell.eigenvalues == "0..1" else 2)
    in_turn = [z.transpose(0, 1).flatten(1, 2).unsqueeze(2) for z in (kv[..., 0, :], kv[..., 1, :])]
    k, v = unit(silu(in_turn[0])), in_turn[1]  # (B, T * householders, 1 head, H)
    betas = beta.transpose(0, 1).flatten(1, 2).unsqueeze(2)
    h = naive(q.transpose(0, 1).unsqueeze(2), k, v, None, betas, 1.0, num_householder=many)[0]
    return h.squeeze(2).transpose(0, 1)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("householders", [1, 2, 3])
@pytest.mark.parametrize("eigenvalues", ["0..1", "-1..1"])
def test_delta_product_is_that_of_flash_linear_attention(
    eigenvalues: str, householders: int
) -> None:
    knobs = {"eigenvalues": eigenvalues, "householders": householders}
    compare(registry.load_cell("delta_product", knobs), delta_product)


def hgrn2(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    naive = oracle("fla-core", "fla.ops.gla.naive").naive_recurrent_gla
    q, f, v = (x @ params["W"].mT + params["b"]).transpose(0, 1).unsqueeze(2).chunk(3, -1)
    a = torch.sigmoid(f)
    return naive(torch.nn.functional.silu(q), 1 - a, v, a.log())[0].squeeze(2).transpose(0, 1)


@pytest.mark.usefixtures("double")
def test_hgrn2_is_gated_linear_attention_with_its_keys() -> None:
    compare(registry.load_cell("hgrn2"), hgrn2)


def retnet(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    naive = oracle("fla-core", "fla.ops.retention.naive").naive_retention
    q, p, k, j, v = heads_first(x @ params["W"].mT + params["b"]).chunk(5, -1)
    w = 10_000 ** -torch.linspace(0, 1, H, dtype=x.dtype)
    angle = torch.arange(len(x))[:, None] * w

    def turned(re: Tensor, im: Tensor) -> Tensor:
        return torch.cat(
            [re * angle.cos() - im * angle.sin(), re * angle.sin() + im * angle.cos()], -1
        )

    return naive(turned(q, p), turned(k, j), v).squeeze(1).transpose(0, 1)


@pytest.mark.usefixtures("double")
def test_retnet_is_the_retention_of_flash_linear_attention() -> None:
    compare(registry.load_cell("retnet"), retnet)


def authors_rwkv(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The authors' module, not compiled, with our floor under a key's length and without a norm."""
    for name, value in (("RWKV_V7_ON", "1"), ("RWKV_JIT_ON", "0"), ("RWKV_CUDA_ON", "0")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)  # it is set; this sets it back
    monkeypatch.setattr(torch.jit, "script", lambda function: function)
    monkeypatch.setattr(torch.jit, "script_method", lambda function: function)
    monkeypatch.setattr(torch.jit, "ScriptModule", torch.nn.Module)
    monkeypatch.setattr(torch.nn.functional, "normalize", lambda z, **_: unit(z))
    monkeypatch.setattr(torch.nn.functional, "group_norm", lambda z, **_: z)
    return oracle("rwkv", "rwkv.model")


@pytest.mark.usefixtures("double")
def test_rwkv7_is_that_of_its_authors(monkeypatch: pytest.MonkeyPatch) -> None:
    step = authors_rwkv(monkeypatch).RWKV_x070_TMix_one

    def rwkv7(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
        R, K, V, A, D = (W.mT for W in params["W"].chunk(5))
        b_r, b_k, b_v, b_a, b_d = (b[0] for b in params["b"].chunk(5, -1))
        none, one = x.new_zeros(()), x.new_ones(1)
        by_sequence = []
        for sequence in x.unbind(1):
            S, path = x.new_zeros(1, H, H), []
            for x_t in sequence:
                given = torch.cat([x_t, one])  # biases are weights of a 1
                r, k, v = (torch.cat([W, b[None]]) for W, b in ((R, b_r), (K, b_k), (V, b_v)))
                h, _, S, _ = step(
                    0, 1, H, given, given, none, S,
                    x_r=none, x_w=none, x_k=none, x_v=none, x_a=none, x_g=none,
                    w0=x_t @ D + b_d, w1=x.new_zeros(4, 1), w2=x.new_zeros(1, H),
                    a0=x_t @ A + b_a, a1=x.new_zeros(4, 1), a2=x.new_zeros(1, H),
                    v0=none, v1=none, v2=none, g1=x.new_zeros(4, 1), g2=x.new_full((1, H), 2.0),
                    k_k=params["xi"][0], k_a=params["alpha"][0], r_k=none,
                    R_=r, K_=k, V_=v, O_=torch.eye(H, dtype=x.dtype), ln_w=none, ln_b=none,
                )  # fmt: skip
                path.append(h)
            by_sequence.append(torch.stack(path))
        return torch.stack(by_sequence, 1)

    compare(registry.load_cell("rwkv7"), rwkv7)


def m2rnn_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    S, path = np.zeros((H, H)), []
    for x_t in x:
        q, k, v = np.split(p["W"] @ x_t + p["b"], 3)
        f = np.exp(-np.exp(p["log_A"]) * np.log1p(np.exp(p["w"] @ x_t + p["c"])))
        S = f * S + (1 - f) * np.tanh(S @ p["U"].T + np.outer(k, v))
        path.append(q @ S + p["D"] * v)
    return np.array(path)


def test_m2rnn_equals_its_equation_in_numpy() -> None:
    cell, x = registry.load_cell("m2rnn"), inputs()
    params = draw(cell)
    flat = {k: (w[0] if w.shape[0] == 1 else w).numpy() for k, w in params.items()}
    flat["w"] = params["w"].numpy()
    ours = hidden(cell, params, x).numpy()
    for sequence in range(B):
        theirs = m2rnn_by_hand(flat, x[:, sequence].numpy())
        np.testing.assert_allclose(ours[:, sequence], theirs, rtol=1e-10, atol=1e-12)
