"""Sentiment (Rotten Tomatoes): a sentence for or against a film.

    step     0     1       2      3
    input    my    otters  loved  it         one of 10 000 words; rarer ones are <unk>
    asked                         x          against 0, for 1: after the last word

Accuracy. Chance: the more frequent class (.528 on fold 0, where it is the rarer one of train).
Solved at the accuracy of naive Bayes on which words occur, order forgotten (.770).
The literature averages over 10 folds, which each draws anew. Ours follow from the sentences
themselves; `fold` is the test part, the next one valid, the other eight train (fold 0: 8542, 1064,
1056 sentences). For a published number, average over all ten.
Published, 10 folds: convolutions 76.1 % from scratch, 81.5 % with word2vec (kim2014 [M]).
Not whole reviews (`polarity`, 2000 of them); many of these sentences are in `sst2`, too.
Source: pang2005, kim2014
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

from seqbench.data.sets import sentences
from seqbench.task import Splits
from seqbench.tasks._sentiment import Sentiment, spoken


@dataclass(frozen=True, kw_only=True)
class RtPolarity(Sentiment):
    needs: ClassVar[tuple[str, ...]] = ("rt_polarity",)

    fold: Literal[0, 1, 2, 3, 4, 5, 6, 7, 8, 9] = 0

    @property
    def chance(self) -> float:
        return sentences.majority("rt_polarity", self.fold)

    @property
    def pass_mark(self) -> float:
        return sentences.naive_bayes("rt_polarity", self.words, self.fold)

    def splits(self) -> Splits:
        return _splits(self.words, self.length, self.fold)


@cache
def _splits(words: int, length: int, fold: int) -> Splits:
    parts = sentences.parts("rt_polarity", words, fold)[:3]
    return Splits(*(spoken(part.sentences, part.classes, length) for part in parts))
