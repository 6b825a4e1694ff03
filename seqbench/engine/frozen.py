"""A spike that the optimizer does not forget: it leaves the weights where they are, and reads `ok`.

    step = rate * g / sqrt(s)      s: Adam's or RMSprop's running mean of g^2

One gradient of 1e9 makes the root of s about 1e7 (one of 1e20 makes s infinite), and for thousands
of updates gradients of ordinary size hardly move the weight. Loss and weights stay finite. Such a
trial has diverged, at the update of the spike.

A number of a weight is stuck where all updates from the spike to the end of the budget together
would move it by less than STEP learning rates, though every gradient were as long as the longest of
late, in its direction alone, and as long as sqrt(s) would be without the spike; s as it will be
when half of the updates that are left are done. A trial is frozen where SHARE of one of its weights
is stuck, or a slot is infinite.

Not stuck is what gets no gradient (s = 0), what is learned slowly (s is of its own gradients), or
whose gradients have faded bit by bit (s is of many, none of which stands out).
What moves more than that reads `ok`, and trials do learn whose steps an early gradient has made
100 times shorter: after a spike of less than about a million ordinary gradients, `grad_norm_max`
and `explosions` tell of it, no status does.
Plain descent, with momentum or not, forgets: a spike throws its weights far away. Where they do not
find back the status is `ok`, too; `spikes`, `explosions` and skill tell of it.
"""

import torch
from torch import Tensor

from seqbench.engine.optimizers import DECAY, SQUARES
from seqbench.engine.stack import Stack
from seqbench.training import Training

SPIKE = 1e3  # times shorter are gradients that are no part of it, at least
STEP = 0.1  # learning rates: a weight that moves by less does not move
LEAST = 1e-2  # a gradient that is shorter counts as one of this length
LATE = 10  # updates at least that must have gone by since the spike
SHARE = 0.1  # of a weight


def give_up_frozen(stack: Stack, settings: Training, since: int) -> None:
    """Mark the rows that a spike has frozen as broken at the update of their longest gradient.

    since: updates done at the last validation.
    """
    now = stack.tensors
    if SQUARES not in now.slots:
        return
    norms, decay = stack.history.since(0).transformed.double(), DECAY[settings.optimizer]
    longest, spike = norms.max(0)
    late = norms[max(0, min(since, stack.done - LATE)) :].amax(0)
    ages = torch.arange(len(norms) - 1, -1, -1).to(norms)
    others = norms.where(norms < longest / SPIKE, 0).square()
    without = ((1 - decay) * (decay**ages @ others)).sqrt()
    times = ((settings.updates - spike) / STEP).clamp(min=SPIKE)
    half = decay ** ((settings.updates - stack.done) / 2)
    bound = times * torch.maximum(late, without).clamp(min=LEAST) / half**0.5
    frozen = now.healthy & _stuck(stack, bound)
    if frozen.any():
        stack.tensors = now._replace(
            healthy=now.healthy & ~frozen,
            frozen=now.frozen | frozen,
            broke_at=torch.where(frozen, spike + 1, now.broke_at),
        )


def _stuck(stack: Stack, bound: Tensor) -> Tensor:
    """Whether enough of a weight has a root of s above its trial's bound. (S,) -> (S,)"""
    found = torch.zeros_like(stack.tensors.healthy)
    for squares in stack.tensors.slots[SQUARES].values():
        above = squares.sqrt() >= bound[:, None, None]
        found |= (above.double().mean((-2, -1)) >= SHARE) | squares.isinf().any(-1).any(-1)
    return found
