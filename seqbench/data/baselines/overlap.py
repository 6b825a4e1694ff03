"""How much of a text is in another one: BLEU and chrF, both by sacrebleu, from 0 to 100.

chrF is kind to whoever says the same long name every time: letters that are everywhere are right
everywhere. So it is also given as Cohen's kappa gives accuracy: less what the same texts share with
the references of others.

Source: papineni2002, popovic2015, post2018, cohen1960
"""

from collections import Counter
from collections.abc import Sequence
from math import log

Texts = Sequence[str]
OTHERS = 10  # references of others that a text is compared with


def bleu(said: Texts, meant: Texts) -> float:
    """BLEU-4 of a whole part, of texts whose words are already separated by blanks.

    sacrebleu's signature: nrefs:1|case:mixed|eff:no|tok:none|smooth:exp.
    """
    from sacrebleu.metrics.bleu import BLEU  # late: few runs need it

    return float(BLEU(tokenize="none", force=True).corpus_score([*said], [[*meant]]).score)


def chrf(said: Texts, meant: Texts) -> float:
    """chrF2 of a whole part: characters in runs of 1 to 6, blanks left out.

    sacrebleu's signature: nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no.
    """
    from sacrebleu.metrics.chrf import CHRF

    return float(CHRF().corpus_score([*said], [[*meant]]).score)


def corrected_chrf(said: Texts, meant: Texts) -> float:
    """(own - others) / (100 - others), times 100; others: the mean chrF with others' references.

    0 for any text that is the same every time, 100 for the references themselves.
    """
    shifts = sorted({k * len(meant) // (OTHERS + 1) for k in range(1, OTHERS + 1)} - {0})
    rotated = [chrf(said, [*meant[shift:], *meant[:shift]]) for shift in shifts]
    others = sum(rotated) / max(1, len(rotated))
    return 100 * (chrf(said, meant) - others) / max(1.0, 100 - others)


def blind_bleu(texts: Texts) -> str:
    """Of these texts, the one with the highest BLEU when it is said in place of every one."""
    counted = {text: _runs(text.split()) for text in texts}
    often = Counter(run for text in texts for runs in counted[text] for run in runs)
    length = sum(len(counted[text][0]) for text in texts)

    def score(text: str) -> float:
        pairs = [(sum(often[run] for run in runs), len(runs)) for runs in counted[text]]
        if not all(alike for alike, _ in pairs):
            return -float("inf")
        shares = sum(log(alike / (said * len(texts))) for alike, said in pairs) / len(pairs)
        return shares + min(0.0, 1 - length / (pairs[0][1] * len(texts)))

    return max(counted, key=score)


def _runs(words: list[str]) -> list[list[tuple[tuple[str, ...], int]]]:
    """Of each length from 1 to 4: the runs in it, each with how often it came before in this text.

    So two texts share as many runs as they have elements of these lists in common.
    """
    found: list[list[tuple[tuple[str, ...], int]]] = []
    for n in range(1, 5):
        before: Counter[tuple[str, ...]] = Counter()
        found.append([])
        for run in (tuple(words[i : i + n]) for i in range(len(words) - n + 1)):
            found[-1].append((run, before[run]))
            before[run] += 1
    return found
