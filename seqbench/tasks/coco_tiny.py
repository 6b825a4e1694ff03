"""Tiny COCO captions: a smoke test of captions of photographs, too small for any score

    step       0        1   2   3  ...
    input      photo    a       m            16 x 16 x 3 through a convolution | one-hot letter
    asked      a            m   a            the next letter of the caption, then its end

It shows that photographs with several captions go in and text comes out, as in `emoji_names`; 40
photographs teach nobody what a photograph shows. Test: the 50 of COCO's validation part; train and
valid: the first 40 and the last 10 of its training part (our split). The metric is that of
`emoji_names`, on free-running text against one caption at a time: 0 for whoever does not look. The
pass mark is what another person's caption of the same photograph scores: out of reach.
Not COCO captioning: 100 of 123,287 photographs, letters in place of words, CIDEr nowhere.
Our deviation: captions of more than 60 characters are left out (95 of 500).
Published: none for this size; no score of this task is worth a comparison.
Source: lin2014, vinyals2015, popovic2015, cohen1960
"""

from dataclasses import dataclass
from typing import ClassVar

from seqbench.data.sets import tiny_coco
from seqbench.tasks._captions import Captions


@dataclass(frozen=True, kw_only=True)
class CocoTiny(Captions):
    needs: ClassVar[tuple[str, ...]] = ("tiny_coco",)
    letters: ClassVar[str] = tiny_coco.LETTERS
    longest: ClassVar[int] = tiny_coco.LONGEST
    side: ClassVar[int] = tiny_coco.SIDE
    parts = tiny_coco.parts

    @property
    def pass_mark(self) -> float:
        return tiny_coco.agreement()
