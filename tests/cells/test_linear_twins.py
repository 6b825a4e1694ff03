"""Linear recurrences with a state as large as a matrix, against their authors' code."""

import pytest
import torch
from torch import Tensor, nn

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import Cell
from tests.helpers.cells import H
from tests.helpers.oracles import oracle
from tests.helpers.twins import STEPS, Twin, compare


def gla(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    naive = oracle("fla-core", "fla.ops.gla.naive").naive_recurrent_gla
    blocks = (x @ params["W"].mT + params["b"]).transpose(0, 1).unsqueeze(2)  # (B, T, heads, 4H)
    q, k, v, z = blocks.chunk(4, -1)
    log_a = torch.sigmoid(z).pow(1 / cell.tau).log()
    return naive(q, k, v, log_a)[0].squeeze(2).transpose(0, 1)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("tau", [1.0, 16.0])
def test_gated_linear_attention_is_that_of_flash_linear_attention(tau: float) -> None:
    compare(registry.load_cell("gated_linear_attention", {"tau": tau}), gla)


def delta(cell: Cell, params: Tensors, x: Tensor) -> tuple[Tensor, ...]:
    """q, k, v (B, heads, T, H) and beta (B, heads, T) from the paper's maps."""
    maps = (x @ params["W"].mT + params["b"]).transpose(0, 1).unsqueeze(1)
    q, k, v = maps.chunk(3, -1)
    q, k = (torch.nn.functional.silu(part) for part in (q, k))
    q, k = (part / (part.square().sum(-1, keepdim=True) + 1e-6).sqrt() for part in (q, k))
    beta = torch.sigmoid(x @ params["w"].mT + params["c"]).transpose(0, 1).squeeze(-1).unsqueeze(1)
    return q * H**0.5, k, v, beta * (1 if cell.eigenvalues == "0..1" else 2)  # theirs: q / sqrt(H)


def delta_net(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    naive = oracle("fla-core", "fla.ops.delta_rule.naive").delta_rule_recurrence
    return naive(*delta(cell, params, x))[0].squeeze(1).transpose(0, 1)


def gated_delta_net(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    naive = oracle("fla-core", "fla.ops.gated_delta_rule.naive").naive_recurrent_gated_delta_rule
    time_first = (part.transpose(1, 2) for part in delta(cell, params, x))  # (B, T, heads, ...)
    dt = torch.nn.functional.softplus(x @ params["w_a"].mT + params["c_a"]).transpose(0, 1)
    return naive(*time_first, -params["log_A"].exp() * dt)[0].squeeze(2).transpose(0, 1)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("eigenvalues", ["0..1", "-1..1"])
def test_delta_net_is_that_of_flash_linear_attention(eigenvalues: str) -> None:
    compare(registry.load_cell("delta_net", {"eigenvalues": eigenvalues}), delta_net)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("eigenvalues", ["0..1", "-1..1"])
def test_gated_delta_net_is_that_of_flash_linear_attention(eigenvalues: str) -> None:
    cell = registry.load_cell("gated_delta_net", {"eigenvalues": eigenvalues})
    compare(cell, gated_delta_net)


def mlstm(parallel: bool) -> Twin:
    def twin(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
        theirs = oracle("xlstm", "xlstm.blocks.mlstm.backends")
        maps = (x @ params["W"].mT + params["b"]).transpose(0, 1).unsqueeze(1)  # (B, heads, T, 4H)
        gates = (x @ params["w"].mT + params["c"]).transpose(0, 1).unsqueeze(1)
        *qkv, o = maps.chunk(4, -1)
        if parallel:
            h = theirs.parallel_stabilized_simple(*qkv, *gates.chunk(2, -1), eps=0.0)
        else:
            new, shapes = x.new_zeros, [(H, H), (H, 1), (1, 1)]
            state, path = tuple(new(x.shape[1], 1, *shape) for shape in shapes), []
            for t in range(STEPS):
                now = [part[:, :, t : t + 1].clone() for part in (*qkv, *gates.chunk(2, -1))]
                h, state = theirs.recurrent_step_stabilized_simple(*state, *now, eps=0.0)
                path.append(h)
            h = torch.cat(path, 2)
        return (o.sigmoid() * h).squeeze(1).transpose(0, 1)

    return twin


@pytest.mark.parametrize("parallel", [False, True])
def test_mlstm_is_that_of_its_authors(parallel: bool) -> None:
    compare(registry.load_cell("mlstm"), mlstm(parallel))


def rg_lru(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    layers = oracle("recurrentgemma", "recurrentgemma.torch.layers")
    twin = layers.RGLRU(width=H, num_heads=1).double()
    replace(twin, a_param=-params["L"][0])  # theirs says s(L) as exp(-softplus(-L))
    gates = zip((twin.a_gate, twin.input_gate), params["V"].chunk(2), strict=True)
    for (gate, V), c in zip(gates, params["c"][0].chunk(2), strict=True):
        replace(gate, w=V.mT[None], b=c[None])
    u = (x @ params["W"].mT + params["b"]).transpose(0, 1)
    within = torch.ones(u.shape[:2], dtype=torch.long)  # no step is the first of a document
    return twin(u, within)[0].transpose(0, 1)


def replace(module: nn.Module, **weights: Tensor) -> None:
    """Ours in place of its own, so that the gradients are ours as well."""
    for name, weight in weights.items():
        assert getattr(module, name).shape == weight.shape
        delattr(module, name)
        setattr(module, name, weight)


def test_rg_lru_is_that_of_recurrentgemma(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = oracle("recurrentgemma", "recurrentgemma.torch.layers")
    monkeypatch.setattr(layers.rnn_scan, "__defaults__", (torch.float64,))  # what it sums in
    compare(registry.load_cell("rg_lru"), rg_lru)


def selective_ssm(parallel: bool) -> Twin:
    def twin(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
        mamba = oracle("mambapy", "mambapy.mamba")
        config = mamba.MambaConfig(
            d_model=H, n_layers=1, expand_factor=1, dt_rank=H, d_state=5, pscan=parallel
        )
        block = mamba.MambaBlock(config).double()
        replace(block.x_proj, weight=torch.cat([params["V"], params["P"]]))
        replace(block.dt_proj, weight=torch.eye(H, dtype=x.dtype), bias=params["c"][0])
        replace(block, A_log=params["log_A"].reshape(H, 5), D=params["D"][0])
        u = (x @ params["W"].mT + params["b"]).transpose(0, 1)
        return block.ssm(u, None).transpose(0, 1)

    return twin


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("parallel", [False, True])
def test_selective_ssm_is_that_of_mambapy(parallel: bool) -> None:
    compare(registry.load_cell("selective_ssm", {"numbers": 5}), selective_ssm(parallel))
