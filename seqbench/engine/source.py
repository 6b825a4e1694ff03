"""Where a stack's batches come from: the same seed gives the same batches under every remedy."""

from collections.abc import Iterable
from contextlib import nullcontext
from functools import cached_property
from hashlib import sha256

import torch
from torch import Tensor

from seqbench.engine import contracts
from seqbench.engine.batches import answered
from seqbench.engine.faults import Misdrawn
from seqbench.engine.passes.windows import ending_together, per_epoch, whole, window, windows
from seqbench.engine.streams import CPU, stream
from seqbench.errors import InputError
from seqbench.task import Batch, Splits, Task

HELD_OUT = 0  # the seed of validation and test sequences: the same for every trial


class Source:
    """Training batches by (seed, step), and the held-out sequences.

    Synthetic tasks draw fresh sequences for every update, on the device itself unless they are
    `on_host`; recorded data lie there and are shuffled once per epoch, each epoch's order being a
    stream of its own. Held-out sequences and orders are drawn on the CPU: the same everywhere.
    """

    def __init__(
        self,
        task: Task,
        n: int,
        valid: int,
        test: int,
        device: torch.device,
        *,
        valid_at_most: int | None = None,
        test_at_most: int | None = None,
    ):
        self.task, self.reading, self.n, self.device = task, task.reading, n, device
        self.data: Splits | None = contracts.splits(task)
        if self.data:  # laid out in order once, else every batch would copy all of it
            self.data = Splits(*(self._laid(part) for part in self.data))
            self.train = self.data.train.map(lambda x: x.to(device))
            self.valid = self._some(self.data.valid, valid_at_most)
            self.test = self._some(self.data.test, test_at_most)
            answered(task, self.valid, f"valid_at_most {valid_at_most}")
            answered(task, self.test, f"test_at_most {test_at_most}")
        else:
            contracts.seeded(task)
            self.valid, self.test = self._held_out("valid", valid), self._held_out("test", test)
            self._forms = contracts.forms(self.valid.pick(torch.zeros(n).long()))
        self.valid = self.valid.map(lambda x: x.to(device))
        self.test = self.test.map(lambda x: x.to(device))
        self._orders: dict[tuple[int, int], Tensor] = {}
        self._rows: dict[tuple[int, ...], Tensor] = {}

    def _laid(self, batch: Batch) -> Batch:
        """In order; where the last state is read, sequences end together, as what remedies do
        between steps is counted from the end.
        """
        if self.reading.variable and self.task.asked == "last":
            batch = ending_together(batch)
        return batch.map(Tensor.contiguous)

    def _some(self, batch: Batch, most: int | None) -> Batch:
        """At most so many sequences, spread evenly; of a text its first steps."""
        if self.reading.carries:
            return batch.map(lambda part: part[:most])
        if most is None or len(batch) <= most:
            return batch
        return batch.pick(torch.linspace(0, len(batch) - 1, most).round().long())

    @property
    def steps(self) -> int:
        """Steps through which one pass goes: those of a sequence, or of a window."""
        return self.reading.window or self.valid.x.shape[-3]

    @property
    def amounts(self) -> dict[str, int | None]:
        """Sequences (of a text: steps) of each part; training is endless where they are drawn."""
        count = (lambda part: len(part.y)) if self.reading.carries else len
        train = count(self.train) if self.data else None
        return {"train_n": train, "valid_n": count(self.valid), "test_n": count(self.test)}

    def _held_out(self, name: str, count: int) -> Batch:
        """Fresh sequences drawn in batches: where a length is drawn per batch, many occur."""
        sizes = [min(self.n, count - start) for start in range(0, count, self.n)]
        batches: list[Batch] = []
        for step, size in enumerate(sizes):
            drawn = stream(HELD_OUT, name, step)
            batches.append(contracts.sample(self.task, size, drawn, *batches[:1]))
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
        if self.reading.carries:
            return per_epoch(self.train, self.n, self.reading.window)
        return max(1, len(self.train) // self.n) if self.data else 2**62

    def begins(self, step: int) -> bool:
        """Whether nothing is carried into this update's window."""
        return step % self.per_epoch == 0

    def probe(self, n: int) -> Batch:
        """A few validation sequences, the same for every trial: x (T, n, I)."""
        if self.reading.carries:
            return next(windows(whole(self.valid, n), self.reading.window))
        return self.valid.pick(torch.arange(min(n, len(self.valid)), device=self.device))

    def _order(self, seed: int, epoch: int) -> Tensor:
        if (seed, epoch) not in self._orders:
            order = torch.randperm(len(self.train), generator=stream(seed, "data", epoch))
            self._orders[seed, epoch] = order.to(self.device, non_blocking=True)
        return self._orders[seed, epoch]

    def _drawn(self, seed: int, step: int) -> Batch:
        home = CPU if self.task.on_host else self.device
        with home if home.type != "cpu" else nullcontext():
            return self.task.sample(self.n, stream(seed, "data", step, home))

    def inspect(self, seeds: Iterable[int], step: int) -> None:
        """Look at what is drawn for an update; too slow for all, so for those that went wrong.

        Raises:
            Misdrawn: names the seed, the update, the tensor and its place.
        """
        for seed in () if self.data else sorted({*seeds}):
            self._look(seed, step, self._drawn(seed, step))

    def _look(self, seed: int, step: int, drawn: Batch) -> None:
        where = f"sample() for seed {seed} at update {step + 1}"
        try:
            contracts.fresh(self.task, drawn, where, self.n, self.valid)
        except InputError as fault:
            raise Misdrawn(seed, fault) from fault

    def draw_again(self, seed: int, step: int) -> None:
        """Look whether the stream of an update still decides what is drawn.

        Raises:
            InputError: it gave different sequences.
        """
        if not self.data:
            contracts.same(self.task, self._drawn(seed, step), self._drawn(seed, step))

    def one(self, seed: int, step: int) -> Batch:
        """The batch of one seed at one update: x (T, B, I).

        Raises:
            Misdrawn: it has not the form of the sequences held out, or weights that are none.
        """
        if not self.data:
            drawn = self._drawn(seed, step)
            formed = isinstance(drawn, Batch) and contracts.forms(drawn) == self._forms
            if not (formed and contracts.weighed(drawn)):
                self._look(seed, step, drawn)
            return drawn
        epoch, place = divmod(step, self.per_epoch)
        if self.reading.carries:
            steps = self.reading.window
            begin = torch.randint(steps, (), generator=stream(seed, "data", epoch))
            return window(self.train, self.n, place, steps, int(begin))
        n = min(self.n, len(self.train))
        return self.train.pick(self._order(seed, epoch)[place * n : (place + 1) * n])

    def batch(self, seeds: list[int], step: int) -> Batch:
        """The batches of a stack, one row per seed (seeds repeat): x (S, T, B, I)."""
        distinct = sorted(set(seeds))
        batches = [self.one(seed, step) for seed in distinct]
        if (key := tuple(seeds)) not in self._rows:
            rows = torch.tensor([distinct.index(seed) for seed in seeds])
            self._rows = {key: rows.to(self.device)}
        parts = {
            name: torch.stack([getattr(batch, name) for batch in batches])
            .to(self.device, non_blocking=True)
            .index_select(0, self._rows[key])
            for name, part in vars(batches[0]).items()
            if part is not None
        }
        return Batch(**parts)
