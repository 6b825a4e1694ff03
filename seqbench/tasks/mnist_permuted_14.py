"""Permuted sequential MNIST at 14 x 14: a small digit in an order drawn by lot

    step     0    1    2   ...  195
    input  p152 p165 p171  ... p(last)     means of 2 x 2 pixels, in the same disorder for all
    asked                        x         which digit, 0 to 9

`mnist_permuted` with 196 steps in place of 784. The order is
numpy.random.RandomState(92916).permutation(196); its SHA-256 (64-bit numbers, little-endian) is
c4e50b70c46de9550e0d3d91d8ce583f9ae1ef189ecf7b87c213f9f3eb56afcb
Solved at the accuracy of the nearest of the ten mean training images (computed from the data).
Scaled to 0 ... 1 (pixel / 255). Train and test as published; valid: the last 5,000 of train.
Not permuted MNIST, whose published scores belong to 784 steps: compare within this size only.
Our deviation: the images are reduced. Published: none for this size.
Source: lecun1998, le2015
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.tasks._scanned import Scanned


@dataclass(frozen=True, kw_only=True)
class MnistPermuted14(Scanned):
    side: ClassVar[int] = 14
    permuted: ClassVar[bool] = True
