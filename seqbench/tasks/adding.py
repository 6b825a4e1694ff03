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
-1, and a first step chosen to be added counts zero. bai18 repeats 50,000 fixed sequences.
Our deviation: hs97 and pascanu13 draw the length (up to 1.1 T) once per batch, and silence before
the beginning gives all batches one shape.
Not multiplication; and not one problem: the marks of bai18 may be neighbors at the very end.
Source: hochreiter1997, pascanu2013, arjovsky2016, bai2018
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

from torch import Generator, Tensor

from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Regression, Splits
from seqbench.tasks import _marked as marked

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
        marked.check_length("Adding", self.variant, self.length)

    @property
    def metric(self) -> str:  # type: ignore[override]
        return "error_rate" if self.variant in marked.BOUND else "mse"

    @property
    def on_host(self) -> bool:  # type: ignore[override]
        return marked.draws_length(self.variant)

    @property
    def lag(self) -> int:
        return marked.longest(self.variant, self.length) - 1

    @property
    def chance(self) -> float:
        """Of always saying the target's mean; x1 + x2 has a triangular density."""
        if self.variant == "pascanu13":
            return (1 - 2 * marked.BOUND["pascanu13"]) ** 2
        if self.variant == "hs97":
            bound, lost = 4 * marked.BOUND["hs97"], marked.lost(self.length)
            return (1 - lost) * (1 - bound / 2) ** 2 + lost * (1 - bound)  # lost: x1 or x2 is 0
        return 1 / 6

    def sample(self, n: int, stream: Generator) -> Batch:
        low = -1 if self.variant == "hs97" else 0
        x, pair = marked.draw(self.variant, self.length, n, stream, low=low, neutral=0)
        total = pair.sum(0)
        targets = {"hs97": 0.5 + total / 4, "pascanu13": total / 2}
        return Batch(x=x, y=targets.get(self.variant, total)[None, :, None])

    def splits(self) -> Splits | None:
        return _fixed(self) if self.variant == "bai18" else None

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        if self.variant in marked.BOUND:
            return marked.wrong(self.variant, outputs, batch)
        return super().score(outputs, batch)


@cache
def _fixed(task: Adding) -> Splits:
    stream = Generator().manual_seed(FIXED_SEED)
    return Splits(*(task.sample(n, stream) for n in FIXED))
