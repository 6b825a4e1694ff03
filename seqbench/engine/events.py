"""Explosions as events: a step or the loss jumps upward, and training finds back or not.

level   of an update: the median of the 50 updates before the ten that it belongs to; of the first
        ten of all, their own
jump    a gradient, as the remedy leaves it, of more than 5 levels; a loss of more than 2 levels
        that is above its level by more than half of the first loss; a number that is not finite
event   jumps with fewer than ten other updates between one and the next
lost    an event after which no ten losses in a row have a median as low as the level before it,
        give or take a tenth of the first loss; fewer than ten after it tell nothing

What is large all along is no event (a learning rate that is too large from the first update on):
its level is as large. Nor is a gradient that the remedy has shortened.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from seqbench.engine.traces import Quantities

TEN, BLOCKS = 10, 5
TIMES_NORM, TIMES_LOSS, RISE, BACK = 5.0, 2.0, 0.5, 0.1


class Events(NamedTuple):
    """How many there were, and of how many of them training did not find back."""

    events: int
    lost: int


def events(history: Quantities) -> Events:
    """Of one trial; each quantity (updates,)."""
    loss, norm = (z.double().nan_to_num(torch.inf) for z in (history.loss, history.transformed))
    counts = (loss != 0) | (norm != 0)  # both are 0 of a window in which no answer counts
    loss, norm = loss[counts], norm[counts]
    if len(loss) < TEN:
        return Events(0, 0)
    first, level = float(loss[0].abs()), _level(loss)
    jumps = norm > TIMES_NORM * _level(norm)
    jumps |= (loss > TIMES_LOSS * level) & (loss > level + RISE * first)
    places = (jumps | norm.isinf() | loss.isinf()).nonzero().flatten().tolist()
    calm = [n for n, (one, other) in enumerate(pairwise(places), 1) if other - one > TEN]
    cuts = [0, *calm, len(places)] if places else [0]
    found = [(places[start], places[end - 1]) for start, end in pairwise(cuts)]
    lost = [_lost(loss[end + 1 :], float(level[start]) + BACK * first) for start, end in found]
    return Events(len(found), sum(lost))


def _level(values: Tensor) -> Tensor:
    """Of every update; blocks before the first one count as the first."""
    padded = torch.cat([values[:TEN].repeat(BLOCKS), values])
    medians = padded.unfold(0, BLOCKS * TEN, TEN).median(-1).values
    return medians.repeat_interleave(TEN)[: len(values)]


def _lost(after: Tensor, level: float) -> bool:
    if len(after) < TEN:
        return False
    return bool(after.unfold(0, TEN, 1).median(-1).values.min() > level)
