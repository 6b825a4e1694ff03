"""Embedded Reber grammar: predict the next symbol; the second one decides the last but one.

    step        0   1   2   3   4   5   6   7   8   9     one-hot of B T P S X V E
    input   ..  B   T   B   P   T   V   P   S   E   T
    target  ..  T   B   P   T   V   P   S   E   T   E     the next symbol
    scored                                      x         the second T (or the second P)

    string  B T reber T E  or  B P reber P E                every choice has probability 1/2
    reber   B (T S* X a | P b) E      a = X b | S      b = T* V (P a | V)

All steps are trained; scored is the one symbol that needs a memory longer than a few steps.
Guessing T or P is right in 50 %. Solved when 99 % are right.
Our deviation: strings of more than `length` steps (2 % at 20) are drawn again, and silence before
the beginning, which is not trained, gives all strings one shape.
Not a problem of long lags (most strings have at most 11 symbols); not the continual version.
Source: cleeremans1989, fahlman1991, hochreiter1997
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape

B, T, P, S, X, V, E, SILENCE = range(8)
SHORTEST = 8  # the steps of a string of 9 symbols
# From each node of the inner grammar two edges: what they say, and where they lead; node 5 is left.
END = 5
SAYS = torch.tensor([[T, P], [S, X], [X, S], [T, V], [P, V], [SILENCE, SILENCE]])
LEADS = torch.tensor([[1, 3], [1, 2], [3, END], [3, 4], [2, END], [END, END]])


@dataclass(frozen=True, kw_only=True)
class EmbeddedReber(Classification):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    on_host: ClassVar[bool] = True

    length: Size = 20

    inputs, outputs, chance, pass_mark = 7, 7, 0.5, 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length < SHORTEST:
            raise InputError(
                f"EmbeddedReber: length is {self.length}. Allowed: at least {SHORTEST}. "
                "Change the value."
            )

    @property
    def lag(self) -> int:
        return self.length - 3  # of the longest string

    def sample(self, n: int, stream: Generator) -> Batch:
        letter = torch.where(torch.randint(2, (1, n), generator=stream) > 0, T, P)
        begin, end = torch.full_like(letter, B), torch.full_like(letter, E)
        left = torch.cat([begin, letter, begin, self._walks(n, stream)])
        shift = torch.arange(len(left))[:, None] - (left == SILENCE).sum(0)  # silence comes first
        right = torch.where(shift < 0, SILENCE, left.gather(0, shift.clamp(min=0)))
        tokens = torch.cat([right, end, letter, end])  # (T + 1, n)
        heard = tokens[:-1] != SILENCE
        x = functional.one_hot(tokens[:-1], SILENCE + 1)[..., :SILENCE].float()
        scored = functional.one_hot(torch.tensor(self.length - 2), self.length)[:, None]
        return Batch(
            x=x, y=tokens[1:] * heard, mask=heard.float(), scored=scored.float().expand(-1, n)
        )

    def _walks(self, n: int, stream: Generator) -> Tensor:
        """What n walks through the inner grammar say, and silence after it. (length - 5, n)"""
        done = torch.empty(self.length - 5, 0, dtype=torch.int64)
        while done.shape[1] < n:
            node, said = torch.zeros(n, dtype=torch.int64), []
            for choice in torch.randint(2, (self.length - 5, n), generator=stream):
                said.append(SAYS[node, choice])
                node = LEADS[node, choice]
            done = torch.cat([done, torch.stack(said)[:, node == END]], 1)
        return done[:, :n]
