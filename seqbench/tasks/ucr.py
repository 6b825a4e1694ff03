"""Time-series archive: a curve in, its class out. The knob names one of seven sets.

    step      0     1    2   ...  T-1
    input    -1.1  0.2  0.5  ...  0.3     one number (basicmotions: six)
    asked                          x      which class

    variant           steps  channels  classes  train  test    what it is
    gunpoint            150     1         2       50    150    a hand draws a gun, or points
    italypowerdemand     24     1         2       67   1029    a day's demand, winter or summer
    ecg200               96     1         2      100    100    heartbeats
    ecg5000             140     1         5      500   4499    heartbeats (one of 4500 is lost)
    osuleaf             427     1         6      200    242    outlines of leaves
    acsf1              1460     1        10      100    100    power of household appliances
    basicmotions        100     6         4       40     40    a watch on a moving wrist

Solved at the accuracy of the archive's own first reference: the nearest train series (Euclidean
distance, computed here). Univariate series are standardized one by one, as published; the channels
of basicmotions, published raw, by train. Validation (ours): every fourth train series of each class
in the file's order, so what is left to train on is small: 38 for gunpoint, 32 for basicmotions.
Published (1-NN with DTW, best window; errors in %): gunpoint 8.7, italypowerdemand 4.5, ecg200 12,
ecg5000 7.5, osuleaf 38.8, acsf1 38 [M]; dau2019
Not resampled, as the archive recommends: one published split, and test sets as small as 40.
Source: dau2019, bagnall2018
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import numpy as np
import torch

from seqbench.data.formats.labeled import Labeled
from seqbench.data.sets import ucr
from seqbench.task import Batch, Classification, IoShape, Splits


@dataclass(frozen=True, kw_only=True)
class Ucr(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    both_ways: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("ucr_{variant}",)

    variant: Literal[
        "gunpoint", "italypowerdemand", "ecg200", "ecg5000", "osuleaf", "acsf1", "basicmotions"
    ] = "gunpoint"

    @property
    def inputs(self) -> int:
        return ucr.SETS[self.variant].channels

    @property
    def outputs(self) -> int:
        return ucr.SETS[self.variant].classes

    @property
    def lag(self) -> int:
        return ucr.SETS[self.variant].length - 1

    @property
    def chance(self) -> float:
        return ucr.guess(self.variant)

    @property
    def pass_mark(self) -> float:
        return ucr.neighbor(self.variant)

    def splits(self) -> Splits:
        return _splits(self.variant)


@cache
def _splits(variant: str) -> Splits:
    return Splits(*(_batch(part) for part in ucr.parts(variant)))


def _batch(part: Labeled) -> Batch:
    x = np.stack(part.sequences, 1).astype(np.float32)  # (T, N, channels)
    return Batch(x=torch.from_numpy(x), y=torch.from_numpy(part.labels)[None])
