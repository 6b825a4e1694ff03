"""Permuted sequential MNIST: a digit, one pixel at a time, in an order drawn by lot

    step     0    1    2   ...  783
    input  p319 p576 p323  ... p(last)     pixels of 28 x 28 in the same disorder for all images
    asked                        x         which digit, 0 to 9

What was near is now far: no margin, no strokes, but dependencies over all lags.
The order is numpy.random.RandomState(92916).permutation(784), as in most public code; its SHA-256
(64-bit numbers, little-endian) is
96240fe27409981c3ed3e92c20d995f7103a94c2282307bc776923030113be74
Solved at the accuracy of the nearest of the ten mean training images (computed from the data).
Scaled to 0 ... 1 (pixel / 255). Train and test as published; valid: the last 5,000 of train.
Not every paper's order: others draw it from another seed, or reverse the bits of the step.
Published, test accuracy in %: RNN 25.3, LSTM 85.7, GRU 87.3 (bai2018 [M]); IRNN 82 (le2015 [M]);
LSTM 88.0, unitary 91.4 (arjovsky2016 [M]).
Source: lecun1998, le2015, arjovsky2016, wisdom2016, bai2018
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.tasks._scanned import Scanned


@dataclass(frozen=True, kw_only=True)
class MnistPermuted(Scanned):
    permuted: ClassVar[bool] = True
