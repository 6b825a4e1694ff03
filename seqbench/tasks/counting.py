"""Counting: read a^n b^n (or a^n b^n c^n), predict the next symbol, and end it in time.

    step     0   1   2   3   4   5   6   7        n = 3 of at most 4
    input    -   S   a   a   a   b   b   b   -    one-hot of S (the same as end), a, b, c
    target   -   a   a   a   b   b   b  end  -    the next symbol
    scored                       x   x   x        all that the count decides: after the first b

The whole string is trained, n being uniform over 1..most; silence is not. One wrong answer after
the first b makes a string wrong. Answers given blindly are right for one n only. Solved when 99 %
of the strings are right.
Our deviation: one symbol is predicted (the paper's targets are all that may follow), strings longer
than in training are not tested, and silence makes the first b of all strings come at one step.
Not Dyck: n brackets of one kind that close in one go; a counter is enough, no stack is needed.
Source: gers2001
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator
from torch.nn import functional

from seqbench.knobs import Several
from seqbench.task import Batch, ExactMatch, IoShape


@dataclass(frozen=True, kw_only=True)
class Counting(ExactMatch):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    most: Several = 10
    kinds: Literal[2, 3] = 2

    pass_mark = 0.99

    @property
    def inputs(self) -> int:
        return self.kinds + 1

    @property
    def outputs(self) -> int:
        return self.kinds + 1

    @property
    def lag(self) -> int:
        return 2 * self.most - 1

    @property
    def chance(self) -> float:
        return 1 / self.most

    def sample(self, n: int, stream: Generator) -> Batch:
        count = torch.randint(1, self.most + 1, (n,), generator=stream)
        age = torch.arange(1 + self.kinds * self.most)[:, None] - (self.most - count)  # (T, n)
        heard = (age >= 0) & (age <= self.kinds * count)
        token, following = -(-age // count) * heard, (age // count + 1) * heard
        x = functional.one_hot(token, self.inputs) * heard[..., None]
        scored = heard & (age > count)
        y = following % self.outputs  # after the last symbol the first again: end is S
        return Batch(x=x.float(), y=y, mask=heard.float(), scored=scored.float())
