"""MNIST by rows: a handwritten digit, read one row of pixels at a time

    step      0      1      2   ...   27
    input   row 1  row 2  row 3 ... row 28     28 pixels, 0 (paper) to 1 (ink), from the top
    asked                             x        which digit, 0 to 9

Short and easy: whatever learns at all learns this one, and shows that it does.
Solved at the accuracy of the nearest of the ten mean training images (computed from the data).
Scaled to 0 ... 1 (pixel / 255). Train and test as published; valid: the last 5,000 of train.
Not sequential MNIST: 28 steps of 28 pixels, not 784 of one; scores of the two do not compare.
Published: no agreed reference. The same images without time: linear 88.0, 300 hidden units 95.3 %
(lecun1998 [M]).
Source: lecun1998
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.tasks._scanned import Scanned


@dataclass(frozen=True, kw_only=True)
class MnistRows(Scanned):
    wide: ClassVar[bool] = True
