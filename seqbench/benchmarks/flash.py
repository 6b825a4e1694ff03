"""FlashRNN (Poeppel et al. 2024), if it is installed: trials side by side as its heads.

It takes W x + b ready made, states of (batch, steps, gates, heads, units) and bfloat16; its fused
Triton kernel holds up to 64 units, its CUDA kernel more.
"""

from importlib import import_module

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.benchmarks.measure import Contender

NAME = "FlashRNN (bfloat16)"
GATES = 4
TRITON_UNITS = 64


def one_pass(params: Tensors, x: Tensor) -> Contender:
    """Forward and backward of a stack of LSTMs. x: (S, T, B, I)"""
    flashrnn = import_module("flashrnn.flashrnn").flashrnn
    trials, steps, _, _ = x.shape
    hidden = params["U"].shape[-1]
    backend = "triton_fused" if hidden <= TRITON_UNITS else "cuda_fused"
    half = x.to(torch.bfloat16)
    W = params["W"].unflatten(-2, (GATES, hidden))  # (S, G, H, I)
    R = params["U"].unflatten(-2, (GATES, hidden)).transpose(0, 1)  # (G, S, H, H)
    b = params["b"].reshape(trials, GATES, hidden).transpose(0, 1)  # (G, S, H)
    leaves = [w.detach().to(torch.bfloat16).contiguous().requires_grad_() for w in (W, R, b)]

    def run() -> object:
        W, R, b = leaves
        Wx = torch.einsum("stbi,sghi->btgsh", half, W).contiguous()
        states, _ = flashrnn(Wx, R, b, function="lstm", backend=backend, dtype="bfloat16")
        return torch.autograd.grad(states[0].float().mean(), leaves)

    return Contender(NAME, run, trials * steps)
