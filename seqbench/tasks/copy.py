"""The copy problem: repeat ten symbols after a long silence.

    arjovsky16  step    0 ...  9   10 ... T+8   T+9   T+10 ... T+19
                input   s1 .. s10   -  ...  -    go     -  ...  -       one-hot: 8 symbols, -, go
                target  -  ...  -   -  ...  -    -     s1  ... s10      s uniform over 8 symbols

    lezcano19   step    0 ...  9   10 ... T+9   T+10   T+11 ... T+19
                input   s1 .. s10   -  ...  -    go      -  ...  -
                target  -  ...  -   -  ...  -    s1      s2 ... s10     answers begin *at* go

Training counts all T + 20 steps (the best loss without memory: 10 ln 8 / (T + 20) nats), the
accuracy the last ten only, because saying "-" all the time is right in most of the others.
Solved when 99 % of the recalled symbols are right.
Not bai18 (its last 11 inputs are all go, as one raw number); not variable copy.
Source: hochreiter1997, arjovsky2016, lezcano2019
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator
from torch.nn import functional

from seqbench.task import Batch
from seqbench.tasks._recall import Recall


@dataclass(frozen=True, kw_only=True)
class Copy(Recall):
    variant: Literal["arjovsky16", "lezcano19"] = "arjovsky16"

    def sample(self, n: int, stream: Generator) -> Batch:
        blank, go = 0, self.alphabet + 1
        data = torch.randint(1, self.alphabet + 1, (self.memorize, n), generator=stream)
        wait = self.length - (self.variant == "arjovsky16")  # its last blank gives way to go
        after = self.memorize + self.length - wait - 1
        rest = functional.pad(torch.full((1, n), go), (0, 0, wait, after), value=blank)
        x = functional.one_hot(torch.cat([data, rest]), self.inputs).float()  # (T + 20, n, 10)
        y = functional.pad(data, (0, 0, self.lag, 0), value=blank)
        return Batch(x=x, y=y, scored=(y != blank).float())
