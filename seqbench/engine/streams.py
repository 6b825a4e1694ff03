"""Named random streams: every number drawn depends on (seed, name, step) and on nothing else.

So the same seed means the same initial weights and the same batches under every remedy, a remedy
that draws noise shifts nobody's data, and resuming needs no generator's state.

A stream is drawn where its numbers are needed, and a GPU has generators of its own. Drawn on the
CPU, and so the same everywhere: initial weights, held-out sequences, the order of recorded data,
and what tasks that are `on_host` draw. Another set of numbers on a GPU: the training sequences of
all other synthetic tasks, and the noise of remedies during training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from hashlib import sha256

import torch
from torch import Generator, Tensor

from seqbench.remedy import Noise

CPU = torch.device("cpu")


def stream(seed: int, name: str, step: int = 0, device: torch.device = CPU) -> Generator:
    """The generator of a stream at a step."""
    digest = sha256(f"{seed}/{name}/{step}".encode()).digest()
    return Generator(device).manual_seed(int.from_bytes(digest[:8], "big") >> 1)


KINDS: dict[str, Callable[..., Tensor]] = {"normal": torch.randn, "uniform": torch.rand}


class StepNoise:
    """The noise of every step of one pass: what a step asks for first, second, ... is a stream.

    So all steps' numbers can be drawn at once, before the pass.
    """

    def __init__(self, noise: RowNoise, steps: int) -> None:
        self.noise, self.steps = noise, steps
        self._found: dict[int, Tensor] = {}

    def all(self, place: int, kind: str, shape: tuple[int, ...]) -> Tensor:
        """What every step asks for at this place: (S, T, *shape)"""
        if kind in ("held", "fixed"):
            made = self.noise.held(*shape) if kind == "held" else self.noise.fixed(*shape)
            one = made.unsqueeze(-1 - len(shape))
            return one.expand(*one.shape[: -1 - len(shape)], self.steps, *shape)
        if place not in self._found:
            self._found[place] = self.noise.drawn(kind, str(place), self.steps, *shape)
        return self._found[place]

    def at(self, step: int) -> Noise:
        """The noise of one step."""
        return _Step(self, step)


class _Step:
    def __init__(self, through: StepNoise, step: int) -> None:
        self.through, self.step, self.asked = through, step, 0

    def _next(self, kind: str, shape: tuple[int, ...]) -> Tensor:
        every = self.through.all(self.asked, kind, shape)
        self.asked += 1
        return every.select(-1 - len(shape), self.step)

    def normal(self, *shape: int) -> Tensor:
        return self._next("normal", shape)

    def uniform(self, *shape: int) -> Tensor:
        return self._next("uniform", shape)

    def held(self, *shape: int) -> Tensor:
        return self._next("held", shape)

    def fixed(self, *shape: int) -> Tensor:
        return self._next("fixed", shape)


class RowNoise:
    """A remedy's noise: one stream per seed, (S, *shape); for a single seed, (*shape)."""

    def __init__(self, seeds: Sequence[int] | int, name: str, step: int, device: torch.device):
        self.single = isinstance(seeds, int)
        self.seeds = [seeds] if isinstance(seeds, int) else list(seeds)
        self.name, self.step, self.device = name, step, device
        self._held: dict[tuple[int, ...], Tensor] = {}

    @cached_property
    def streams(self) -> dict[int, Generator]:
        """The generator of every seed."""
        distinct = dict.fromkeys(self.seeds)
        return {seed: stream(seed, self.name, self.step, self.device) for seed in distinct}

    def _rows(
        self,
        draw: Callable[..., Tensor],
        shape: tuple[int, ...],
        streams: dict[int, Generator] | None = None,
    ) -> Tensor:
        draws = {
            seed: draw(shape, generator=generator, device=self.device)
            for seed, generator in (streams or self.streams).items()
        }
        rows = [draws[seed] for seed in self.seeds]
        return rows[0] if self.single else torch.stack(rows)

    def normal(self, *shape: int) -> Tensor:
        """From N(0, 1): (S, *shape)"""
        return self._rows(torch.randn, shape)

    def uniform(self, *shape: int) -> Tensor:
        """From [0, 1): (S, *shape)"""
        return self._rows(torch.rand, shape)

    def through(self, steps: int) -> StepNoise:
        """The same for every step of one pass."""
        return StepNoise(self, steps)

    def drawn(self, kind: str, name: str, *shape: int) -> Tensor:
        """Numbers from streams of their own: (S, *shape)"""
        other = RowNoise(self.seeds, f"{self.name}/{name}", self.step, self.device)
        return self._rows(KINDS[kind], shape, other.streams)

    def held(self, *shape: int) -> Tensor:
        """Uniform numbers, drawn once per shape: (S, *shape)"""
        if shape not in self._held:
            self._held[shape] = self.uniform(*shape)
        return self._held[shape]

    def fixed(self, *shape: int) -> Tensor:
        """Uniform numbers, the same at every step, by shape: (S, *shape)"""
        other = RowNoise(self.seeds, f"{self.name}/fixed", 0, self.device)
        return self._rows(torch.rand, shape, other.streams)
