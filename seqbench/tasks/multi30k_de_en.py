"""Translation: a German sentence in, its English translation out, word by word

    step    0  ..  22    23    24       25     26   27   28   ...     longest: 25 steps to read
    input      ..  ein   hund  schläft  start  a    dog  is   ...     a word's own row of a table
    asked                               a      dog  is   sleeping     then the end

An encoder reads, a decoder of the same equation and with weights of its own writes; only the state
goes over. In training the decoder hears the right word before, in a test its own last one (the
likeliest: greedy; the test reports a beam of 5, too). Nothing counts after its first end.
Words: runs of letters and digits, and single other signs, of the raw sentences in lower case. Each
language has the `words` most frequent ones of train; the rest is <unk>, wrong where it is said.
Metric: BLEU-4 by sacrebleu of what is said, words separated by blanks, against the whole reference
of test2016 in lower case and cut in the same way (nrefs:1|tok:none|smooth:exp).
Chance says one sentence of test every time, the best one. The pass mark puts for each word its
likeliest translation (IBM's first model of train) and keeps the German order.
Pairs with more than `longest` words on a side are left out of train (440 of 29,000 at 25); none is
left out of test, where a longer source is cut and the reference stays whole. `reverse`: the source
is read backwards, as Sutskever did, so that the first words meet early.
Not attention: the sentence has to fit into the state. Not sacrebleu's 13a on raw text.
Published, with attention and other tokens: BLEU 28.1 (GRU, 512 units, spaCy's words in lower case:
a notebook of github.com/bentrevett/pytorch-seq2seq [R]), 33.5 (word pieces:
huggingface.co/msarmi9/multi30k [R]).
Source: elliott2016, sutskever2014, cho2014, brown1993, papineni2002, post2018
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import torch
from torch import Tensor

from seqbench.data.baselines.overlap import bleu
from seqbench.data.sets import multi30k
from seqbench.data.sets.multi30k import END, FROM, SPECIAL, TO, vocabulary, whole
from seqbench.front import Embedding
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape, Splits
from seqbench.task.reading import Reading
from seqbench.task.speaking import BeamSearched, Sample

SYMBOL, FREE, NUMBER = range(3)  # columns: what is heard; 1 where it is what was said; which pair
SHOWN = 6


@dataclass(frozen=True, kw_only=True)
class Multi30kDeEn(BeamSearched, Classification):
    """words: in each language. size: numbers that stand for a word."""

    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    metric: ClassVar[str] = "bleu"
    perfect: ClassVar[float] = 100.0
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    beam: ClassVar[int] = 5
    end: ClassVar[int] = END
    needs: ClassVar[tuple[str, ...]] = ("multi30k",)

    words: Size = 2_000
    longest: Size = 25
    size: Size = 32
    reverse: bool = False

    inputs = 3

    @property
    def outputs(self) -> int:
        return self.words + SPECIAL

    @property
    def reading(self) -> Reading:
        words = Embedding(symbols=2 * self.outputs, size=self.size)
        return Reading(variable=True, encoder=self.longest, front=words)

    @property
    def lag(self) -> int:
        return 2 * self.longest  # from the first word read to the end written

    @property
    def chance(self) -> float:
        return multi30k.blind(self.words, self.longest)

    @property
    def pass_mark(self) -> float:
        return multi30k.word_by_word(self.words, self.longest)

    def splits(self) -> Splits:
        return _splits(self.words, self.longest, self.reverse)

    def feed(self, x: Tensor, output: Tensor) -> Tensor:
        said = (self.outputs + output.argmax(-1)).to(x.dtype)
        heard = torch.where(x[..., FREE] > 0, said, x[..., SYMBOL])
        return torch.cat([heard[..., None], x[..., FREE:]], -1)

    def written(self, said: Tensor) -> list[str]:
        """The sentences of what was said at the writing steps, (A, N), each up to its end."""
        words = vocabulary(TO, self.words)
        rows = [[*row, END] for row in said.T.tolist()]
        return [" ".join(words[s] for s in row[: row.index(END)]) for row in rows]

    def judge(self, said: Tensor, batch: Batch) -> Tensor:
        assert batch.valid is not None
        said = torch.where(batch.valid > 0, said, END)
        numbers = batch.x[..., NUMBER].expand(said.shape).long()
        trials = (part.reshape(-1, *said.shape[-2:]) for part in (said, numbers))
        scores = [
            bleu(self.written(s[self.longest :]), whole(TO, n[0].cpu().numpy()))
            for s, n in zip(*trials, strict=True)
        ]
        return torch.tensor(scores, device=said.device).view(said.shape[:-2])

    def showcase(self) -> Batch:
        return self.splits().test.pick(slice(None, SHOWN))

    def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
        numbers = batch.x[0, :, NUMBER].long().numpy()
        said = self.written(self.decide(outputs, batch)[self.longest :])
        texts = zip(said, whole(TO, numbers), whole(FROM, numbers), strict=True)
        return [Sample("text", own, wanted, given) for own, wanted, given in texts]


@cache
def _splits(words: int, longest: int, reverse: bool) -> Splits:
    parts = multi30k.parts(words, longest, reverse)
    return Splits(*(_batch(part, words + SPECIAL) for part in parts))


def _batch(part: multi30k.Part, symbols: int) -> Batch:
    """The second language's symbols follow those of the first."""
    source, target = torch.from_numpy(part.source), torch.from_numpy(part.target)
    (reads, n), writes = source.shape, len(target)
    before = torch.cat([torch.full((1, n), END), target[:-1]])
    ended = (before == END).cumsum(0) > 1  # the start is written like an end
    free = (torch.arange(reads + writes) > reads).float()[:, None].expand(-1, n)
    number = torch.from_numpy(part.numbers).float().expand(reads + writes, n)
    heard = torch.cat([source.clamp(min=0), symbols + before]).float()
    silent = torch.zeros(reads, n)
    return Batch(
        x=torch.stack([heard, free, number], -1),
        y=torch.cat([silent.long(), target]),
        mask=torch.cat([silent, (~ended).float()]),
        valid=torch.cat([(source >= 0).float(), torch.ones(writes, n)]),
    )
