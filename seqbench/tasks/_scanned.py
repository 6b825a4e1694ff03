"""Handwritten digits, scanned in one order or another: what the tasks on MNIST have in common.

task            steps        a step's input
mnist_pixels    side squared one pixel, row after row
mnist_permuted  side squared one pixel, in one order drawn by lot and kept for all images
mnist_rows      side         one row of pixels
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch

from seqbench.data.sets import mnist
from seqbench.task import Batch, Classification, IoShape, Splits


@dataclass(frozen=True, kw_only=True)
class Scanned(Classification):
    """Base: a task says its `side`, and whether it reads permuted pixels or rows."""

    io_shape: ClassVar[IoShape] = "many_to_one"
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    both_ways: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("mnist",)
    side: ClassVar[int] = mnist.SIDE
    permuted: ClassVar[bool] = False
    wide: ClassVar[bool] = False  # a step is a row

    outputs = mnist.CLASSES

    @property
    def inputs(self) -> int:
        return self.side if self.wide else 1

    @property
    def lag(self) -> int:
        return self.side**2 // self.inputs - 1

    @property
    def chance(self) -> float:
        return mnist.majority()

    @property
    def pass_mark(self) -> float:
        return mnist.nearest_mean(self.side, self.permuted)

    def splits(self) -> Splits:
        return _splits(self.side, self.permuted, self.inputs)


@cache
def _splits(side: int, permuted: bool, inputs: int) -> Splits:
    return Splits(
        *(
            Batch(
                # a view: the tasks of one size share the numbers of their images
                x=torch.from_numpy(part.pixels).unflatten(-1, (-1, inputs)).transpose(0, 1),
                y=torch.from_numpy(part.labels)[None],
            )
            for part in mnist.parts(side, permuted)
        )
    )
