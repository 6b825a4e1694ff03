"""Character-level language model of Shakespeare's plays.

    step     0   1   2   3   4   5   6  ...
    input    F   i   r   s   t       C  ...       one of 65 characters, line ends among them
    asked    i   r   s   t       C   i  ...       the next one, at every step

Asked is the next character, in bits: perfect 0, chance what the frequencies of single characters
give (4.83). Solved with fewer bits than a bigram model, counted on train: that is all that a
network without memory could learn (3.61). 90 % train, 5 % valid, 5 % test, in order (our split).
Published: 2.12 bits (1.4697 nats; transformer of 10.7 million weights, best loss on the last 10 %;
karpathy2022 [R]). Nobody's test part is ours, and few report more than a sample of the text.
Not comparable with bits per byte, nor with word-level perplexity.
Our deviation: valid and test are read as `batch` streams side by side, each from a zero state,
not as one.
Source: shannon1951, karpathy2015, karpathy2022, ney1994
"""

from dataclasses import dataclass
from functools import cache
from math import log
from typing import ClassVar

from seqbench.data.sets import tinyshakespeare
from seqbench.knobs import Size
from seqbench.task import Splits
from seqbench.tasks._language import LanguageModel, stream


@dataclass(frozen=True, kw_only=True)
class ShakespeareChars(LanguageModel):
    needs: ClassVar[tuple[str, ...]] = ("tinyshakespeare",)

    window: Size = 50

    symbols = tinyshakespeare.ALPHABET
    outputs = len(symbols)

    @property
    def chance(self) -> float:
        return tinyshakespeare.nats(0) / log(2)

    @property
    def pass_mark(self) -> float:
        return tinyshakespeare.nats(1) / log(2)

    def splits(self) -> Splits:
        return _splits()


@cache
def _splits() -> Splits:
    return Splits(*map(stream, tinyshakespeare.parts()))
