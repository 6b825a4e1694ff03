"""Surname generation: a language in, one of its surnames out, letter by letter.

    step     0        1   2   3   4   5
    input    Czech    N   o   v   a   k         a language, then the letter before: 18 + 55 symbols
    asked    N        o   v   a   k   end       after a shorter name nothing is asked

Asked is the next letter of a name that was not in training, in bits per letter, the end counted:
perfect 0, chance what the frequencies of single letters give (4.78). Solved with fewer than a
bigram model, counted on train (3.56): a network without memory hears the language at step 0 only.
Split as in `surname_language`. The right letters before are given; what the network writes by
itself is for showing.
Published: nothing that compares; the tutorial prints samples.
Not exact match: no test name can be known, only how likely it is.
Source: robertson2017, ney1994
"""

from dataclasses import dataclass
from functools import cache
from math import log
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from seqbench.data.sets import names
from seqbench.front import OneHot
from seqbench.task import Batch, Classification, IoShape, Splits
from seqbench.task.reading import Reading
from seqbench.task.speaking import Sample, Speaking
from seqbench.tasks._lengths import padded

FIRST = len(names.LANGUAGES)  # the input symbol of the first letter
SHOWN = ("Czech", "English", "German", "Greek", "Italian", "Japanese", "Russian", "Spanish")


@dataclass(frozen=True, kw_only=True)
class LanguageSurname(Speaking, Classification):
    io_shape: ClassVar[IoShape] = "one_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    metric: ClassVar[str] = "bits_per_character"
    larger_is_better: ClassVar[bool] = False
    perfect: ClassVar[float] = 0.0
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    likelihood: ClassVar[bool] = True
    draws: ClassVar[Literal["", "gumbel", "logistic"]] = "gumbel"
    needs: ClassVar[tuple[str, ...]] = ("names",)

    inputs, outputs, lag = 1, names.END + 1, names.LONGEST
    reading = Reading(variable=True, front=OneHot(symbols=FIRST + names.END + 1))

    @property
    def chance(self) -> float:
        return names.nats(0) / log(2)

    @property
    def pass_mark(self) -> float:
        return names.nats(1) / log(2)

    def splits(self) -> Splits:
        return _splits()

    def feed(self, x: Tensor, output: Tensor) -> Tensor:
        return output.argmax(-1, keepdim=True).to(x.dtype) + FIRST

    def showcase(self) -> Batch:
        x = torch.zeros(names.LONGEST + 1, len(SHOWN), 1)
        x[0, :, 0] = torch.tensor([names.LANGUAGES.index(language) for language in SHOWN])
        return Batch(x=x, y=x[..., 0].long(), valid=torch.ones_like(x[..., 0]))

    def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
        said = map(_written, outputs.argmax(-1).T.tolist())
        return [Sample("text", own, given=tongue) for own, tongue in zip(said, SHOWN, strict=True)]

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        return self.loss(outputs, batch) / log(2)


@cache
def _splits() -> Splits:
    return Splits(*(_batch(part) for part in names.parts()))


def _batch(part: names.Part) -> Batch:
    pairs = list(zip(part.names, part.languages, strict=True))
    x, valid = padded([np.append(own, name + FIRST) for name, own in pairs], names.LONGEST + 1)
    y, _ = padded([np.append(name, names.END) for name, _ in pairs], names.LONGEST + 1)
    return Batch(x=x[..., None].float(), y=y, mask=valid, valid=valid)


def _written(symbols: list[int]) -> str:
    """A name's letters up to its end."""
    known = [*symbols, names.END]
    return "".join(names.LETTERS[s] for s in known[: known.index(names.END)])
