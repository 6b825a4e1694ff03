"""Digits at a glance: the whole image in a single step, the control without time.

    step    0
    input   64 pixels, 0 (paper) to 1 (ink)
    asked   which digit, 0 to 9

Asked is the same as in `digits`, but nothing has to be remembered: what a cell loses there and not
here, it loses to time. Solved at the accuracy of the nearest mean training image.
Not sequential digits: with one step no recurrent weight is ever used.
Source: alpaydin1998
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch

from seqbench.data.sets import digits
from seqbench.task import Batch, Classification, IoShape, Splits


@dataclass(frozen=True, kw_only=True)
class DigitsImage(Classification):
    io_shape: ClassVar[IoShape] = "one_to_one"
    needs: ClassVar[tuple[str, ...]] = ("digits",)
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False

    inputs, outputs, lag = digits.PIXELS, digits.CLASSES, 0

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
            Batch(x=torch.tensor(part.pixels[None]), y=torch.tensor(part.labels[None]))
            for part in digits.parts()
        )
    )
