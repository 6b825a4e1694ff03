"""The noiseless memorization problem: ten symbols, a silence, and all ten again without a fault.

    step    0 ...  9   10 ... T+9   T+10   T+11 ... T+19
    input  s1 .. s10   -  ...  -     go     -   ...  -      one-hot: 5 symbols, -, go
    target -  ...  -   -  ...  -     s1     s2  ... s10     answers begin *at* go

All T + 20 steps are trained, and one wrong answer at any of them makes a sequence wrong.
Solved when 99 % of the sequences are without a fault; a right guess has a chance of 5^-10.
Ten of 5 symbols are 23 bits. The easier version of the paper has five of 2 (alphabet 2, memorize
5), its batch being all 32 patterns.
Our deviation: that version too is drawn at random here.
Not the copy problem: answers begin one step earlier, and single symbols earn nothing.
Source: hochreiter1997, martens2011, pascanu2013
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench.knobs import Several
from seqbench.task import Batch, exact_match
from seqbench.tasks._recall import Recall


@dataclass(frozen=True, kw_only=True)
class NoiselessMemorization(Recall):
    metric: ClassVar[str] = "exact_match"

    alphabet: Several = 5

    @property
    def chance(self) -> float:
        return float(self.alphabet) ** -self.memorize

    def sample(self, n: int, stream: Generator) -> Batch:
        blank, go = 0, self.alphabet + 1
        data = torch.randint(1, self.alphabet + 1, (self.memorize, n), generator=stream)
        silence = (0, 0, self.length, self.memorize - 1)
        rest = functional.pad(torch.full((1, n), go), silence, value=blank)
        tokens = torch.cat([data, rest])
        x = functional.one_hot(tokens, self.inputs).float()  # (T + 20, n, 7)
        return Batch(x=x, y=functional.pad(data, (0, 0, self.lag, 0), value=blank))

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        return exact_match(outputs, batch)
