"""Noise-padded digits: a handwritten digit, row by row, then noise until the end.

    step      0      1   ...   7     8    9   ...  99
    input   row 1  row 2 ... row 8  e_8  e_9  ... e_99    8 pixels, 0 (paper) to 1 (ink); then
    asked                                           x     8 numbers from N(0, 1). Which digit?

What follows the digit is larger than it and says nothing, so a memory that lets everything in has
nothing left of it. Solved at the accuracy of the nearest mean training image, as in `digits`.
Our deviation: 8 x 8 pixels (the paper: 32 rows of CIFAR-10, 1,000 steps); noise is drawn once.
Not `digits`, whose image lasts until the end; not padding, which a network is told of and skips.
Source: chang2019, alpaydin1998
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
import torch

from seqbench.data.sets import digits
from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape, Splits


@dataclass(frozen=True, kw_only=True)
class NoisePaddedDigits(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"
    needs: ClassVar[tuple[str, ...]] = ("digits",)
    open_ended: ClassVar[bool] = True

    length: Size = 100

    inputs, outputs = digits.SIDE, digits.CLASSES
    lag = property(lambda self: self.length - 1)
    chance = property(lambda self: digits.majority())
    pass_mark = property(lambda self: digits.nearest_mean())

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length <= digits.SIDE:
            asked = "Allowed: more than the rows of a digit, 8. Change the value."
            raise InputError(f"NoisePaddedDigits: length is {self.length}. {asked}")

    def splits(self) -> Splits:
        return _splits(self.length)


@cache
def _splits(length: int) -> Splits:
    draws = np.random.default_rng(0)  # any seed would do
    parts, side = [], digits.SIDE
    for pixels, labels in digits.parts():
        rows = pixels.reshape(-1, side, side).swapaxes(0, 1)  # (8, N, 8)
        noise = draws.standard_normal((length - side, len(labels), side), np.float32)
        x, y = torch.from_numpy(np.concatenate([rows, noise])), torch.from_numpy(labels)[None]
        parts.append(Batch(x=x, y=y))
    return Splits(*parts)
