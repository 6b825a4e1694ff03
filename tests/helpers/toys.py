"""Small tasks of the kinds that need something around a cell."""

from dataclasses import dataclass, replace
from functools import cache
from math import log
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from seqbench.front import Embedding, Glance, OneHot
from seqbench.task import Batch, Classification, Splits
from seqbench.task.pooled import Pooled
from seqbench.task.reading import Reading
from seqbench.task.speaking import Sample, Speaking

SYMBOLS = 5


def uneven(count: int, seed: int, most: int = 9) -> list[Tensor]:
    """Symbols of sequences that differ in length."""
    stream = torch.Generator().manual_seed(seed)
    lengths = torch.randint(3, most + 1, (count,), generator=stream).tolist()
    return [torch.randint(SYMBOLS, (n,), generator=stream) for n in lengths]


def padded(sequences: list[Tensor], before: int = 0, behind: int = 0) -> tuple[Tensor, Tensor]:
    """(T, N) symbols and what of them is valid."""
    most = max(map(len, sequences))
    rows = [functional.pad(s, (before, behind + most - len(s))) for s in sequences]
    valid = [
        functional.pad(torch.ones(len(s)), (before, behind + most - len(s))) for s in sequences
    ]
    return torch.stack(rows, 1), torch.stack(valid, 1)


@dataclass(frozen=True, kw_only=True)
class First(Classification):
    """Name the first symbol at the end."""

    io_shape = "many_to_one"
    both_ways: ClassVar[bool] = True
    open_ended: ClassVar[bool] = True
    before: int = 0
    behind: int = 0
    size: int = 4
    inputs, outputs, lag, chance, pass_mark = 1, SYMBOLS, 8, 1 / SYMBOLS, 0.9

    @property
    def reading(self) -> Reading:
        return Reading(variable=True, front=Embedding(symbols=SYMBOLS, size=self.size))

    def splits(self) -> Splits:
        return Splits(*(self._part(n, seed) for seed, n in enumerate((64, 20, 20))))

    def _part(self, count: int, seed: int) -> Batch:
        sequences = uneven(count, seed)
        x, valid = padded(sequences, self.before, self.behind)
        return Batch(
            x=x[..., None].float(), y=torch.stack([s[0] for s in sequences])[None], valid=valid
        )


@dataclass(frozen=True, kw_only=True)
class Label(First):
    """Name at every step the symbol of the step after it: easy to who reads backwards."""

    asked = "every"
    io_shape = "many_to_many"

    def _part(self, count: int, seed: int) -> Batch:
        x, valid = padded(uneven(count, seed), self.before, self.behind)
        real = valid * valid.roll(-1, 0)
        real[-1] = 0
        return Batch(x=x[..., None].float(), y=x.roll(-1, 0), mask=real, valid=valid)


@dataclass(frozen=True, kw_only=True)
class Text(Classification):
    """A language model of a periodic text; what comes next depends on many steps before."""

    io_shape = "many_to_many"
    asked = "every"
    metric: ClassVar[str] = "bits_per_character"
    larger_is_better: ClassVar[bool] = False
    perfect: ClassVar[float] = 0.0
    open_ended: ClassVar[bool] = True
    likelihood: ClassVar[bool] = True
    steps: int = 6
    inputs, outputs, lag, chance, pass_mark = 1, SYMBOLS, 5, log(SYMBOLS) / log(2), 0.01

    @property
    def reading(self) -> Reading:
        return Reading(window=self.steps, front=OneHot(symbols=SYMBOLS))

    def splits(self) -> Splits:
        return _texts()

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        return self.loss(outputs, batch) / log(2)


@cache
def _texts() -> Splits:
    return Splits(*(_text(n, seed) for seed, n in enumerate((403, 101, 101))))


def _text(count: int, seed: int) -> Batch:
    s = torch.randint(SYMBOLS, (count + 1,), generator=torch.Generator().manual_seed(seed))
    return Batch(x=s[:-1, None, None].float(), y=s[1:, None])


@dataclass(frozen=True, kw_only=True)
class Caption(Pooled, Speaking, Classification):
    """A tiny image in, three symbols out, tested by free running; an encoder reads two steps."""

    io_shape = "one_to_many"
    asked = "every"
    metric: ClassVar[str] = "exact_match"
    generates: ClassVar[bool] = True
    open_ended: ClassVar[bool] = True
    inputs, outputs, lag, chance, pass_mark = 16 + SYMBOLS + 1, SYMBOLS, 4, 0.0, 0.9
    reading = Reading(
        encoder=2, front=Glance(side=4, colors=1, symbols=SYMBOLS + 1, size=3, filters=2)
    )

    def splits(self) -> Splits:
        return Splits(*(self._part(n, seed) for seed, n in enumerate((64, 20, 20))))

    def _part(self, count: int, seed: int) -> Batch:
        stream = torch.Generator().manual_seed(seed)
        y = torch.randint(SYMBOLS, (5, count), generator=stream)
        said = functional.one_hot(y, SYMBOLS).float()
        image = functional.pad(torch.rand(1, count, 16, generator=stream), (0, 0, 0, 0, 0, 4))
        mask = (torch.arange(5) >= 2).float()[:, None].expand(-1, count)
        free = (torch.arange(5) >= 3).float()[:, None, None].expand(-1, count, -1)
        heard = free * functional.pad(said[:-1], (0, 0, 0, 0, 1, 0))
        x = torch.cat([image, heard, free], -1)
        return Batch(x=x, y=y, mask=mask)

    def feed(self, x: Tensor, output: Tensor) -> Tensor:
        said = functional.one_hot(output.argmax(-1), SYMBOLS).to(x.dtype)
        free = x[..., -1:]
        return torch.cat([x[..., :16], free * said, free], -1)

    def judge(self, said: Tensor, batch: Batch) -> Tensor:
        right = (said == batch.y) | (batch.mask == 0)
        return right.all(-2).float().mean(-1)

    def showcase(self) -> Batch:
        return self.splits().test.pick(slice(2))

    def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
        return [Sample("text", str(said)) for said in outputs.argmax(-1).T.tolist()]


@dataclass(frozen=True, kw_only=True)
class Shorter(Caption):
    """The same with one to three symbols."""

    reading = replace(Caption.reading, variable=True)

    def _part(self, count: int, seed: int) -> Batch:
        whole = super()._part(count, seed)
        lengths = torch.randint(3, 6, (count,), generator=torch.Generator().manual_seed(seed))
        valid = (torch.arange(5)[:, None] < lengths).float()
        return replace(whole, mask=whole.mask * valid, valid=valid)
