"""Surname classification: of which of 18 languages is it? Read letter by letter.

    step     0   1   2   3   4   5
    input    N   o   v   o   t   n   ...  y       one of 55: letters, space, apostrophe, hyphen
    asked                                 x       which of 18 languages

Accuracy; classes are very unequal, so chance is always to say Russian (.53), and a good score says
little of the rare languages. Solved at the accuracy of naive Bayes with letters given the one
before (.80). Names of several languages are examples of each, so not even the best answer is always
right.
Split by the name itself (ours; 14407, 1786, 1793): the same name is never in two parts.
Published: nothing that compares; the tutorial that made these names known draws its tests from its
training names, and repeats names.
Not first names; not nationality.
Source: robertson2017
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch

from seqbench.data.sets import names
from seqbench.front import OneHot
from seqbench.task import Batch, Classification, IoShape, Splits
from seqbench.task.reading import Reading
from seqbench.tasks._lengths import padded


@dataclass(frozen=True, kw_only=True)
class SurnameLanguage(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    both_ways: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("names",)

    inputs, outputs, lag = 1, len(names.LANGUAGES), names.LONGEST - 1
    reading = Reading(variable=True, front=OneHot(symbols=len(names.LETTERS)))

    @property
    def chance(self) -> float:
        return names.majority()

    @property
    def pass_mark(self) -> float:
        return names.naive_bayes()

    def splits(self) -> Splits:
        return _splits()


@cache
def _splits() -> Splits:
    return Splits(*(_batch(part) for part in names.parts()))


def _batch(part: names.Part) -> Batch:
    x, valid = padded(part.names, names.LONGEST)
    return Batch(x=x[..., None].float(), y=torch.from_numpy(part.languages)[None], valid=valid)
