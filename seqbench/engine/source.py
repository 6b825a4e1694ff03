"""Where a stack's batches come from: the same seed gives the same batches under every remedy."""

from functools import cached_property
from hashlib import sha256

import torch
from torch import Tensor

from seqbench.engine.streams import stream
from seqbench.task import Batch, Splits, Task

HELD_OUT = 0  # the seed of validation and test sequences: the same for every trial


class Source:
    """Training batches by (seed, step), and the held-out sequences.

    Synthetic tasks draw fresh sequences for every update; recorded data are shuffled once per
    epoch, each epoch's order being a stream of its own.
    """

    def __init__(self, task: Task, n: int, valid: int, test: int, device: torch.device):
        self.task, self.n, self.device = task, n, device
        self.data: Splits | None = task.splits()
        if self.data:  # laid out in order once, else every batch would copy all of it
            self.data = Splits(*(part.map(Tensor.contiguous) for part in self.data))
            self.valid, self.test = self.data.valid, self.data.test
        else:
            self.valid, self.test = self._held_out("valid", valid), self._held_out("test", test)
        self.valid = self.valid.map(lambda x: x.to(device))
        self.test = self.test.map(lambda x: x.to(device))
        self._orders: dict[tuple[int, int], Tensor] = {}

    def _held_out(self, name: str, count: int) -> Batch:
        """Fresh sequences drawn in batches: where a length is drawn per batch, many occur."""
        sizes = [min(self.n, count - start) for start in range(0, count, self.n)]
        streams = (stream(HELD_OUT, name, step) for step in range(len(sizes)))
        batches = [self.task.sample(*pair) for pair in zip(sizes, streams, strict=True)]
        return batches[0].joined(*batches[1:])

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of recorded data as this task sees them; empty for a synthetic task."""
        if not self.data:
            return ""
        digest = sha256()
        for batch in self.data:
            for part in vars(batch).values():
                if part is not None:
                    digest.update(part.numpy().tobytes())
        return digest.hexdigest()

    @property
    def per_epoch(self) -> int:
        """Updates until recorded data repeat; for a synthetic task they never do."""
        return max(1, len(self.data.train) // self.n) if self.data else 2**62

    def probe(self, n: int) -> Batch:
        """A few validation sequences, the same for every trial: x (T, n, I)."""
        return self.valid.pick(torch.arange(min(n, len(self.valid)), device=self.device))

    def _order(self, seed: int, epoch: int) -> Tensor:
        assert self.data
        if (seed, epoch) not in self._orders:
            order = torch.randperm(len(self.data.train), generator=stream(seed, "data", epoch))
            self._orders[seed, epoch] = order
        return self._orders[seed, epoch]

    def one(self, seed: int, step: int) -> Batch:
        """The batch of one seed at one update: x (T, B, I)."""
        if not self.data:
            return self.task.sample(self.n, stream(seed, "data", step))
        n = min(self.n, len(self.data.train))
        epoch, place = divmod(step, self.per_epoch)
        return self.data.train.pick(self._order(seed, epoch)[place * n : (place + 1) * n])

    def batch(self, seeds: list[int], step: int) -> Batch:
        """The batches of a stack, one row per seed (seeds repeat): x (S, T, B, I)."""
        distinct = sorted(set(seeds))
        batches = [self.one(seed, step) for seed in distinct]
        rows = torch.tensor([distinct.index(seed) for seed in seeds], device=self.device)
        parts = {
            key: torch.stack([getattr(batch, key) for batch in batches])
            .to(self.device)
            .index_select(0, rows)
            for key, part in vars(batches[0]).items()
            if part is not None
        }
        return Batch(**parts)
