"""Digits spelled out: an image in, its English name out, letter by letter.

    step       0        1   2   3   4       5
    input      image    t   h   r   e       e       64 pixels | one-hot of 15 letters and end
    asked      t        h   r   e   e       end     after a shorter name nothing is asked

In training the input is the right letter before; in a test it is the cell's own (free running).
Asked is the whole name: one wrong letter, or no end, makes it wrong. Solved at the accuracy with
which the nearest mean training image names the digit.
Not classification ten times over: after the first letter the image lives in the state only.
Source: alpaydin1998, sutskever2014
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional

from seqbench.data.sets import digits
from seqbench.task import Batch, ExactMatch, IoShape, Splits
from seqbench.task.speaking import Sample, Speaking

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LETTERS = "".join(sorted(set("".join(NAMES))))
END = len(LETTERS)  # the symbol after the last letter
STEPS = max(map(len, NAMES)) + 1
SIDE = 8  # of an image
SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class DigitsSpelled(Speaking, ExactMatch):
    io_shape: ClassVar[IoShape] = "one_to_many"
    needs: ClassVar[tuple[str, ...]] = ("digits",)
    asked: ClassVar[Literal["last", "every"]] = "every"
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    generates: ClassVar[bool] = True

    inputs, outputs, lag = digits.PIXELS + END + 1, END + 1, STEPS - 1

    @property
    def chance(self) -> float:
        return digits.majority()

    @property
    def pass_mark(self) -> float:
        return digits.nearest_mean()

    def splits(self) -> Splits:
        return _splits()

    def feed(self, x: Tensor, output: Tensor) -> Tensor:
        said = functional.one_hot(output.argmax(-1), self.outputs).to(x.dtype)
        return torch.cat([x[..., : digits.PIXELS], said], -1)

    def showcase(self) -> Batch:
        test = self.splits().test
        return test.pick(slice(None, None, -(-len(test) // SHOWN)))

    def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
        images = 1 - batch.x[0, :, : digits.PIXELS].unflatten(-1, (SIDE, SIDE))
        columns = (outputs.argmax(-1).T, batch.y.T, images)
        return [
            Sample("text", _written(said), _written(wanted), image=image)
            for said, wanted, image in zip(*(part.tolist() for part in columns), strict=True)
        ]


@cache
def _splits() -> Splits:
    return Splits(*(_spelled(part) for part in digits.parts()))


def _spelled(part: digits.Part) -> Batch:
    names = [[LETTERS.index(letter) for letter in name] for name in NAMES]
    padded = torch.tensor([name + [END] * (STEPS - len(name)) for name in names])
    lengths = torch.tensor([len(name) + 1 for name in names])
    labels = torch.tensor(part.labels)
    y = padded[labels].T  # (T, n)
    image = functional.pad(torch.tensor(part.pixels)[None], (0, 0, 0, 0, 0, STEPS - 1))
    before = functional.pad(functional.one_hot(y[:-1], END + 1), (0, 0, 0, 0, 1, 0))
    mask = torch.arange(STEPS)[:, None] < lengths[labels]
    return Batch(x=torch.cat([image, before.float()], -1), y=y, mask=mask.float())


def _written(symbols: list[int]) -> str:
    """A name's letters up to its end."""
    known = [*symbols, END]
    return "".join(LETTERS[i] for i in known[: known.index(END)])
