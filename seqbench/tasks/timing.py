"""Precise timing: measure the delay of spikes, fire them on time, or swing undriven.

    F = 10     step    0  1  2 ... 10  11  12 ... 21  22  23  ...
    measuring  input                1              1                spikes, F or F + 1 apart
               asked                0              1                how late, at each spike
    generating input      0             1              0            how late the next is to be
               asked   0  0  0      1   0   0      1   0   0        the spikes themselves
    periodic   input      1                                         start, in the first F steps
               asked   0  0  .10 (1 - cos(2 pi k / F)) / 2          k steps after the start

The last two run with no help in between, for which peepholes were made. A sequence of spikes is
right if no answer is off by .49 or more; solved when at most 1 % are wrong, or at a mean squared
error of .01 (the paper's waves were off by .09 to .17 in the root of the mean).
Chance knows the time but sees no spike: in measuring it says at every step how late a spike would
be that came there in one of the possible ways; in generating it plays one of the possible trains.
Our deviation: sequences have an end (the paper's run on until they fail); generating hears of a
delay one step after the spike before; waves begin with a pulse (the paper's network has no input).
Not a pattern to repeat: between two spikes nothing happens that could be remembered but time.
Source: gers2002
"""

from dataclasses import dataclass
from math import pi
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Regression, by_sequence

BOUND = 0.49  # of the error of one answer


@dataclass(frozen=True, kw_only=True)
class Timing(Regression):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    length: Size = 100
    interval: Size = 10
    delays: Size = 1
    shape: Literal["cosine", "triangle", "rectangle"] = "cosine"
    variant: Literal["measuring", "generating", "periodic"] = "measuring"

    inputs, outputs, pass_mark = 1, 1, 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length <= (needed := self.interval + self.delays):
            raise InputError(
                f"Timing: length is {self.length}. Allowed: more than interval and delays, "
                f"{needed}. Change one of them."
            )

    @property
    def metric(self) -> str:  # type: ignore[override]
        return "mse" if self.variant == "periodic" else "error_rate"

    @property
    def lag(self) -> int:
        """Back to the spike before; to the first delay, which shifts all spikes; to the pulse."""
        farthest = {"measuring": self.interval + self.delays, "generating": self.length - 2}
        return farthest.get(self.variant, self.length - 1)

    @property
    def spikes(self) -> int:
        """As many as are sure to fit."""
        return (self.length - 1) // (self.interval + self.delays)

    @property
    def chance(self) -> float:
        if self.variant == "periodic":
            return self._waves(torch.arange(self.interval)).var(1, correction=0).mean().item()
        ways = self.delays * self.spikes + 1 if self.variant == "measuring" else 1
        return 1 - ways / (self.delays + 1) ** self.spikes

    def sample(self, n: int, stream: Generator) -> Batch:
        if self.variant == "periodic":
            start = torch.randint(self.interval, (n,), generator=stream)
            pulse = (torch.arange(self.length)[:, None] == start).float()
            return Batch(x=pulse[..., None], y=self._waves(start)[..., None])
        late = torch.randint(self.delays + 1, (self.spikes, n), generator=stream)
        times = (self.interval + late).cumsum(0)
        silence = torch.zeros(self.length, n)
        spikes = silence.scatter(0, times, 1.0)
        if self.variant == "measuring":
            y = silence.scatter(0, times, late.float())
            return Batch(x=spikes[..., None], y=y[..., None], mask=spikes)
        told = torch.cat([torch.zeros_like(times[:1]), times[:-1]]) + 1
        x = silence.scatter(0, told, late.float())
        return Batch(x=x[..., None], y=spikes[..., None])

    def _waves(self, start: Tensor) -> Tensor:
        """Silence until the start, then one period after the other. (n,) -> (T, n)"""
        since = torch.arange(self.length)[:, None] - start
        phase = since.clamp(min=0) % self.interval / self.interval
        if self.shape == "cosine":
            return (1 - torch.cos(2 * pi * phase)) / 2
        return 1 - (2 * phase - 1).abs() if self.shape == "triangle" else (phase > 0.5).float()

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        if self.variant == "periodic":
            return super().score(outputs, batch)
        wrong = ~((outputs - batch.y).abs() < BOUND)[..., 0]
        asked = wrong if batch.mask is None else wrong & (batch.mask > 0)
        return asked.any(-2).to(outputs.dtype).mean(-1)

    def weights(self, name: str, batch: Batch) -> Tensor | None:
        by_answer = name == "loss" or self.variant == "periodic"
        return batch.mask if by_answer else by_sequence(batch.mask)
