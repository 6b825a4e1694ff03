"""Anticipated reweighted truncated back-propagation (ARTBP)

    h_t -> stop_gradient(h_t)                 with probability c = 1 / k
    dL/dh_t -> dL/dh_t / (1 - c)              else: what comes back was handed on

Gradient: on average that of back-propagation through time, whatever the lag; a lag of n steps comes
back in a share (1 - c)^n of all sequences, (1 - c)^-n times as large.
Not truncated back-propagation, which is biased: it never sees beyond its horizon. The probability
is the same at all steps; the authors also let it fall with the time since the last cut.
Source: tallec2017
"""

from dataclasses import dataclass

import torch

from seqbench.axes import State
from seqbench.cell import Cell
from seqbench.knobs import Several
from seqbench.remedy import At, Remedy, Rollout
from seqbench.remedy.objections import needs_past
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class Artbp(Remedy):
    """Knobs:
    horizon:  k, steps between two cuts on average.
    """

    horizon: Several = 10

    def suits(self, cell: Cell, task: Task) -> str | None:
        if task.lag == 0:
            return "No answer lies in the past, so there is nothing to cut."
        return needs_past(cell, task)

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        cut = 1 / self.horizon
        draw = at.noise.uniform(new[0].shape[-2], 1).to(new[0])
        factor = torch.where(draw < cut, 0.0, 1 / (1 - cut))
        return tuple(part.detach() + factor * (part - part.detach()) for part in new)

    def kept(self, rollout: Rollout, at: At) -> float:
        """Numbers of the states since the last cut, on average: n k (1 - (1 - 1/k)^T)"""
        numbers, steps = sum(part.shape[-1] for part in rollout.states[0]), rollout.x.shape[-3]
        return numbers * self.horizon * (1 - (1 - 1 / self.horizon) ** steps)
