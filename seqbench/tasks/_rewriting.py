"""A string is read, and another one of the same length is written: what these tasks share."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench.knobs import Several, Size
from seqbench.task import Batch, Classification, IoShape


@dataclass(frozen=True, kw_only=True)
class Rewriting(Classification):
    """Inputs are one-hot: the alphabet, and a blank while the answer is written.

    Knobs:
        length:    how many symbols are read, and how many are written.
        alphabet:  of how many kinds.
    """

    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    length: Size = 10
    alphabet: Several = 5

    pass_mark = 0.99

    @property
    def inputs(self) -> int:
        return self.alphabet + 1

    @property
    def outputs(self) -> int:
        return self.alphabet

    @property
    def lag(self) -> int:
        return 2 * self.length - 1

    def sample(self, n: int, stream: Generator) -> Batch:
        read = torch.randint(self.alphabet, (self.length, n), generator=stream)
        tokens = functional.pad(read, (0, 0, 0, self.length), value=self.alphabet)
        y = functional.pad(self.written(read), (0, 0, self.length, 0))
        asked = (torch.arange(len(tokens)) >= self.length).float()[:, None].expand(-1, n)
        return Batch(x=functional.one_hot(tokens, self.inputs).float(), y=y, mask=asked)

    @abstractmethod
    def written(self, read: Tensor) -> Tensor:
        """The right answers to what was read, both (length, n)."""
