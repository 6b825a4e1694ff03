"""The adding problem: add the two marked numbers.

    step    0    1    2    3   ...   48   49
    value  .31  .80  .12  .44  ...  .55  .07     arjovsky16: uniform in 0..1
    mark    0    1    0    0   ...   1    0                  one in each half
    asked                                 x      .80 + .55

    variant     first and second mark          target               how it is judged
    arjovsky16  first half, second half        x1 + x2              mean squared error
    bai18       any two different steps        x1 + x2              the same
    pascanu13   first tenth, rest of the half  (x1 + x2) / 2        wrong if squared error > .04
    hs97        first 10, first T/2 - 1 left   .5 + (x1 + x2) / 4   wrong if error >= .04

Solved at .01: a mean squared error of .01 is a typical error of .1 (chance is 1/6), and a share of
wrong answers of .01 is pascanu13's own mark. In hs97 values are in -1..1, both ends carry the mark
-1, and a first step chosen to be added counts zero. bai18 repeats 50 000 fixed sequences.
Our deviation: hs97 and pascanu13 draw the length (up to 1.1 T) once per batch, and silence before
the beginning gives all batches one shape.
Not multiplication; and not one problem: the marks of bai18 may be neighbors at the very end.
Source: hochreiter1997, pascanu2013, arjovsky2016, bai2018
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Regression, Splits, weighted_mean

SHORTEST = {"arjovsky16": 2, "bai18": 2, "pascanu13": 10, "hs97": 20}
BOUND = {"pascanu13": 0.2, "hs97": 0.04}  # errors beyond it are wrong answers
FIXED = (50_000, 1_000, 1_000)  # bai18's train, a valid part (ours), bai18's test
FIXED_SEED = 0  # any would do: what counts is that the sequences stay the same


@dataclass(frozen=True, kw_only=True)
class Adding(Regression):
    io_shape: ClassVar[IoShape] = "many_to_one"

    length: Size = 50
    variant: Literal["arjovsky16", "hs97", "pascanu13", "bai18"] = "arjovsky16"

    inputs, outputs, pass_mark = 2, 1, 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length < SHORTEST[self.variant]:
            raise InputError(
                f"Adding: length is {self.length}. Allowed for {self.variant}: at least "
                f"{SHORTEST[self.variant]}. Change the value."
            )

    @property
    def metric(self) -> str:  # type: ignore[override]
        return "error_rate" if self.variant in BOUND else "mse"

    @property
    def longest(self) -> int:
        """The most steps that a sequence may have: T, T + T/10 (hs97), or less than 1.1 T."""
        extra = {"hs97": self.length // 10, "pascanu13": (self.length - 1) // 10}
        return self.length + extra.get(self.variant, 0)

    @property
    def lag(self) -> int:
        return self.longest - 1

    @property
    def chance(self) -> float:
        """Of always saying the target's mean; x1 + x2 has a triangular density."""
        if self.variant == "pascanu13":
            return (1 - 2 * BOUND["pascanu13"]) ** 2
        if self.variant == "hs97":
            bound, lost = 4 * BOUND["hs97"], 0.1 + 0.9 / (self.length // 2 - 1)
            return (1 - lost) * (1 - bound / 2) ** 2 + lost * (1 - bound)  # lost: x1 or x2 is 0
        return 1 / 6

    def sample(self, n: int, stream: Generator) -> Batch:
        steps = int(torch.randint(self.length, self.longest + 1, (1,), generator=stream))
        values = torch.rand(steps, n, generator=stream)
        marks = self._marks(steps, n, stream)
        added = marks
        if self.variant == "hs97":
            ends = functional.one_hot(torch.tensor([0, steps - 1]), steps).sum(0)[:, None]
            values = (2 * values - 1) * (1 - marks * ends)
            added = marks * (1 - ends)
            marks = added - ends
        total = (values * added).sum(0)
        targets = {"hs97": 0.5 + total / 4, "pascanu13": total / 2}
        x = torch.stack([values, marks], -1)  # (T, n, 2)
        silence = (0, 0, 0, 0, self.longest - steps, 0)
        y = targets.get(self.variant, total)
        return Batch(x=functional.pad(x, silence), y=y[None, :, None])

    def _marks(self, steps: int, n: int, stream: Generator) -> Tensor:
        """1 at two steps of every sequence, else 0. (T, n)"""
        half, tenth = steps // 2, steps // 10
        spans = {
            "arjovsky16": ((0, half), (half, steps)),
            "bai18": ((0, steps), (0, steps - 1)),
            "pascanu13": ((0, tenth), (tenth, half)),
            "hs97": ((0, 10), (0, self.length // 2 - 1)),
        }[self.variant]
        first, second = (torch.randint(*span, (n,), generator=stream) for span in spans)
        if self.variant in ("bai18", "hs97"):  # counted among the steps that are left
            second = second + (second >= first)
        return functional.one_hot(torch.stack([first, second]), steps).sum(0).T.float()

    def splits(self) -> Splits | None:
        return _fixed(self) if self.variant == "bai18" else None

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        if self.variant not in BOUND:
            return super().score(outputs, batch)
        error = (outputs - batch.y).abs()[..., 0]
        bound = BOUND[self.variant]
        wrong = error >= bound if self.variant == "hs97" else error > bound
        return weighted_mean(wrong.to(outputs.dtype), batch.mask)


@cache
def _fixed(task: Adding) -> Splits:
    stream = Generator().manual_seed(FIXED_SEED)
    return Splits(*(task.sample(n, stream) for n in FIXED))
