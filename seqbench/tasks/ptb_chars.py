"""Character-level language model of the Penn Treebank.

    step     0   1   2   3   4   5   6  ...
    input    o   t   t   e   r   s   _  ...       one of 50 characters: _ between words,
    asked    t   t   e   r   s   _   <  ...       one for the end of a line; <unk> is spelled

Asked is the next character, in bits: perfect 0, chance what the frequencies of single characters
give (4.34). Solved with fewer bits than a bigram model, counted on train: that is all that a
network without memory could learn (3.37). The state is carried from window to window.
Characters and parts are those of Mikolov's ptb.char files; whoever makes them from the word files
(bai2018: 5059 thousand in train for our 5017) also counts a space at the ends of lines.
Published, test: RNN 1.48, GRU 1.37, LSTM 1.36 (3 million weights; bai2018 [M]), TCN 1.31 (the same
[C]); the best recurrent networks come to 1.18 (tens of millions, days on a GPU; merity2018 [M]).
Not word-level perplexity divided by letters: <unk> costs bits here, too.
Our deviation: valid and test are read as `batch` streams side by side, each from a zero state;
published tests read one stream.
Source: marcus1993, mikolov2012, bai2018, merity2018, ney1994
"""

from dataclasses import dataclass
from functools import cache
from math import log
from typing import ClassVar

from seqbench.data.sets import ptb
from seqbench.task import Splits
from seqbench.tasks._language import LanguageModel, stream


@dataclass(frozen=True, kw_only=True)
class PtbChars(LanguageModel):
    needs: ClassVar[tuple[str, ...]] = ("ptb",)

    symbols = ptb.ALPHABET.replace("_", " ")
    outputs = len(symbols)

    @property
    def chance(self) -> float:
        return ptb.nats(0) / log(2)

    @property
    def pass_mark(self) -> float:
        return ptb.nats(1) / log(2)

    def splits(self) -> Splits:
        return _splits()


@cache
def _splits() -> Splits:
    train, valid, test, _ = ptb.characters()
    return Splits(stream(train), stream(valid), stream(test))
