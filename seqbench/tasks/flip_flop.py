"""Flip-flop: which bit was written last?

    step    0   1   2   3   4   5   6   7   8   9  10      5 instructions and the bits after them
    input   w   1   i   0   r   1   i   0   i   1   r      one-hot of w, i, r, 0, 1
    target  -   -   -   -   1   -   -   -   -   -   1      asked at r: the bit after the last w

The first instruction is w (write), the last one r (read); each between is i (ignore) with
probability `ignore`, else w or r alike. Bits after w and i are random; the one after r is the
answer, so a read shows again what has to be kept. One bit of memory is enough, but it must not
change for as long as is ignored: 1 / (1 - ignore) instructions on average, and up to all.
Guessing is right in 50 %. Solved when 99 % of the reads are right.
Our deviation: the answers at r only are trained, and strings are shorter (the paper: 512 symbols).
Not parity: no bit is ever combined with another one.
Source: liu2023flipflop
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator
from torch.nn import functional

from seqbench.knobs import Fraction, Several
from seqbench.task import Batch, Classification, IoShape

WRITE, IGNORE, READ, BITS = range(4)


@dataclass(frozen=True, kw_only=True)
class FlipFlop(Classification):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    length: Several = 20
    ignore: Fraction = 0.8

    inputs, outputs, chance, pass_mark = 5, 2, 0.5, 0.99

    @property
    def lag(self) -> int:
        return 2 * self.length - 3

    def sample(self, n: int, stream: Generator) -> Batch:
        steps, u = torch.arange(self.length)[:, None], torch.rand(self.length, n, generator=stream)
        does = torch.where(u < self.ignore, IGNORE, torch.where(u < (1 + self.ignore) / 2, 0, READ))
        does = torch.where(steps == 0, WRITE, torch.where(steps == self.length - 1, READ, does))
        bits = torch.randint(2, (self.length, n), generator=stream)
        written = bits.gather(0, torch.where(does == WRITE, steps, 0).cummax(0).values)
        reads = does == READ
        shown = BITS + torch.where(reads, written, bits)
        x = functional.one_hot(torch.stack([does, shown], 1).flatten(0, 1), self.inputs).float()
        y, asked = (torch.stack([z, 0 * z], 1).flatten(0, 1) for z in (written * reads, reads))
        return Batch(x=x[:-1], y=y[:-1], mask=asked[:-1].float())
