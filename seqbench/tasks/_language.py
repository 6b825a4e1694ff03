"""Language models: a text of one piece, read symbol by symbol; asked is always the next one."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqbench.front import Embedding, Front, OneHot
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape, Splits
from seqbench.task.reading import Reading
from seqbench.task.speaking import Sample, Speaking

SHOWN = 2


@dataclass(frozen=True, kw_only=True)
class LanguageModel(Speaking, Classification):
    """The state goes on from window to window, so the text before is never forgotten by decree.

    In a showcase it hears `prompt` symbols of the test part, from the beginning of a line on, and
    goes on by itself for `own` symbols. A task says the `symbols`, and `between` and `line`: what
    stands between two of them in print, and which one ends a line.

    Knobs:
        window:  steps that are trained at once: no gradient reaches farther back.
    """

    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    metric: ClassVar[str] = "bits_per_character"
    larger_is_better: ClassVar[bool] = False
    perfect: ClassVar[float] = 0.0
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    likelihood: ClassVar[bool] = True
    draws: ClassVar[Literal["", "gumbel", "logistic"]] = "gumbel"
    between: ClassVar[str] = ""
    line: ClassVar[str] = "\n"
    prompt: ClassVar[int] = 40
    own: ClassVar[int] = 300

    window: Size = 100

    inputs = 1

    @property
    @abstractmethod
    def symbols(self) -> Sequence[str]:
        """What each number stands for, in print."""

    @property
    def front(self) -> Front:
        """What makes inputs of a symbol's number."""
        return OneHot(symbols=self.outputs)

    @property
    def reading(self) -> Reading:
        return Reading(window=self.window, front=self.front)

    @property
    def lag(self) -> int:
        return self.window - 1

    @abstractmethod
    def splits(self) -> Splits:
        """The text, each part in one piece, as `stream` makes it."""

    @property
    def unit(self) -> float:
        """What the score counts in, in nats."""
        return log(2) if self.metric == "bits_per_character" else 1.0

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        return self.loss(outputs, batch) / self.unit

    def feed(self, x: Tensor, output: Tensor) -> Tensor:
        said = output.argmax(-1, keepdim=True).to(x.dtype)
        given = x[..., 1:].any(-1, keepdim=True)  # a column that only a showcase has
        return torch.where(given, x[..., :1], said)

    def written(self, symbols: Sequence[int]) -> str:
        """The text of these symbols."""
        return self.between.join(self.symbols[s] for s in symbols)

    def showcase(self) -> Batch:
        test = self.splits().test
        lines = 1 + (test.x[:, 0, 0] == self.symbols.index(self.line)).nonzero()[:, 0]
        steps = torch.arange(self.prompt + self.own - 1)[:, None]
        places = steps + lines[:: -(-len(lines) // SHOWN)]
        given = (steps < self.prompt).expand_as(places)[..., None].float()
        return Batch(x=torch.cat([given * test.x[places, 0], given], -1), y=test.y[places, 0])

    def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
        given = batch.x[: self.prompt, :, 0].T.long().tolist()
        said = outputs.argmax(-1)[self.prompt - 1 :].T.tolist()
        pairs = zip(said, given, strict=True)
        return [
            Sample("text", self.written(own), given=self.written(first)) for own, first in pairs
        ]


@dataclass(frozen=True, kw_only=True)
class WordModel(LanguageModel):
    """Symbols are words. The score is summable, so nats: perplexity is its exponential.

    Knobs:
        embedding:  numbers that stand for a word, learned.
    """

    metric: ClassVar[str] = "nats_per_word"
    between: ClassVar[str] = " "
    line: ClassVar[str] = "<eos>"
    prompt: ClassVar[int] = 8
    own: ClassVar[int] = 50

    window: Size = 35
    embedding: Size = 50

    @property
    def front(self) -> Front:
        return Embedding(symbols=self.outputs, size=self.embedding)


def stream(symbols: NDArray[np.int64]) -> Batch:
    """One long sequence: x (N, 1, 1) and the symbols that follow, y (N, 1)."""
    text = torch.from_numpy(symbols)
    return Batch(x=text[:-1, None, None].float(), y=text[1:, None])
