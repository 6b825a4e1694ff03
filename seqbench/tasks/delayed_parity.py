"""Delayed parity: was the number of ones odd, in a window that lies back?

    step    0   1   2   3   4   5   6   7   8        3 bits, delay 5; as inputs -1 and 1
    input   1   0   0   1   1   1   0   1   1
    target  -   -   -   -   -   -   -   1   1        1 + 0 + 0 (steps 0 to 2), 0 + 0 + 1 (1 to 3)

Asked is the parity of the bits delay + bits - 1 to delay steps ago, at every step that has them:
no part of the window alone tells anything. Guessing is right in 50 %. Solved when 99 % are right.
Our deviation: judged by the share of right answers (the paper: by mutual information).
Not the exclusive-or of two marked bits (Martens and Sutskever 2011); not the parity of all bits so
far, for which one bit of memory is enough.
Source: bertschinger2004
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape


@dataclass(frozen=True, kw_only=True)
class DelayedParity(Classification):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    length: Size = 50
    delay: Size = 5
    bits: Size = 3

    inputs, outputs, chance, pass_mark = 1, 2, 0.5, 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length <= self.lag:
            raise InputError(
                f"DelayedParity: length is {self.length}. Allowed: more than delay + bits - 1 "
                f"({self.lag}). Change one of the three."
            )

    @property
    def lag(self) -> int:
        return self.delay + self.bits - 1

    def sample(self, n: int, stream: Generator) -> Batch:
        u = torch.randint(2, (self.length, n), generator=stream)
        odd = u[: self.length - self.delay].unfold(0, self.bits, 1).sum(-1) % 2
        y = functional.pad(odd, (0, 0, self.lag, 0))
        mask = (torch.arange(self.length) >= self.lag).float()[:, None].expand(-1, n)
        return Batch(x=(2.0 * u - 1)[..., None], y=y, mask=mask)
