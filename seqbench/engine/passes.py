"""A pass forward: by kernels or a scan where it can be, else one step after the other."""

from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine import scan
from seqbench.engine.fused.sequence import sequence, supports
from seqbench.engine.unroll import Feed, filled, hidden, unroll
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
    ) -> Tensor:
        """States that are read out: x (S, T, B, I) -> (S, A, B, H), A = 1 (asked: last) or T"""
        # a test goes through the kernel that training has made, some sequences at once
        tile = x.shape[-2] if torch.is_grad_enabled() else self.batch
        whole = functional.pad(x, (0, 0, 0, -x.shape[-2] % tile))
        engine, _ = self.choose(cell, weights, whole[..., :tile, :], remedy)
        if feed or engine == "eager":
            keep = 1 if asked == "last" and not torch.is_grad_enabled() else None
            states = unroll(cell, weights, filled(weights, x), remedy, at, feed, keep=keep)
            return hidden(states, asked, x.shape[-2])
        bounds, found = limits(remedy, x.shape[-3]), []
        for part in whole.split(tile, -2):
            some = filled(weights, part)
            if engine == "scan":
                h = scan.sequence(cell, weights, some)[0]
            else:
                h = sequence(cell, weights, some, bounds)[0]
            found.append((h[:, -1:] if asked == "last" else h)[..., :tile, :])
        return torch.cat(found, -2)[..., : x.shape[-2], :]


def limits(remedy: Remedy, steps: int) -> list[float] | None:
    """The bound on what each step gets handed back, the last one nothing; None without bounds."""
    if "carry" not in remedy.acts_at:
        return None
    bounds = (remedy.bound(left) for left in range(steps - 1, 0, -1))
    return [*(bound for bound in bounds if bound is not None), inf]
