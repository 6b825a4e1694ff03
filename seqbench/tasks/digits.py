"""Sequential digits: a handwritten digit, read one pixel at a time.

    step     0   1   2  ...  7   8   9  ...  63
    input   row 1, left to right | row 2 ...          one of 8 x 8 pixels, 0 (paper) to 1 (ink)
    asked                                    x        which digit, 0 to 9

Asked is what was drawn: its strokes lie anywhere in 64 steps, and the margin comes last.
Solved at the accuracy of the simplest classifier that sees the whole image at once: the nearest of
the ten mean training images (computed from the data). Test digits are by hands not in training.
Not sequential MNIST (784 steps); not row by row (8 steps of 8 pixels).
Source: alpaydin1998, le2015
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch

from seqbench.data.sets import digits
from seqbench.task import Batch, Classification, IoShape, Splits


@dataclass(frozen=True, kw_only=True)
class Digits(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"
    needs: ClassVar[tuple[str, ...]] = ("digits",)
    open_ended: ClassVar[bool] = True

    inputs, outputs, lag = 1, digits.CLASSES, digits.PIXELS - 1

    @property
    def chance(self) -> float:
        return digits.majority()

    @property
    def pass_mark(self) -> float:
        return digits.nearest_mean()

    def splits(self) -> Splits:
        return _splits()


@cache
def _splits() -> Splits:
    return Splits(
        *(
            Batch(x=torch.tensor(part.pixels.T[:, :, None]), y=torch.tensor(part.labels[None]))
            for part in digits.parts()
        )
    )
