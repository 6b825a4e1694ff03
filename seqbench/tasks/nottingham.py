"""Polyphonic music (Nottingham folk tunes): which keys sound next.

    step     0    1    2   ...  255
    input   f_0  f_1  f_2                 88 keys of a frame: sounds 1, else 0
    asked   f_1  f_2  f_3                 the next frame: a probability for each key

Loss and metric: -log p of a frame in nats, summed over its keys, mean over all frames of a part,
the first of each piece not asked (as in the code of bai2018). Chance: how often each key sounds
there (10.2). Solved with less than least squares tell from the frame before (4.70).
Our deviation: tunes are up to 1792 steps long; those of more than `length` are cut (152 of 694 in
train), and a cut hears the last `lead` frames before it. The code of bai2018 reads whole tunes one
by one; a knob `length` of 1792 does that, at 1.3 GB.
Published, test: RNN 4.05, GRU 3.46, LSTM 3.29, TCN 3.07 (1 million weights; bai2018 [C]); RNN 4.46
(boulanger2012 [B]). RNN-NADE, where the keys of a frame depend on each other: 2.31 [B].
As published, one tune of train is in valid, and one in test.
Not a melody: chords are in it, four keys per frame on average; and not accuracy.
Source: boulanger2012, bai2018
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from seqbench.data.sets import rolls
from seqbench.knobs import Count, Size
from seqbench.task import Splits
from seqbench.tasks._roll import PianoRoll, cut


@dataclass(frozen=True, kw_only=True)
class Nottingham(PianoRoll):
    needs: ClassVar[tuple[str, ...]] = ("nottingham",)

    length: Size = 256
    lead: Count = 64

    @property
    def chance(self) -> float:
        return rolls.constant("nottingham")

    @property
    def pass_mark(self) -> float:
        return rolls.linear("nottingham")

    def splits(self) -> Splits:
        return _splits(self.length, self.lead)


@cache
def _splits(length: int, lead: int) -> Splits:
    return Splits(*(cut(part, length, lead) for part in rolls.pieces("nottingham")))
