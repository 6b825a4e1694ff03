"""Sentiment (Stanford Sentiment Treebank, two classes): a sentence for or against a film.

    step     0    1      2     3       4
    input    my   otter  fell  asleep  twice      one of 10 000 words; rarer ones are <unk>
    asked                              x          against 0, for 1: after the last word

Accuracy. Chance: the more frequent class (.501; it is the rarer one of train).
Solved at the accuracy of naive Bayes on which words occur, order forgotten (.816).
Whole sentences with two classes, in the split as published (6920, 872, 1821); two sentences of
train are in test, too. Words are embedded from scratch, by learning.
Published: LSTM 84.9 % (trained on all phrases, words embedded by GloVe; tai2015 [M]); convolutions
82.7 % from scratch (kim2014 [M]), 88.1 % with word2vec ([C]); naive Bayes 81.8 % (socher2013 [M]).
Not the five grades (`sst5`); not the labels of phrases that GLUE's SST-2 trains on.
Source: socher2013, kim2014, tai2015
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from seqbench.data.sets import sentences
from seqbench.task import Splits
from seqbench.tasks._sentiment import Sentiment, spoken


@dataclass(frozen=True, kw_only=True)
class Sst2(Sentiment):
    needs: ClassVar[tuple[str, ...]] = ("sst2",)

    @property
    def chance(self) -> float:
        return sentences.majority("sst2")

    @property
    def pass_mark(self) -> float:
        return sentences.naive_bayes("sst2", self.words)

    def splits(self) -> Splits:
        return _splits(self.words, self.length)


@cache
def _splits(words: int, length: int) -> Splits:
    parts = sentences.parts("sst2", words)[:3]
    return Splits(*(spoken(part.sentences, part.classes, length) for part in parts))
