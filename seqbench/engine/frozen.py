"""A spike that the optimizer does not forget: it leaves the weights where they are, and reads `ok`.

    step = rate * g / sqrt(s)      s: Adam's or RMSprop's running mean of g^2

One gradient of 1e9 makes the root of s about 1e7 (one of 1e20 makes s infinite), and for thousands
of updates gradients of ordinary size hardly move the weight. Loss and weights stay finite. Such a
trial has diverged, at the update of the spike.

A number of a weight is stuck where all updates from the spike to the end of the budget together
would move it by less than STEP learning rates, though every gradient were as long as the longest of
the LATE updates after the spike, in its direction alone, and as long as sqrt(s) would be without
the spike; s as it will be halfway from these updates to the end. A trial is frozen where SHARE of
one of its weights is stuck, or a slot is infinite.

It is looked at when the trial is validated, but judged by the spike and the LATE updates after it,
so that the status is the same however often that is. What cannot be told, and reads `ok`: a spike
with fewer updates after it before training ends, and one of which s, by the next validation, keeps
less than of what came later: gradients nearly as long, or thousands of them.

Not stuck is what gets no gradient (s = 0), what is learned slowly (s is of its own gradients), or
whose gradients have faded bit by bit (s is of many, none of which stands out).
What moves more than that reads `ok`, and trials do learn whose steps an early gradient has made
100 times shorter: after a spike of less than about a million ordinary gradients, `grad_norm_max`
and `explosions` tell of it, no status does.
Plain descent, with momentum or not, forgets: a spike throws its weights far away. Where they do not
find back the status is `ok`, too; `events`, `explosions` and skill tell of it.
"""

import torch
from torch import Tensor

from seqbench.engine.optimizers import DECAY, SQUARES
from seqbench.engine.stack import Stack
from seqbench.training import Training

SPIKE = 1e3  # times shorter are gradients that are no part of it, at least
STEP = 0.1  # learning rates: a weight that moves by less does not move
LEAST = 1e-2  # a gradient that is shorter counts as one of this length
LATE = 10  # updates after the spike that tell what ordinary gradients are
SHARE = 0.1  # of a weight


def give_up_frozen(stack: Stack, settings: Training) -> None:
    """Mark the rows that a spike has frozen as broken at the update of their longest gradient."""
    now = stack.tensors
    if SQUARES not in now.slots:
        return
    norms = stack.history.since(0).transformed.double()
    spike = norms.argmax(0)
    bound, judged = _bound(norms, spike.double(), settings), stack.done - spike > LATE
    frozen = now.healthy & _stuck(stack, bound, judged)
    if frozen.any():
        stack.tensors = now._replace(
            healthy=now.healthy & ~frozen,
            frozen=now.frozen | frozen,
            broke_at=torch.where(frozen, spike + 1, now.broke_at),
        )


def _bound(norms: Tensor, spike: Tensor, settings: Training) -> Tensor:
    """From which s on, as it is now, a number is stuck. norms (updates, S), spike (S,) -> (S,)"""
    done, decay = len(norms), DECAY[settings.optimizer]
    updates = torch.arange(done).to(norms)[:, None]
    judged = spike + LATE  # the last update that has a say
    after = (updates > spike) & (updates <= judged)
    late = norms.where(after, 0).amax(0).clamp(min=LEAST)
    shares = (1 - decay) * decay ** (judged - updates).clamp(min=0)  # of each g^2 in s
    ordinary = (updates <= judged) & (norms < norms.amax(0) / SPIKE)
    without = (shares * norms.where(ordinary, 0).square()).sum(0)
    times = ((settings.updates - spike) / STEP).clamp(min=SPIKE)
    gone = decay ** (done - 1 - judged - (settings.updates - 1 - judged) / 2)
    shares = (1 - decay) * decay ** (done - 1 - updates)
    later = (shares * norms.where(updates > judged, 0).square()).sum(0)
    return torch.maximum(times.square() * torch.maximum(late.square(), without) * gone, 2 * later)


def _stuck(stack: Stack, bound: Tensor, judged: Tensor) -> Tensor:
    """Whether enough of a weight has its s above the trial's bound. (S,), (S,) -> (S,)"""
    found = torch.zeros_like(stack.tensors.healthy)
    for squares in stack.tensors.slots[SQUARES].values():
        above = (squares >= bound[:, None, None]).double().mean((-2, -1))
        found |= (judged & (above >= SHARE)) | squares.isinf().any(-1).any(-1)
    return found
