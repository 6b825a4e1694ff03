"""LSTMs side by side by torch.func.vmap: the gradient of one network, mapped over many.

torch has no batching rule for its own layer and takes one network after the other, with a warning.
"""

import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap

from seqbench.axes import Tensors
from seqbench.benchmarks.measure import Contender

LOOP = "torch.func.vmap, a step in a loop"
LAYER = "torch.func.vmap, torch.nn.LSTM"

Loss = Callable[[Tensors, Tensor], Tensor]  # weights of one network, x (T, B, I) -> mean state


def loop(params: Tensors, x: Tensor) -> Contender:
    """An LSTM written by hand, one product of inputs and state, the fastest. x: (S, T, B, I)"""

    def loss(params: Tensors, x: Tensor) -> Tensor:
        weights = torch.cat([params["W"], params["U"]], 1).T
        h = c = x.new_zeros(x.shape[1], params["U"].shape[-1])
        states = []
        for x_t in x.unbind(0):
            blocks = torch.cat([x_t, h], -1) @ weights + params["b"]
            i, f, g, o = blocks.chunk(4, -1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            states.append(h)
        return torch.stack(states).mean()

    return _contender(LOOP, loss, params, x)


def layer(params: Tensors, x: Tensor) -> Contender:
    """torch.nn.LSTM with the weights of each network; its second bias stays 0. x: (S, T, B, I)"""
    lstm = nn.LSTM(x.shape[-1], params["U"].shape[-1], device=x.device)
    second = x.new_zeros(params["U"].shape[-2])

    def loss(params: Tensors, x: Tensor) -> Tensor:
        weights = {
            "weight_ih_l0": params["W"],
            "weight_hh_l0": params["U"],
            "bias_ih_l0": params["b"][0],
            "bias_hh_l0": second,
        }
        return functional_call(lstm, weights, (x,))[0].mean()

    return _contender(LAYER, loss, params, x)


def _contender(name: str, loss: Loss, params: Tensors, x: Tensor) -> Contender:
    mapped = vmap(grad_and_value(loss))
    weights = {name: params[name].detach() for name in "WUb"}

    def run() -> list[Tensor]:
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            grads, losses = mapped(weights, x)
        return [losses, *grads.values()]

    return Contender(name, run, x.shape[:2].numel())
