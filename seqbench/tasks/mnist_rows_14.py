"""MNIST by rows at 14 x 14: a small digit, one row of pixels at a time

    step      0      1      2   ...   13
    input   row 1  row 2  row 3 ... row 14     14 means of 2 x 2 pixels, from the top
    asked                             x        which digit, 0 to 9

`mnist_rows` at half its size, for machines with little time.
Solved at the accuracy of the nearest of the ten mean training images (computed from the data).
Scaled to 0 ... 1 (pixel / 255). Train and test as published; valid: the last 5,000 of train.
Not sequential MNIST: a step is a whole row.
Our deviation: the images are reduced. Published: none for this size.
Source: lecun1998
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.tasks._scanned import Scanned


@dataclass(frozen=True, kw_only=True)
class MnistRows14(Scanned):
    side: ClassVar[int] = 14
    wide: ClassVar[bool] = True
