"""A pass forward: by kernels or a scan where it can be, else one step after the other."""

from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.fused.sequence import sequence, supports
from seqbench.engine.passes import scan
from seqbench.engine.passes.unroll import Feed, filled, hidden, narrowed, unroll, widened
from seqbench.remedy import At, Remedy


class Choice(NamedTuple):
    """fused: kernels; scan: all steps side by side; eager: one step after the other, and why."""

    engine: str
    why: str = ""


LOOKED_AT = Choice("eager", "as the remedy looks at every step")


@dataclass(frozen=True)
class Passes:
    """How the passes of a training run.

    Attributes:
        wanted:  auto; eager for one step after the other whatever else there is; scan where it can
                 be, which auto means on a GPU.
        batch:   sequences of a training batch; kernels are made for so many at once.
    """

    wanted: str = "auto"
    batch: int = 32

    def choose(self, cell: Cell, weights: Tensors, x: Tensor, remedy: Remedy) -> Choice:
        """The engine of a pass over x (S, T, B, I)."""
        if self.wanted == "eager":
            return Choice("eager", "as the matrix asks (train: engine)")
        if remedy.acts_by_steps:
            return Choice("eager", "as the remedy acts between two steps")
        # on a CPU kernels are faster, and where there are none a scan pays for small stacks only
        scans = self.wanted == "scan" or x.device.type == "cuda"
        if scans and cell.linear and "carry" not in remedy.acts_at:
            return Choice("scan")
        why = supports(cell, weights, filled(weights, x))
        return Choice("eager", why) if why else Choice("fused")

    def hidden(
        self,
        cell: Cell,
        weights: Tensors,
        x: Tensor,
        remedy: Remedy,
        at: At,
        asked: str,
        feed: Feed | None = None,
        start: State | None = None,
    ) -> tuple[Tensor, State]:
        """States that are read out, (S, A, B, H) with A = 1 (asked: last) or T, and the last one.

        x: (S, T, B, I); start: what an earlier window left, (S, B, width) each.
        """
        sequences = x.shape[-2]
        # a test goes through the kernel that training has made, some sequences at once
        tile = sequences if torch.is_grad_enabled() else self.batch
        whole = functional.pad(x, (0, 0, 0, -sequences % tile))
        engine, _ = self.choose(cell, weights, whole[..., :tile, :], remedy)
        if feed or engine == "eager" or (engine == "scan" and start):
            keep = 1 if asked == "last" and not torch.is_grad_enabled() else None
            x = filled(weights, x)
            begin = start and widened(start, x.shape[-2])
            states = unroll(cell, weights, x, remedy, at, feed, keep=keep, start=begin)
            return hidden(states, asked, sequences), narrowed(states[-1], sequences)
        bounds, found, ends = limits(remedy, x.shape[-3]), [], []
        for n, part in enumerate(whole.split(tile, -2)):
            some = filled(weights, part)
            begin = start and tuple(z[..., n * tile : (n + 1) * tile, :] for z in start)
            if engine == "scan":
                made = scan.sequence(cell, weights, some)
            else:
                begin = begin and widened(begin, some.shape[-2])
                made = sequence(cell, weights, some, bounds, begin)
            h = made[0]
            found.append((h[:, -1:] if asked == "last" else h)[..., :tile, :])
            ends.append(narrowed(tuple(z[:, -1] for z in made), tile))
        last = tuple(torch.cat(parts, -2) for parts in zip(*ends, strict=True))
        return torch.cat(found, -2)[..., :sequences, :], narrowed(last, sequences)


def limits(remedy: Remedy, steps: int) -> list[float] | None:
    """The bound on what each step gets handed back, the last one nothing; None without bounds."""
    if "carry" not in remedy.acts_at:
        return None
    bounds = (remedy.bound(left) for left in range(steps - 1, 0, -1))
    return [*(bound for bound in bounds if bound is not None), inf]
