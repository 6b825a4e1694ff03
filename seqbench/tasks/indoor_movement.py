"""Indoor movement: somebody walks towards a door; will the room be changed?

    step     0   1   2  ...  41          19 to 129 steps, eight a second
    input    s   s   s  ...   s          strength of 4 radio signals, -1 to 1 as published
    asked                     x          yes or no

All walks end at the same place, so the way there decides. Tested in rooms where nobody walked in
training: groups 1 and 2 of the set train (210 walks, every fourth of each group and class of which
validates), group 3 tests (104); this is the published heterogeneous setting. Solved at the accuracy
of the nearest train walk, each averaged over five equal parts of its time.
Published (accuracy in %): leaky echo state networks about 90 in this setting, about 96 in the
homogeneous one [M]; bacciu2014
Not the homogeneous setting, which tests in rooms that it trained in.
Our deviation: the paper chooses its model by validation on a third of the homogeneous data.
Source: bacciu2014
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch

from seqbench.data.formats.labeled import Labeled
from seqbench.data.sets import indoor_movement
from seqbench.task import Batch, Classification, IoShape, Splits
from seqbench.task.reading import Reading
from seqbench.tasks._lengths import padded


@dataclass(frozen=True, kw_only=True)
class IndoorMovement(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    both_ways: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("indoor_movement",)

    inputs, outputs = indoor_movement.ANCHORS, 2
    lag = indoor_movement.LONGEST - 1
    reading = Reading(variable=True)

    @property
    def chance(self) -> float:
        return indoor_movement.guess()

    @property
    def pass_mark(self) -> float:
        return indoor_movement.neighbor()

    def splits(self) -> Splits:
        return _splits()


@cache
def _splits() -> Splits:
    return Splits(*(_batch(part) for part in indoor_movement.parts()))


def _batch(part: Labeled) -> Batch:
    x, valid = padded(part.sequences, indoor_movement.LONGEST)
    return Batch(x=x.float(), y=torch.from_numpy(part.labels)[None], valid=valid)
