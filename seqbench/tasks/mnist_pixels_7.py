"""Sequential MNIST at 7 x 7: a small digit, one pixel at a time

    step     0   1  ...   6   7  ...   48
    input   row 1, left to right | row 2 ...     one of 7 x 7 means of 4 x 4 pixels
    asked                                 x      which digit, 0 to 9

`mnist_pixels` with 49 steps in place of 784, so that it trains where 784 steps do not.
Solved at the accuracy of the nearest of the ten mean training images (computed from the data).
Scaled to 0 ... 1 (pixel / 255). Train and test as published; valid: the last 5,000 of train.
Not sequential MNIST, whose published scores belong to 784 steps: compare within this size only.
Our deviation: the images are reduced. Published: none for this size.
Source: lecun1998, le2015
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.tasks._scanned import Scanned


@dataclass(frozen=True, kw_only=True)
class MnistPixels7(Scanned):
    side: ClassVar[int] = 7
