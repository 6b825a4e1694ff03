"""Where a stack's batches come from: the same seed gives the same batches under every remedy."""

from collections.abc import Iterable, Sequence
from copy import copy
from functools import cached_property
from hashlib import sha256

import torch
from torch import Tensor

from seqbench.engine import contracts
from seqbench.engine.batches import answered
from seqbench.engine.drawing import drawn, stacked
from seqbench.engine.faults import Misdrawn
from seqbench.engine.held_out import HeldOut
from seqbench.engine.passes.windows import ending_together, per_epoch, whole, window, windows
from seqbench.engine.streams import stream
from seqbench.errors import InputError
from seqbench.task import Batch, Splits, Task

SHARED = 0  # the seed of what is looked at in every trial: the sequences of probes


class Source:
    """Training batches by (seed, step), and the held-out sequences.

    Synthetic tasks draw fresh sequences for every update, on the device itself unless they are
    `on_host`; recorded data lie there and are shuffled once per epoch, each epoch's order being a
    stream of its own. Held-out sequences and orders are drawn on the CPU: the same everywhere.
    Those of a synthetic task are streams of the trial's seed, drawn once for each seed.
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
        self._held: dict[tuple[str, int], Batch] = {}  # by name and seed
        self.data: Splits | None = contracts.splits(task)
        if self.data:  # laid out in order once, else every batch would copy all of it
            self.data = Splits(*(self._laid(part) for part in self.data))
            self.train = self.data.train.map(lambda x: x.to(device))
            recorded = {
                "valid": self._some(self.data.valid, valid_at_most),
                "test": self._some(self.data.test, test_at_most),
            }
            answered(task, recorded["valid"], f"valid_at_most {valid_at_most}")
            answered(task, recorded["test"], f"test_at_most {test_at_most}")
            self._recorded = {k: part.map(lambda x: x.to(device)) for k, part in recorded.items()}
        else:
            contracts.seeded(task)
            self._counts = {"valid": valid, "test": test}
            self._like = contracts.sample(task, n, stream(SHARED, "probe"))
            self._probes = self._held_out("probe", SHARED, valid)
            self._forms = contracts.forms(self._like)
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
        whole = self._recorded["valid"] if self.data else self._like
        return self.reading.window or whole.x.shape[-3]

    @property
    def amounts(self) -> dict[str, int | None]:
        """Sequences (of a text: steps) of each part; training is endless where they are drawn."""
        if not self.data:
            return {"train_n": None} | {f"{name}_n": n for name, n in self._counts.items()}
        count = (lambda part: len(part.y)) if self.reading.carries else len
        parts = {"train": self.train} | self._recorded
        return {f"{name}_n": count(part) for name, part in parts.items()}

    def draw(self, seeds: Iterable[int]) -> None:
        """The held-out sequences of these seeds, which is done once.

        Raises:
            InputError: they are none, or differ in form.
        """
        for name in ("valid", "test"):
            self._of(name, [*seeds])

    def valid(self, seeds: Sequence[int]) -> HeldOut:
        """What rows of these seeds are validated on."""
        return self._of("valid", seeds)

    def test(self, seeds: Sequence[int]) -> HeldOut:
        """What rows of these seeds are tested on."""
        return self._of("test", seeds)

    def _of(self, name: str, seeds: Sequence[int]) -> HeldOut:
        if self.data:
            return HeldOut((self._recorded[name],))
        distinct = sorted({*seeds})
        parts = [self._held_out(name, seed, self._counts[name]) for seed in distinct]
        return HeldOut(tuple(parts), tuple(distinct.index(seed) for seed in seeds))

    def _held_out(self, name: str, seed: int, count: int) -> Batch:
        """Fresh sequences drawn in batches: where a length is drawn per batch, many occur."""
        if (key := (name, seed)) not in self._held:
            sizes = [min(self.n, count - start) for start in range(0, count, self.n)]
            first, *others = (
                contracts.sample(self.task, size, stream(seed, name, step), self._like)
                for step, size in enumerate(sizes)
            )
            self._held[key] = first.joined(*others).map(lambda x: x.to(self.device))
        return self._held[key]

    def at_most(self, sequences: int, steps: int) -> "Source":
        """The same with fewer sequences held out; of a text, with fewer steps."""
        less = copy(self)
        less._held = {}
        if not self.data:
            less._counts = {name: min(n, sequences) for name, n in self._counts.items()}
            return less
        carries = self.reading.carries
        less._recorded = {
            name: part.map(lambda z: z[:steps]) if carries else part.pick(slice(0, sequences))
            for name, part in self._recorded.items()
        }
        return less

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
        """A few held-out sequences, the same for every trial: x (T, n, I).

        Of every seed, too: a flow by lag is compared between weights, and no score.
        """
        some = self._recorded["valid"] if self.data else self._probes
        if self.reading.carries:
            return next(windows(whole(some, n), self.reading.window))
        return some.pick(torch.arange(min(n, len(some)), device=self.device))

    def _order(self, seed: int, epoch: int) -> Tensor:
        if (seed, epoch) not in self._orders:
            order = torch.randperm(len(self.train), generator=stream(seed, "data", epoch))
            self._orders[seed, epoch] = order.to(self.device, non_blocking=True)
        return self._orders[seed, epoch]

    def _drawn(self, seed: int, step: int) -> Batch:
        return drawn(self.task, self.n, seed, step, self.device)

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
            contracts.fresh(self.task, drawn, where, self.n, self._like)
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
        return stacked(batches, self._rows[key])
