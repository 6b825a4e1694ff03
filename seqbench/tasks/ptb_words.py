"""Word-level language model of the Penn Treebank.

    step     0       1       2     3     4      5      6     ...
    input    my      otters  swim  in    my     soup   <eos>     one of 10 000 words
    asked    otters  swim    in    my    soup   <eos>  we        the next one, at every step

Asked is the next word, in nats: perfect 0, chance what the frequencies of single words give (6.33,
perplexity 561). Solved with fewer nats than a bigram model, counted on train: that is all that a
network without memory could learn (5.27, perplexity 194). Perplexity = exp(nats per word), <eos>
counted as a word; the state is carried from window to window, as in the literature.
Published, test perplexity: RNN 114.5 [M], GRU 92.48 [C], LSTM 78.93 [C] (13 million weights;
bai2018), that is 4.74, 4.53 and 4.37 nats; LSTM 114.5 / 82.7 / 78.4 (200 / 650 / 1500 units in two
layers; zaremba2014 [M]), 4.74 / 4.42 / 4.36 nats; kneser-ney of fifth order 141, 4.95 nats
(mikolov2012 [M]).
Not comparable with a smaller vocabulary (`ptb_words_1k`), where <unk> is an easy guess.
Our deviation: valid and test are read as `batch` streams side by side, each from a zero state;
published tests read one stream.
Source: marcus1993, mikolov2010, mikolov2012, zaremba2014, bai2018, ney1994
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from seqbench.data.sets import ptb
from seqbench.knobs import Size
from seqbench.task import Splits
from seqbench.tasks._language import WordModel, stream


@dataclass(frozen=True, kw_only=True)
class PtbWords(WordModel):
    needs: ClassVar[tuple[str, ...]] = ("ptb",)

    embedding: Size = 200

    outputs = ptb.WORDS

    @property
    def symbols(self) -> tuple[str, ...]:
        return ptb.words(ptb.WORDS).symbols

    @property
    def chance(self) -> float:
        return ptb.nats(0, ptb.WORDS)

    @property
    def pass_mark(self) -> float:
        return ptb.nats(1, ptb.WORDS)

    def splits(self) -> Splits:
        return _splits()


@cache
def _splits() -> Splits:
    train, valid, test, _ = ptb.words(ptb.WORDS)
    return Splits(stream(train), stream(valid), stream(test))
