"""Character-level language model of Python's own help texts.

    step     0   1   2   3   4   5  ...  49
    input    T   h   e       "   i  ...           one-hot: 63 frequent characters, 1 for the rest
    asked    h   e       "   i   m  ...           the next character, at every step

Asked is the next character, in bits: perfect 0, chance what the frequencies of single characters
give. Solved with fewer bits than a bigram model (counted on train, plus one), that is, by
remembering more than one character; the lag is the window, though nearer characters help most.
Not word level; and not comparable across Python versions, whose texts differ (see the checksum).
Source: shannon1951, mikolov2012, python2001
"""

from dataclasses import dataclass
from functools import cache
from math import log
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqbench.data.sets import python_topics
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape, Splits


@dataclass(frozen=True, kw_only=True)
class PythonTopics(Classification):
    io_shape: ClassVar[IoShape] = "many_to_many"
    needs: ClassVar[tuple[str, ...]] = ("python_topics",)
    asked: ClassVar[Literal["last", "every"]] = "every"
    metric: ClassVar[str] = "bits_per_character"
    larger_is_better: ClassVar[bool] = False
    perfect: ClassVar[float] = 0.0
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    likelihood: ClassVar[bool] = True

    length: Size = 50
    characters: Size = 200_000

    inputs = outputs = python_topics.ALPHABET

    @property
    def lag(self) -> int:
        return self.length - 1

    @property
    def chance(self) -> float:
        return python_topics.ngram_bits(0, self.characters, self.length)

    @property
    def pass_mark(self) -> float:
        return python_topics.ngram_bits(1, self.characters, self.length)

    def splits(self) -> Splits:
        return _splits(self.characters, self.length)

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        return self.loss(outputs, batch) / log(2)


@cache
def _splits(characters: int, length: int) -> Splits:
    return Splits(*map(_batch, python_topics.text(characters, length)))


def _batch(windows: NDArray[np.int64]) -> Batch:
    symbols = torch.tensor(windows.T)  # (T + 1, n)
    return Batch(x=torch.eye(python_topics.ALPHABET)[symbols[:-1]], y=symbols[1:])
