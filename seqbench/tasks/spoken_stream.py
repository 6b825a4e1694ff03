"""Spoken stream: somebody says one digit after the other; what is being said right now?

    step     0   1  ...  20  21  ...  63  64  ...  80  81  ...      a frame every hop = 10 ms
    input    f   f  ...   f   f  ...   f   f  ...   f   f  ...      log-mel, 26 bands
    asked    -   -  ...   7   7  ...   7   -  ...   -   2  ...      a digit, or - for silence

Five recordings of one speaker in a row, with pauses of 0.1 to 0.3 s before, between and after them
(drawn, but the last one, which is as long as the first).
Labels come from putting them together: a label per frame, as a subtitle has. Score: the share of
frames that are labeled right; of frames in which something is said besides (`digit_accuracy`). At
the beginning of a word nobody who hears forwards only can know which; read both ways, all can be
right. Solved at what a linear map achieves of the frame and the means over the last 0.1, 0.2 and
0.4 s, fitted on train (one without memory, of the frame alone, is worse).
Splits of the recordings as in `spoken_digits`; each recording is in one stream: 480, 60 and 60.
Published: nothing, as this is our construction.
Not video captioning, nor continuous speech: no sentence, no words that run into each other, pauses
of perfect silence; only the nearest honest thing in sets this small.
Our deviation: recordings beyond `longest` = 1 s are cut at their end (20 of 3000).
Source: jackson2018, davis1980, graves2005
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.data.sets import _spoken_baselines as spoken_baselines
from seqbench.data.sets import spoken_digits
from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Splits, weighted_mean
from seqbench.tasks._lengths import padded
from seqbench.tasks._spoken import Spoken

SILENCE = spoken_digits.DIGITS
MOST = 50  # digits in a stream: what each speaker has in the smallest part


@dataclass(frozen=True, kw_only=True)
class SpokenStream(Spoken):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    digits: Size = 5

    inputs, outputs = spoken_digits.BANDS, SILENCE + 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.digits > MOST:
            raise InputError(
                f"SpokenStream: digits is {self.digits}. Allowed: 1 to {MOST}. Change the value."
            )

    @property
    def lag(self) -> int:
        """The longest word: its first frame is understood at its last one."""
        return spoken_digits.steps(self.hop, self.longest) - 1

    @property
    def chance(self) -> float:
        return spoken_baselines.stream_guess(self.split, self.hop, self.longest, self.digits)

    @property
    def pass_mark(self) -> float:
        return spoken_baselines.linear(self.split, self.hop, self.longest, self.digits)

    def splits(self) -> Splits:
        return _splits(self.split, self.hop, self.longest, self.digits)

    def measures(self, outputs: Tensor, batch: Batch) -> Tensors:
        right = (outputs.argmax(-1) == batch.y).to(outputs.dtype)
        return {"digit_accuracy": weighted_mean(right, self.weights("digit_accuracy", batch))}

    def weights(self, name: str, batch: Batch) -> Tensor | None:
        if name == "digit_accuracy":  # padding is labeled silence, too
            return (batch.y != SILENCE).to(batch.x.dtype)
        return super().weights(name, batch)


@cache
def _splits(split: str, hop: int, longest: float, digits: int) -> Splits:
    parts = spoken_digits.streams(split, hop, longest, digits)
    steps = max(len(stream.labels) for part in parts for stream in part)
    return Splits(*(_batch(part, steps) for part in parts))


def _batch(part: tuple[spoken_digits.Stream, ...], steps: int) -> Batch:
    x, valid = padded([stream.frames.astype(np.float32) for stream in part], steps)
    y, _ = padded([stream.labels for stream in part], steps)
    return Batch(x=x, y=torch.where(valid > 0, y, SILENCE), mask=valid, valid=valid)
