"""Sequential MNIST: a handwritten digit, read one pixel at a time

    step     0   1  ...  27  28  ...  783
    input   row 1, left to right | row 2 ...     one of 28 x 28 pixels, 0 (paper) to 1 (ink)
    asked                                 x      which digit, 0 to 9

Asked is what was drawn somewhere in 784 steps; the lower margin, about 100 steps of 0, comes last.
Solved at the accuracy of the nearest of the ten mean training images (computed from the data).
Scaled to 0 ... 1 (pixel / 255). Train and test as published; valid: the last 5,000 of train.
Not row by row (`mnist_rows`), and not permuted (`mnist_permuted`): three tasks, three tables.
Published, test accuracy in %: RNN 21.5, LSTM 87.2, GRU 96.2 (bai2018 [M]); IRNN 97 (le2015 [M]);
LSTM 98.2, unitary 95.1 (arjovsky2016 [M]): wider networks, many more updates.
Source: lecun1998, le2015, arjovsky2016, bai2018
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.tasks._scanned import Scanned


@dataclass(frozen=True, kw_only=True)
class MnistPixels(Scanned):
    past_only: ClassVar[bool] = True  # the last pixel is paper in every image
