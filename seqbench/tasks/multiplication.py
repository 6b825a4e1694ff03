"""The multiplication problem: multiply the two marked numbers.

    step    0    1    2    3   ...   21   22  ...  49
    value  .31  .80  .12  .44  ...  .50  .93  ... .07     uniform in 0..1
    mark    0    1    0    0   ...   1    0   ...  0
    asked                                          x      .80 * .50

    variant     first and second mark          best constant  how it is judged
    pascanu13   first tenth, rest of the half  .2, 77 % right wrong if squared error > .04
    hs97        first 10, first T/2 - 1 left   .04, 28 %      wrong if error >= .04

Solved when 1 % is wrong (pascanu13's own mark), or less than 13 of 2000 (hs97). In hs97 both ends
carry the mark -1; a first step chosen to be multiplied counts one, which costs the best constant
.04 a few of its 28 %.
Our deviation: the length (up to 1.1 T) is drawn once per batch in hs97 too, and silence before the
beginning gives all batches one shape.
Not adding: no running sum can stand in for the two numbers.
Source: hochreiter1997, pascanu2013
"""

from dataclasses import dataclass
from math import log
from typing import ClassVar, Literal

from torch import Generator, Tensor

from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Regression
from seqbench.tasks import _marked as marked


@dataclass(frozen=True, kw_only=True)
class Multiplication(Regression):
    io_shape: ClassVar[IoShape] = "many_to_one"
    metric: ClassVar[str] = "error_rate"

    length: Size = 50
    variant: Literal["pascanu13", "hs97"] = "pascanu13"

    inputs, outputs = 2, 1

    def __post_init__(self) -> None:
        super().__post_init__()
        marked.check_length("Multiplication", self.variant, self.length)

    @property
    def on_host(self) -> bool:  # type: ignore[override]
        return marked.draws_length(self.variant)

    @property
    def lag(self) -> int:
        return marked.longest(self.variant, self.length) - 1

    @property
    def chance(self) -> float:
        """Of the constant whose reach is [0, z]: small products are the most frequent."""
        z = 2 * marked.BOUND[self.variant]
        right = z - z * log(z)  # P(x1 x2 < z)
        lost = marked.lost(self.length) if self.variant == "hs97" else 0
        return 1 - (1 - lost) * right - lost * z  # lost: x1 or x2 is 1

    @property
    def pass_mark(self) -> float:
        return 12 / 2000 if self.variant == "hs97" else 0.01

    def sample(self, n: int, stream: Generator) -> Batch:
        x, pair = marked.draw(self.variant, self.length, n, stream, low=0, neutral=1)
        return Batch(x=x, y=pair.prod(0)[None, :, None])

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        return marked.wrong(self.variant, outputs, batch)
