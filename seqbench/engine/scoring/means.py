"""Means over pieces of a test that are those of the whole, however it is cut."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine.held_out import HeldOut
from seqbench.task import Batch, Task


@dataclass(frozen=True)
class Means:
    """Sums of what pieces give, each by what its answers weigh in the mean that the task takes."""

    task: Task
    held: HeldOut
    sums: Tensors = field(default_factory=dict)
    counts: dict[str, Tensor | int] = field(default_factory=dict)
    wholes: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict)

    def add(self, piece: Batch, values: Tensors) -> None:
        """What a piece gives, by name: (S,) each."""
        for name, value in values.items():
            share = self._share(name, piece)
            if isinstance(share, Tensor):  # nothing, be it NaN, where no answer counts
                value = torch.where(share == 0, 0, value)
            self.sums[name] = (share * value).to(value.dtype) + self.sums.get(name, 0)
            self.counts[name] = self.counts.get(name, 0) + share

    def taken(self) -> Tensors:
        """The means, (S,) each."""
        return {name: (z / self.counts[name]).to(z.dtype) for name, z in self.sums.items()}

    def _share(self, name: str, piece: Batch) -> Tensor | int:
        """The weight of a piece: its part of the answers that count, as a number of sequences.

        Where sequences differ in length, the answers themselves.
        """
        weights = self.task.weights(name, piece)
        if weights is None:
            return len(piece)
        part = weights.sum((-2, -1), dtype=torch.float64)
        if self._uneven:
            return part
        sequences, answers = self._whole(name)
        return part * sequences / answers

    def _whole(self, name: str) -> tuple[Tensor, Tensor]:
        """Of all pieces together, the sequences with an answer that counts, and what they weigh."""
        if name not in self.wholes:
            every = [self.task.weights(name, part) for part in self.held.parts]
            some = [weights for weights in every if weights is not None]  # all, or none
            self.wholes[name] = (
                self.held.by_row([(weights > 0).any(-2).sum(-1) for weights in some]),
                self.held.by_row([w.sum((-2, -1), dtype=torch.float64) for w in some]),
            )
        return self.wholes[name]

    @property
    def _uneven(self) -> bool:
        return self.task.reading.variable or self.task.reading.carries
