"""Japanese vowels: nine men say /ae/; who was it?

    step     0   1   2  ...  14          7 to 29 frames
    input    f   f   f  ...   f          12 coefficients of the cepstrum, standardized by train
    asked                     x          which of 9 speakers

Asked after the last frame. Solved at the accuracy of the nearest train utterance, each averaged
over five equal parts of its time. The published split: 270 utterances to train with, of which every
fourth of each man validates (ours), and 370 to test.
Published (test accuracy in %): passing-through regions 94.1, a hidden Markov model 96.2 [M];
kudo1999; echo state networks with leaky units from two errors in 370 to none [M]; jaeger2007
Not which vowel: all say the same two. Not a test of memory: the last frame alone tells nearly as
much as all, so a memoryless network comes as far.
Source: kudo1999, jaeger2007, bagnall2018
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch

from seqbench.data.formats.labeled import Labeled
from seqbench.data.sets import japanese_vowels
from seqbench.task import Batch, Classification, IoShape, Splits
from seqbench.task.reading import Reading
from seqbench.tasks._lengths import padded


@dataclass(frozen=True, kw_only=True)
class JapaneseVowels(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    both_ways: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("japanese_vowels",)

    inputs, outputs = japanese_vowels.CHANNELS, japanese_vowels.CLASSES
    lag = japanese_vowels.LONGEST - 1
    reading = Reading(variable=True)

    @property
    def chance(self) -> float:
        return japanese_vowels.guess()

    @property
    def pass_mark(self) -> float:
        return japanese_vowels.neighbor()

    def splits(self) -> Splits:
        return _splits()


@cache
def _splits() -> Splits:
    return Splits(*(_batch(part) for part in japanese_vowels.parts()))


def _batch(part: Labeled) -> Batch:
    x, valid = padded(part.sequences, japanese_vowels.LONGEST)
    return Batch(x=x.float(), y=torch.from_numpy(part.labels)[None], valid=valid)
