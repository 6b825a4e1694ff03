"""Polyphonic music (JSB Chorales): which keys sound next.

    step     0    1    2   ...  len - 2
    input   f_0  f_1  f_2                 88 keys of a frame (a quarter note): sounds 1, else 0
    asked   f_1  f_2  f_3                 the next frame: a probability for each key

Loss and metric: -log p of a frame in nats, summed over its keys, mean over all frames of a part,
the first of each piece not asked (as in the code of bai2018). Lengths differ, 24 to 159 steps;
by default nothing is cut. Chance: how often each key sounds there (11.1). Solved with less than
least squares tell from the frame before (9.32).
Published, test: RNN 8.91, LSTM 8.45, GRU 8.43 (300 thousand weights; bai2018 [B]), TCN 8.10 (the
same [C]); RNN 8.71 (boulanger2012 [B]). RNN-NADE and the like, where the keys of a frame depend on
each other, come to 5.2 [B]: no network with one output per key can.
Not the chorales of sixteenth notes (other files, other numbers), nor accuracy.
Source: allan2005, boulanger2012, bai2018
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from seqbench.data.sets import rolls
from seqbench.task import Splits
from seqbench.tasks._roll import PianoRoll, cut


@dataclass(frozen=True, kw_only=True)
class JsbChorales(PianoRoll):
    needs: ClassVar[tuple[str, ...]] = ("jsb_chorales",)

    @property
    def chance(self) -> float:
        return rolls.constant("jsb_chorales")

    @property
    def pass_mark(self) -> float:
        return rolls.linear("jsb_chorales")

    def splits(self) -> Splits:
        return _splits(self.length, self.lead)


@cache
def _splits(length: int, lead: int) -> Splits:
    return Splits(*(cut(part, length, lead) for part in rolls.pieces("jsb_chorales")))
