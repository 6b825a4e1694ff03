"""What others offer, one trial at a time: modules from x (T, B, I) to the states h (T, B, H)."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqbench.benchmarks.measure import Contender, slopes

RATE = 1e-3  # any would do: the weights' values do not change the time
Build = Callable[[Tensor, int], nn.Module]  # (inputs, hidden units)


@dataclass(frozen=True)
class Peer:
    """A way to train the same cell, or the nearest to it that can be had."""

    name: str
    build: Build
    cuda: bool = False  # runs on an NVIDIA GPU only
    differs: str = ""  # where it computes another equation than its name, or than the race's


class States(nn.Module):
    """A layer of torch.nn's manners, without the last state."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, I) -> (T, B, H)"""
        return self.layer(x)[0]


class Looped(nn.Module):
    """torch.nn.LSTMCell in a Python loop: what one writes to change something between steps."""

    def __init__(self, x: Tensor, hidden: int):
        super().__init__()
        self.cell = nn.LSTMCell(x.shape[-1], hidden)

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, I) -> (T, B, H)"""
        state, states = None, []
        for x_t in x.unbind(0):
            state = self.cell(x_t, state)
            states.append(state[0])
        return torch.stack(states)


def of_torch(name: str) -> Peer:
    """A layer of torch.nn; on a GPU, cuDNN's."""
    return Peer(f"torch.nn.{name}", lambda x, n: States(getattr(nn, name)(x.shape[-1], n)))


def of_torchrecurrent(name: str, differs: str = "") -> Peer:
    """A layer of torchrecurrent; where that is not installed, building it says so."""

    def build(x: Tensor, hidden: int) -> nn.Module:
        return States(getattr(import_module("torchrecurrent"), name)(x.shape[-1], hidden))

    return Peer(f"torchrecurrent.{name}", build, differs=differs)


def graphed(x: Tensor, hidden: int) -> nn.Module:
    """torch.nn.LSTM, its launches recorded once as CUDA graphs."""
    layer = States(nn.LSTM(x.shape[-1], hidden)).to(x.device)
    return torch.cuda.make_graphed_callables(layer, (x,))  # type: ignore[return-value]


LSTM = (of_torch("LSTM"), Peer("torch.nn.LSTMCell in a loop", Looped))
PEERS: dict[str, tuple[Peer, ...]] = {
    "rnn": (of_torch("RNN"),),
    "gru_reset_after": (of_torch("GRU"),),
    "lstm": (*LSTM, Peer("torch.nn.LSTM, CUDA graphs", graphed, cuda=True)),
    "lstm_peephole": (of_torchrecurrent("PeepholeLSTM"),),
    "invented": (of_torchrecurrent("PeepholeLSTM", "another cell of about as much arithmetic"),),
    "lem": (of_torchrecurrent("LEM", "its h reads the old z, the paper's and ours the new one"),),
    "mgu": (of_torchrecurrent("MGU"),),
    "janet": (of_torchrecurrent("JANET"),),
    "cornn": (of_torchrecurrent("coRNN"),),
    "t_rnn": (of_torchrecurrent("TRNN", "its z has a bias, the paper's and ours has none"),),
}


def one_pass(name: str, module: nn.Module, x: Tensor) -> Contender:
    """Forward, and backward to every weight from all states."""
    weights = list(module.parameters())

    def run() -> object:
        states = module(x)
        wanted = slopes(states.shape, states.device)
        return torch.autograd.grad(states, weights, wanted, allow_unused=True)

    return Contender(name, run, len(x))


def one_update(name: str, module: nn.Module, x: Tensor, y: Tensor) -> Contender:
    """One update by Adam (its fastest form) of the layer and a linear readout of its last state."""
    hidden = module(x).shape[-1]
    whole = nn.ModuleList([module, nn.Linear(hidden, y.shape[-1])]).to(x.device)
    optimizer = torch.optim.Adam(whole.parameters(), RATE, fused=True)

    def run() -> object:
        optimizer.zero_grad()
        loss = functional.mse_loss(whole[1](module(x)[-1]), y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return Contender(name, run, len(x))
