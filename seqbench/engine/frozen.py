"""A spike that the optimizer does not forget: it leaves the weights where they are, and reads `ok`.

    step = rate * g / sqrt(s)      s: Adam's or RMSprop's running mean of g^2

One gradient of 1e18 makes the root of s about 1e16 (one of 1e20 makes s infinite), and for
thousands of updates no gradient of ordinary size moves the weight again. Loss and weights stay
finite. Such a trial has diverged, at the update of the spike.

A number of a weight is stuck where even a gradient as long as the longest of late, pointing in its
direction alone, could not change its last bit, because sqrt(s) is SPIKE times as large. A trial is
frozen where more than half of one of its weights is stuck, or a slot is infinite.
Not stuck is what gets no gradient (a frozen block: s = 0), what has vanished (s is small, too, or
no gradient is longer than LEAST), or what is learned slowly (sqrt(s) is about as large as g).
Descent without a mean of squares forgets: a spike moves its weights, and that shows.
"""

import torch
from torch import Tensor

from seqbench.engine.optimizers import SQUARES
from seqbench.engine.stack import Stack

SPIKE = 1e4  # times the longest gradient of late
LEAST = 1e-4  # a gradient that is shorter has vanished
LATE = 10  # updates at least that must have gone by since the spike


def give_up_frozen(stack: Stack, since: int) -> None:
    """Mark the rows that a spike has frozen as broken at the update of their longest gradient.

    since: updates done at the last validation.
    """
    now = stack.tensors
    if SQUARES not in now.slots:
        return
    recent = stack.history.since(max(0, min(since, stack.done - LATE)))
    frozen = now.healthy & _frozen(stack, recent.transformed.amax(0).clamp(min=LEAST))
    if frozen.any():
        longest = stack.history.since(0).transformed.argmax(0)
        stack.tensors = now._replace(
            healthy=now.healthy & ~frozen,
            frozen=now.frozen | frozen,
            broke_at=torch.where(frozen, longest + 1, now.broke_at),
        )


def _frozen(stack: Stack, norm: Tensor) -> Tensor:
    """(S,), of the present weights and slots. norm: (S,), of the longest gradient of late"""
    now, found = stack.tensors, torch.zeros_like(stack.tensors.healthy)
    rates, norm = now.rates[:, None, None], norm[:, None, None]
    for name, squares in now.slots[SQUARES].items():
        weight, root = now.params[name], squares.sqrt()
        reach = torch.maximum(norm, now.slots["mean"][name].abs()) if "mean" in now.slots else norm
        stuck = (root >= SPIKE * reach) & (weight - rates * reach / root == weight)
        found |= stuck.float().mean((-2, -1)) > 0.5
        found |= ~root.isfinite().all(-1).all(-1)
    return found
