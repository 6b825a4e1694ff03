"""Drawing: a picture of a character in, the path of the pen that drew it out, point by point

    step      0          1        2    ...  points-1
    input     picture                                 15 x 15 means of ink through a convolution
    asked     x y new    x y new  ...       x y new   where the pen is; new: 1 if just set down

After the first step the cell hears nothing: it draws from memory, in training as in a test. The
path is the drawer's own, resampled to `points` points evenly spaced along the ink of each stroke;
x and y count from the middle of the picture in units of its side. The loss is the squared error of
all three numbers; the metric that of x and y alone, which has a unit (0.01: a tenth of the side).
Chance draws the mean path of train, the pass mark a linear map from the picture (ridge regression).
Nobody can know from a picture in which order and direction it was drawn: no one reaches 0.
Not handwriting synthesis (Graves): no point is fed back, so a drawing cannot live on its own past;
places, not offsets, because there the error of one step must not move all that follow.
Our deviation: the split is by alphabet (six, Tagalog, Korean); the small background sets, without
the 1,000 drawings that both have.
Published: no agreed reference for strokes.
Source: lake2015, graves2013
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.data.sets import omniglot
from seqbench.errors import InputError
from seqbench.front import Glance
from seqbench.knobs import Several, Size
from seqbench.task import Batch, IoShape, Regression, Splits, weighted_mean
from seqbench.task.reading import Reading
from seqbench.task.speaking import Sample, Speaking

SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class OmniglotStrokes(Speaking, Regression):
    """side: of the picture, a divisor of 105. size: numbers that the front end makes of it."""

    io_shape: ClassVar[IoShape] = "one_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ("omniglot",)

    points: Several = 40
    side: Size = 15
    size: Size = 32

    outputs = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        if omniglot.PIXELS % self.side:
            raise InputError(
                f"OmniglotStrokes: side is {self.side}. Allowed: a divisor of {omniglot.PIXELS} "
                "(15, 21, 35, ...). Change the value."
            )

    @property
    def reading(self) -> Reading:
        return Reading(front=Glance(side=self.side, colors=1, symbols=0, size=self.size))

    @property
    def inputs(self) -> int:
        return self.side**2

    @property
    def lag(self) -> int:
        return self.points - 1

    @property
    def chance(self) -> float:
        return omniglot.mean_path(self.side, self.points)

    @property
    def pass_mark(self) -> float:
        return omniglot.linear(self.side, self.points)

    def splits(self) -> Splits:
        return _splits(self.side, self.points)

    def showcase(self) -> Batch:
        test = self.splits().test
        return test.pick(slice(None, None, -(-len(test) // SHOWN)))

    def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
        pictures = 1 - batch.x[0].unflatten(-1, (self.side, self.side))
        columns = (_shown(outputs), _shown(batch.y), pictures)
        return [
            Sample("strokes", said, wanted, image=image)
            for said, wanted, image in zip(*(part.tolist() for part in columns), strict=True)
        ]

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        errors = (outputs - batch.y)[..., :2].square().mean(-1)
        return weighted_mean(errors, self.weights("score", batch))

    def measures(self, outputs: Tensor, batch: Batch) -> Tensors:
        wrong = (outputs[..., 2] > 0.5) != (batch.y[..., 2] > 0.5)
        return {"pen_errors": wrong.to(outputs.dtype).flatten(-2).mean(-1)}


@cache
def _splits(side: int, points: int) -> Splits:
    return Splits(*(_batch(part) for part in omniglot.parts(side, points)))


def _batch(part: omniglot.Part) -> Batch:
    x = torch.zeros(len(part.paths), *part.pictures.shape)
    x[0] = torch.from_numpy(part.pictures)
    return Batch(x=x, y=torch.from_numpy(part.paths))


def _shown(paths: Tensor) -> Tensor:
    """(points, N, 3) -> (N, points, 3): x and y in 0..1, and 1 where the pen was down."""
    down = (paths[..., 2:] <= 0.5).to(paths)
    return torch.cat([paths[..., :2] + 0.5, down], -1).transpose(0, 1)
