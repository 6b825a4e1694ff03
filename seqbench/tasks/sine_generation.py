"""Sine generation: hear a frequency once, then play the wave.

    step    0    1    2    3   ...  59
    input   c    0    0    0   ...   0        c = .25 + (w - .1) / .5, the frequency w as a level
    asked   0  sin w sin 2w sin 3w  ... sin 59w     w uniform in .1...6 radians per step

The shortest wave lasts 10 steps, the longest 63. A small error in what is kept of w grows with
time, so the last steps ask for a precise memory and a lasting swing. Chance plays the mean of all
waves, which is not silence at first: all of them begin by rising. Solved at a mean squared error of
.01, a typical error of a tenth of the amplitude.
Our deviation: the paper's input stays on, and its 51 frequencies are fixed; here any in their range
may come, so none is known by heart, and it is said once.
Not `timing` (one period for all sequences); not a forecast of a wave that is still heard.
Source: sussillo2013
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from seqbench.knobs import Several
from seqbench.task import Batch, IoShape, Regression

LOWEST, HIGHEST = 0.1, 0.6  # radians per step
GRID = 10_000  # frequencies that the chance level is averaged over


@dataclass(frozen=True, kw_only=True)
class SineGeneration(Regression):
    io_shape: ClassVar[IoShape] = "one_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    length: Several = 60

    inputs, outputs, pass_mark = 1, 1, 0.01

    @property
    def lag(self) -> int:
        return self.length - 1

    @property
    def chance(self) -> float:
        """Variance over the frequencies, mean over the steps."""
        grid = (torch.arange(GRID, dtype=torch.float64) + 0.5) / GRID
        return self._waves(grid).var(1, correction=0).mean().item()

    def sample(self, n: int, stream: Generator) -> Batch:
        place = torch.rand(n, generator=stream)
        heard = (torch.arange(self.length) == 0).float()[:, None] * (0.25 + place)
        return Batch(x=heard[..., None], y=self._waves(place)[..., None])

    def _waves(self, place: Tensor) -> Tensor:
        """Waves of frequencies between the lowest (0) and the highest (1). (n,) -> (T, n)"""
        w = LOWEST + place * (HIGHEST - LOWEST)
        return torch.sin(torch.arange(self.length)[:, None] * w)
