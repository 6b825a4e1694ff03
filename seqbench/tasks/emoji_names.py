"""Emoji names: an icon in, its Unicode name out, letter by letter

    step       0        1   2   3   4  ...
    input      icon     k   i   t   e            16 x 16 x 3 through a convolution | one-hot letter
    asked      k        i   t   e   end          after the end nothing is asked

In training the input is the right letter before; in a test it is the cell's own (free running, up
to 43 steps). With 789 icons to learn from, the whole name of an unseen one is hardly ever found; so
exact match is only reported, and chrF (shared runs of 1 to 6 characters, 0 to 100), which sees that
"flag in hole" is near "triangular flag". But one long name, said every time, has a chrF of 14, more
than many a network that looks. So the metric is chrF corrected as Cohen's kappa corrects accuracy:
100 (own - others) / (100 - others), where `others` is the mean chrF with the names of other icons.
It is 0 for whoever does not look. The pass mark says the name of the nearest icon of train.
Not a test of seeing: a small convolution of 789 pictures; and not recognition from a list of names.
Our deviation: names in lower case; pictures reduced from 32 x 32 by means.
Published: no agreed reference (the split is the file's own, 789, 103 and 119 icons).
Source: mozilla2015, vinyals2015, popovic2015, post2018, cohen1960
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.data.sets import fxemoji
from seqbench.tasks._captions import Captions


@dataclass(frozen=True, kw_only=True)
class EmojiNames(Captions):
    needs: ClassVar[tuple[str, ...]] = ("fxemoji",)
    letters: ClassVar[str] = fxemoji.LETTERS
    longest: ClassVar[int] = fxemoji.LONGEST
    side: ClassVar[int] = fxemoji.SIDE
    parts = fxemoji.parts
