"""Is a sentence for or against? Its words come one by one, and the last state is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from seqbench.front import Embedding
from seqbench.knobs import Several, Size
from seqbench.task import Batch, Classification, IoShape
from seqbench.task.reading import Reading
from seqbench.tasks._lengths import padded


@dataclass(frozen=True, kw_only=True)
class Sentiment(Classification):
    """Knobs:
    words:      size of the vocabulary: the most frequent words of train, and <unk>.
    embedding:  numbers that stand for a word, learned.
    length:     words of a sentence that are read, at most.
    """

    io_shape: ClassVar[IoShape] = "many_to_one"
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    both_ways: ClassVar[bool] = True

    words: Several = 10_000
    embedding: Size = 50
    length: Size = 60

    inputs, outputs = 1, 2

    @property
    def lag(self) -> int:
        return self.length - 1

    @property
    def reading(self) -> Reading:
        return Reading(variable=True, front=Embedding(symbols=self.words, size=self.embedding))


def spoken(found: Sequence[NDArray[np.int64]], classes: NDArray[np.int64], length: int) -> Batch:
    """Sentences as symbols, x (length, N, 1), and their classes, y (1, N)."""
    x, valid = padded([sentence[:length] for sentence in found], length)
    return Batch(x=x[..., None].float(), y=torch.from_numpy(classes)[None], valid=valid)
