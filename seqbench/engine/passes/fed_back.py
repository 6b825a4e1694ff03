"""Updates that read what the network has said: a share of each input, `ahead` steps later.

x_t <- (1 - r_t) x_t + r_t (x_t with y_{t - ahead} put in)        where y was asked; else x_t
"""

import torch
from torch import Tensor

from seqbench.engine.passes.forward import Forward
from seqbench.engine.passes.unroll import Feed
from seqbench.task import Batch, Task
from seqbench.task.returning import returned, returns


def fed_back(forward: Forward, task: Task, batch: Batch) -> Feed | None:
    """The input of every step, as the one remedy of all rows mixes it; None: as it is.

    Raises:
        Faulty: the remedy raises, or gives shares of another form.
    """
    shares, ahead = forward.remedy.feedback(batch.x, forward.at), returns(task)
    if shares is None or not ahead:
        return None
    x, r = batch.x.unbind(-3), _asked(shares, batch, ahead).unbind(-3)
    valid = [None] * len(x) if batch.valid is None else batch.valid.unbind(-2)
    said: list[Tensor] = []

    def feed(t: int, output: Tensor) -> Tensor:
        said.append(output[..., : len(batch), :])
        own = x[t]
        if t >= ahead:
            mixed = own + r[t] * (returned(task, own, said[t - ahead]) - own)
            own = torch.where(r[t] == 0, own, mixed)  # what has exploded there does not matter
        return forward.step_inputs(t, own, valid[t])

    return feed


def _asked(shares: Tensor, batch: Batch, ahead: int) -> Tensor:
    """0 where the loss did not ask for what is fed back: (..., T, B, 1)"""
    if batch.mask is None:
        return shares
    early = batch.mask[..., :-ahead, :, None] > 0  # (..., T - ahead, B, 1)
    first, later = shares[..., :ahead, :, :], shares[..., ahead:, :, :]
    return torch.cat([torch.zeros_like(first), later * early], -3)
