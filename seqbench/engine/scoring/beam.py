"""Beam search: the likeliest answers that free running can give, and not only the greedy one."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.passes.unroll import filled, readout
from seqbench.engine.surroundings import entering
from seqbench.task import Batch, Task

CHUNK = 64  # sequences searched at once


@torch.no_grad()
def beam(cell: Cell, weights: Tensors, task: Task, batch: Batch) -> Tensor:
    """What every row of a stack says where `task.beam` beginnings of each answer are followed.

    batch: x (T, B, raw); returns symbols (S, T, B), as `task.judge` takes them. Of what was
    followed to the end, the answer with the highest mean log-probability of its symbols wins.
    """
    starts = range(0, len(batch), CHUNK)
    pieces = [batch.pick(slice(start, start + CHUNK)) for start in starts]
    return torch.cat([_searched(cell, weights, task, piece) for piece in pieces], -1)


@dataclass
class _Beginnings:
    """The k likeliest beginnings of every answer; each (S, B, k)."""

    said: Tensor  # (S, T, B, k)
    scores: Tensor  # summed log-probabilities
    lengths: Tensor
    ended: Tensor
    last: Tensor  # symbols of the last step

    @classmethod
    def none(cls, trials: int, steps: int, count: int, k: int, device: torch.device):  # type: ignore[no-untyped-def]
        numbers = torch.zeros(trials, count, k, dtype=torch.long, device=device)
        scores = torch.full(numbers.shape, -torch.inf, device=device)
        scores[..., 0] = 0  # before the first symbol all beginnings are one
        said = numbers[:, None].repeat(1, steps, 1, 1)
        return cls(said, scores, numbers, numbers > 0, numbers)

    def follow(self, t: int, odds: Tensor, end: int) -> Tensor:
        """Add the symbol of step t, given log-probabilities (S, B, k, symbols).

        Returns the number of the beginning that each new one goes on from, (S, B, k).
        """
        over = torch.full_like(odds[0, 0, 0], -torch.inf)
        over[end] = 0  # an answer that has ended says nothing more, at no cost
        odds = torch.where(self.ended[..., None], over, odds)
        symbols = odds.shape[-1]
        self.scores, place = (self.scores[..., None] + odds).flatten(-2).topk(self.k)
        parent, self.last = place // symbols, place % symbols
        self.said = self.said.gather(-1, parent[:, None].expand_as(self.said))
        self.said[:, t] = self.last
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
        return self.said.gather(-1, winner[:, None].expand(-1, self.said.shape[1], -1, -1))[..., 0]


def _searched(cell: Cell, weights: Tensors, task: Task, batch: Batch) -> Tensor:
    trials, k, count = len(weights["W_out"]), task.beam, len(batch)
    steps = batch.x.repeat_interleave(k, -2).expand(trials, -1, -1, -1).unbind(1)
    valid = None if batch.valid is None else batch.valid.repeat_interleave(k, -1)
    found = _Beginnings.none(trials, len(steps), count, k, batch.x.device)
    state: State | None = None
    for t, x in enumerate(steps):
        if t > task.reads:
            said = functional.one_hot(found.last.flatten(1), task.outputs)
            x = task.feed(x, said.to(x.dtype))
        real = None if valid is None else valid[t : t + 1].expand(trials, 1, -1)
        one = Batch(x=x.unsqueeze(1), y=x, valid=real)
        x = filled(weights, entering(cell, weights, one, first=t))[:, 0]
        state = cell.step(weights, cell.start(x, weights) if state is None else state, x)
        if t >= task.reads:
            said = readout(weights, state[0])[:, : count * k].unflatten(1, (count, k))
            state = _picked(state, found.follow(t, torch.log_softmax(said, -1), task.end))
    return found.best()


def _picked(state: State, parent: Tensor) -> State:
    """Each part (S, B', width) with the rows of the beginnings that are gone on from."""
    _, count, k = parent.shape
    own = (parent + k * torch.arange(count, device=parent.device)[:, None]).flatten(1)
    silent = torch.arange(count * k, state[0].shape[1], device=own.device)
    rows = torch.cat([own, silent.expand(len(own), -1)], 1)[..., None]
    return tuple(part.gather(1, rows.expand(part.shape)) for part in state)
