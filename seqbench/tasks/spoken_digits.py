"""Spoken digits: one word in, one of ten digits out.

    step     0    1    2   ...  42          a frame every hop = 10 ms, 12 to 98 of them
    input    f    f    f   ...   f          log-mel: loudness of 26 bands of pitch, standardized
    asked                        x          which digit, 0 to 9

Each recording is scaled to its loudest sample, each band standardized by train's frames. Recordings
beyond `longest` = 1 s are cut at their end: 20 of 3000, of which 2 test.
Split usual: recordings 0 to 4 of each speaker and digit test (300, as published), 5 to 9 validate
(ours). Split speaker, ours and harder: two of the six speakers validate and test (500 each); one
voice is a small sample of all voices. Solved at the accuracy of the nearest digit's mean train
recording, averaged over five equal parts of time.
Published: no agreed reference was found.
Not a command recognizer: words are cut out, and in the usual split every voice is known.
Our deviation: the mel filterbank is ours, on scipy's FFT: we know of no light and well-kept library
that has one without further dependencies.
Source: jackson2018, davis1980
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch

from seqbench.data.formats.labeled import Labeled
from seqbench.data.sets import _spoken_baselines as spoken_baselines
from seqbench.data.sets import spoken_digits
from seqbench.task import Batch, IoShape, Splits
from seqbench.tasks._lengths import padded
from seqbench.tasks._spoken import Spoken


@dataclass(frozen=True, kw_only=True)
class SpokenDigits(Spoken):
    io_shape: ClassVar[IoShape] = "many_to_one"

    inputs, outputs = spoken_digits.BANDS, spoken_digits.DIGITS

    @property
    def lag(self) -> int:
        return spoken_digits.steps(self.hop, self.longest) - 1

    @property
    def chance(self) -> float:
        return spoken_baselines.guess(self.split, self.hop, self.longest)

    @property
    def pass_mark(self) -> float:
        return spoken_baselines.templates(self.split, self.hop, self.longest)

    def splits(self) -> Splits:
        return _splits(self.split, self.hop, self.longest)


@cache
def _splits(split: str, hop: int, longest: float) -> Splits:
    steps = spoken_digits.steps(hop, longest)
    return Splits(*(_batch(part, steps) for part in spoken_digits.parts(split, hop, longest)))


def _batch(part: Labeled, steps: int) -> Batch:
    x, valid = padded(part.sequences, steps)
    return Batch(x=x.float(), y=torch.from_numpy(part.labels)[None], valid=valid)
