"""The sequences on which rows of a stack are scored.

Of recorded data they are the same for all rows. Drawn ones are those of each row's seed: the same
for every remedy and learning rate, others for another seed, so that what differs from seed to seed
holds the chance of the draw.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine.spans import Span
from seqbench.task import Batch


@dataclass(frozen=True)
class HeldOut:
    """Attributes:
    parts: sets of as many sequences of one form, x (T, n, I) each.
    rows:  the number of every row's set; None: all rows are scored on the only one.
    """

    parts: tuple[Batch, ...]
    rows: tuple[int, ...] | None = None

    def __len__(self) -> int:
        """Sequences that a row is scored on."""
        return len(self.parts[0])

    @property
    def steps(self) -> int:
        """T"""
        return self.parts[0].x.shape[-3]

    @cached_property
    def _index(self) -> Tensor:
        return torch.tensor(self.rows, device=self.parts[0].x.device)

    def of(self, span: Span) -> "HeldOut":
        """What the rows of a span are scored on."""
        if self.rows is None:
            return self
        rows = span.rows(self.rows)
        used = sorted({*rows})
        return HeldOut(tuple(self.parts[k] for k in used), tuple(used.index(row) for row in rows))

    def by_row(self, numbers: list[Tensor]) -> Tensor:
        """A tensor of every set, in rows: (*) each -> (S, *), or (*) where all share one."""
        if self.rows is None:
            return numbers[0]
        return torch.stack(numbers).index_select(0, self._index)

    def pieces(self, size: int) -> Iterator[Batch]:
        """All sequences, so many at once: x (S, T, size, I), or (T, size, I) where all share."""
        for start in range(0, len(self), size):
            some = [vars(part.pick(slice(start, start + size))) for part in self.parts]
            names = [name for name, tensor in some[0].items() if tensor is not None]
            yield Batch(**{name: self.by_row([one[name] for one in some]) for name in names})

    def each(self, said: Tensor, judged: Callable[[Tensor, Batch], Tensors]) -> Tensors:
        """What a function makes of all that rows said (S, A, B) and the set they said it of."""
        if self.rows is None:
            return judged(said, self.parts[0])
        places, made = list[int](), list[Tensors]()
        for number, part in enumerate(self.parts):
            mine = [place for place, row in enumerate(self.rows) if row == number]
            found = judged(said[mine * 2 if len(mine) == 1 else mine], part)  # never one alone
            made.append({name: values[: len(mine)] for name, values in found.items()})
            places += mine
        order = torch.tensor(places, device=said.device).argsort()
        return {name: torch.cat([one[name] for one in made])[order] for name in made[0]}
