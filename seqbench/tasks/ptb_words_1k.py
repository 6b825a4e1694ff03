"""Word-level language model of the Penn Treebank, 1000 words only.

    step     0      1      2      3   4      5      6     ...
    input    my     <unk>  <unk>  in  my     <unk>  <eos>     one of 1000 words; a quarter of all
    asked    <unk>  <unk>  in     my  <unk>  <eos>  we        are <unk>

As `ptb_words`, but all words beyond the 1000 most frequent of train are <unk>, too, so that it can
be trained without a GPU. Asked is the next word, in nats: chance 4.60 (perplexity 99), solved with
fewer than a bigram model (3.76, perplexity 43), which is all that a network without memory could
learn.
Published: nothing; this vocabulary is ours.
Not comparable with `ptb_words` or any published perplexity: saying <unk> is often right here.
Our deviation: valid and test are read as `batch` streams side by side, each from a zero state;
published tests read one stream.
Source: marcus1993, mikolov2010, ney1994
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from seqbench.data.sets import ptb
from seqbench.knobs import Size
from seqbench.task import Splits
from seqbench.tasks._language import WordModel, stream

WORDS = 1000


@dataclass(frozen=True, kw_only=True)
class PtbWords1k(WordModel):
    needs: ClassVar[tuple[str, ...]] = ("ptb",)

    embedding: Size = 50

    outputs = WORDS

    @property
    def symbols(self) -> tuple[str, ...]:
        return ptb.words(WORDS).symbols

    @property
    def chance(self) -> float:
        return ptb.nats(0, WORDS)

    @property
    def pass_mark(self) -> float:
        return ptb.nats(1, WORDS)

    def splits(self) -> Splits:
        return _splits()


@cache
def _splits() -> Splits:
    train, valid, test, _ = ptb.words(WORDS)
    return Splits(stream(train), stream(valid), stream(test))
