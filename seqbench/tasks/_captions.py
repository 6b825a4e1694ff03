"""A picture in, its caption out, letter by letter: what the tasks of captions have in common.

In training a step hears the right letter before; in a test it hears the one that was said (free
running). After the first step the picture lives in the state only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional

from seqbench.axes import Tensors
from seqbench.data.baselines import captions
from seqbench.data.baselines.overlap import chrf, corrected_chrf
from seqbench.data.formats import captioned
from seqbench.front import Glance
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape, Splits, by_sequence, exact_match
from seqbench.task.pooled import Pooled
from seqbench.task.reading import Reading
from seqbench.task.speaking import Sample, Speaking

SHOWN = 8
Measure = Callable[[list[str], list[str]], float]


@dataclass(frozen=True, kw_only=True)
class Captions(Pooled, Speaking, Classification):
    """Base: a task says its `letters`, the `longest` caption, the `side` of a picture, and `parts`.

    The number of the letters is that of the symbol after the last one. size: numbers that the
    convolutional front end makes of a picture.
    """

    io_shape: ClassVar[IoShape] = "one_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    metric: ClassVar[str] = "corrected_chrf"
    perfect: ClassVar[float] = 100.0
    chance: ClassVar[float] = 0.0
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    generates: ClassVar[bool] = True
    letters: ClassVar[str]
    longest: ClassVar[int]
    side: ClassVar[int]
    parts: ClassVar[captioned.Parts]

    size: Size = 32

    @property
    def outputs(self) -> int:
        return len(self.letters) + 1

    @property
    def front(self) -> Glance:
        """Convolutions that see the picture."""
        return Glance(side=self.side, colors=captioned.COLORS, symbols=self.outputs, size=self.size)

    @property
    def reading(self) -> Reading:
        return Reading(front=self.front)

    @property
    def inputs(self) -> int:
        return self.front.pixels + self.outputs

    @property
    def lag(self) -> int:
        return self.longest

    @property
    def pass_mark(self) -> float:
        return captions.nearest(type(self).parts)

    def splits(self) -> Splits:
        return _splits(type(self).parts, self.letters, self.longest)

    def feed(self, x: Tensor, output: Tensor) -> Tensor:
        said = functional.one_hot(output.argmax(-1), self.outputs).to(x.dtype)
        return torch.cat([x[..., : -self.outputs], said], -1)

    def written(self, symbols: Sequence[int]) -> str:
        """The text of a caption's symbols, up to its end."""
        known = [*symbols, len(self.letters)]
        return "".join(self.letters[i] for i in known[: known.index(len(self.letters))])

    def judge(self, said: Tensor, batch: Batch) -> Tensor:
        return self._compared(said, batch, corrected_chrf)

    def showcase(self) -> Batch:
        test = self.splits().test
        return test.pick(slice(None, None, -(-len(test) // SHOWN)))

    def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
        pixels = 1 - batch.x[0, :, : self.front.pixels].unflatten(-1, (-1, self.side, self.side))
        columns = (self.decide(outputs, batch).T, batch.y.T, pixels.permute(0, 2, 3, 1))
        return [
            Sample("text", self.written(said), self.written(wanted), image=image)
            for said, wanted, image in zip(*(part.tolist() for part in columns), strict=True)
        ]

    def others(self, said: Tensor, batch: Batch) -> Tensors:
        return {"chrf": self._compared(said, batch, chrf)}

    def measures(self, outputs: Tensor, batch: Batch) -> Tensors:
        return {"exact_match": exact_match(outputs, batch)}

    def weights(self, name: str, batch: Batch) -> Tensor | None:
        counted = super().weights(name, batch)
        return by_sequence(counted) if name == "exact_match" else counted

    def _compared(self, said: Tensor, batch: Batch, measure: Measure) -> Tensor:
        meant = batch.y.expand_as(said)
        trials = zip(*(part.reshape(-1, *said.shape[-2:]) for part in (said, meant)), strict=True)
        scores = [measure(*([*map(self.written, t.T.tolist())] for t in pair)) for pair in trials]
        return torch.tensor(scores, device=said.device).view(said.shape[:-2])


@cache
def _splits(parts: captioned.Parts, letters: str, longest: int) -> Splits:
    return Splits(*(_spelled(part, letters, longest + 1) for part in parts()))


def _spelled(part: captioned.Part, letters: str, steps: int) -> Batch:
    end = len(letters)
    numbers = [[letters.index(letter) for letter in text] for text in part.texts]
    y = torch.tensor([text + [end] * (steps - len(text)) for text in numbers]).T  # (T, n)
    pixels = torch.from_numpy(part.pictures)
    x = torch.zeros(steps, len(pixels), pixels.shape[1] + end + 1)
    x[0, :, : pixels.shape[1]] = pixels
    x[1:, :, pixels.shape[1] :] = functional.one_hot(y[:-1], end + 1)
    lengths = torch.tensor([len(text) + 1 for text in numbers])
    return Batch(x=x, y=y, mask=(torch.arange(steps)[:, None] < lengths).float())
