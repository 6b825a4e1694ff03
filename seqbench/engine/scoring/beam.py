"""Beam search: the likeliest answers that free running can give, and not only the greedy one.

    k hypotheses of every answer; at each step all symbols behind each of them, and the k likeliest
    of these go on

Not sampling, and not the k best answers: one answer comes out, the best of those followed.
Source: sutskever2014
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from seqbench import watchdog
from seqbench.axes import State
from seqbench.engine.held_out import HeldOut
from seqbench.engine.passes.batch_padding import repeated
from seqbench.engine.passes.forward import Forward
from seqbench.engine.passes.unroll import readout
from seqbench.task import Batch
from seqbench.task.speaking import BeamSearched

CHUNK = 64  # sequences searched at once


@torch.no_grad()
def beam(forward: Forward, task: BeamSearched, held: HeldOut) -> Tensor:
    """What every row of a stack says where `task.beam` hypotheses of each answer are followed.

    Returns symbols (S, T, B), as `task.judge` takes them. Of what was
    followed to the end, the answer with the highest mean log-probability of its symbols wins.
    """
    return torch.cat([_searched(forward, task, piece) for piece in held.pieces(CHUNK)], -1)


@dataclass
class _Hypotheses:
    """The k likeliest hypotheses of every answer; each (S, B, k)."""

    symbols: Tensor  # (S, T, B, k)
    scores: Tensor  # summed log-probabilities
    lengths: Tensor
    ended: Tensor
    last: Tensor  # symbols of the last step

    @classmethod
    def empty(
        cls, trials: int, steps: int, sequences: int, k: int, device: torch.device
    ) -> _Hypotheses:
        """Before the first symbol all hypotheses are one."""
        numbers = torch.zeros(trials, sequences, k, dtype=torch.long, device=device)
        scores = torch.full(numbers.shape, -torch.inf, device=device)
        scores[..., 0] = 0
        symbols = numbers[:, None].repeat(1, steps, 1, 1)
        return cls(symbols, scores, numbers, numbers > 0, numbers)

    def follow(self, t: int, odds: Tensor, end: int) -> Tensor:
        """Add the symbol of step t, given log-probabilities (S, B, k, symbols).

        Returns the number of the hypothesis that each new one goes on from, (S, B, k).
        """
        over = torch.full_like(odds[0, 0, 0], -torch.inf)
        over[end] = 0  # an answer that has ended says nothing more, at no cost
        odds = torch.where(self.ended[..., None], over, odds)
        count = odds.shape[-1]
        self.scores, place = (self.scores[..., None] + odds).flatten(-2).topk(self.k)
        parent, self.last = place // count, place % count
        self.symbols = self.symbols.gather(-1, parent[:, None].expand_as(self.symbols))
        self.symbols[:, t] = self.last
        ended = self.ended.gather(-1, parent)
        self.lengths = self.lengths.gather(-1, parent) + ~ended
        self.ended = ended | (self.last == end)
        return parent

    @property
    def k(self) -> int:
        return self.scores.shape[-1]

    def best(self) -> Tensor:
        """Symbols (S, T, B)"""
        winner = (self.scores / self.lengths.clamp(min=1)).argmax(-1, keepdim=True)
        winners = winner[:, None].expand(-1, self.symbols.shape[1], -1, -1)
        return self.symbols.gather(-1, winners)[..., 0]


def _searched(forward: Forward, task: BeamSearched, batch: Batch) -> Tensor:
    watchdog.beat()
    cell, weights = forward.network.cell, forward.weights
    trials, k, count = forward.trials, task.beam, len(batch)
    steps = batch.x.repeat_interleave(k, -2).expand(trials, -1, -1, -1).unbind(1)
    valid = None
    if batch.valid is not None:
        valid = batch.valid.repeat_interleave(k, -1).expand(trials, -1, -1)
    hypotheses = _Hypotheses.empty(trials, len(steps), count, k, batch.x.device)
    state: State | None = None
    for t, x in enumerate(steps):
        if t > task.reading.encoder:
            last = functional.one_hot(hypotheses.last.flatten(1), task.outputs)
            x = task.feed(x, last.to(x.dtype))
        x = forward.step_inputs(t, x, None if valid is None else valid[:, t])
        state = cell.step(weights, cell.start(x, weights) if state is None else state, x)
        if t >= task.reading.encoder:
            outputs = readout(weights, state[0])[:, : count * k].unflatten(1, (count, k))
            parent = hypotheses.follow(t, torch.log_softmax(outputs, -1), task.end)
            state = _picked(state, parent)
    return hypotheses.best()


def _picked(state: State, parent: Tensor) -> State:
    """Each part (S, B', width) with the rows of the hypotheses that are gone on from."""
    _, count, k = parent.shape
    kept = (parent + k * torch.arange(count, device=parent.device)[:, None]).flatten(1)
    rows = repeated(kept[..., None], state[0].shape[1])
    return tuple(part.gather(1, rows.expand(part.shape)) for part in state)
