"""Scores counted with dictionaries."""

from collections import Counter, defaultdict
from math import log

import numpy as np

from seqbench.data.baselines import ngrams


def counted_chrf(said: list[str], meant: list[str]) -> float:
    """chrF2 by dictionaries; sacrebleu leaves out runs longer than what was meant."""
    shares = []
    for n in range(1, 7):
        pairs = [
            [Counter(t[i : i + n] for i in range(len(t) - n + 1)) for t in texts]
            for texts in ([s.replace(" ", "") for s in said], [m.replace(" ", "") for m in meant])
        ]
        alike = sum((s & m).total() for s, m in zip(*pairs, strict=True))
        there = [
            sum(s.total() for s, m in zip(*pairs, strict=True) if m),
            sum(c.total() for c in pairs[1]),
        ]
        shares.append([alike / total for total in there])
    precision, recall = np.mean(shares, 0)
    return 500 * precision * recall / (4 * precision + recall)


def counted_bigram(train: ngrams.Pairs, test: ngrams.Pairs, symbols: int) -> float:
    """The bigram model, by dictionaries."""
    single, after = Counter(train.now.tolist()), defaultdict(Counter)
    for past, now in zip(*map(np.ndarray.tolist, train), strict=True):
        after[past][now] += 1
    nats = 0.0
    for past, now in zip(*map(np.ndarray.tolist, test), strict=True):
        p = (single[now] + 1) / (len(train.now) + symbols)
        if n := after[past].total():
            left = ngrams.DISCOUNT * len(after[past]) / n
            p = max(after[past][now] - ngrams.DISCOUNT, 0) / n + left * p
        nats -= log(p)
    return nats / len(test.now)
