"""Piano rolls: which keys sound in the next frame, each a yes or no of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from seqbench.data.sets import rolls
from seqbench.errors import InputError
from seqbench.knobs import Count, Size
from seqbench.task import Batch, IoShape, weighted_mean
from seqbench.task.reading import Reading
from seqbench.task.speaking import Sample, Speaking
from seqbench.tasks._lengths import padded

SURE = 100.0  # how far an output lies from 0 that leaves no doubt
SHOWN, PROMPT, OWN = 4, 16, 64  # pieces of a showcase; frames heard, and then said
GIVEN = 2.0  # is added to what is heard in a showcase, whatever was said
LOWEST = 21  # number of the first key, as MIDI counts


@dataclass(frozen=True, kw_only=True)
class PianoRoll(Speaking):
    """Loss and metric: -log p of a frame in nats, summed over its 88 keys, mean over all frames.

    A piece of more than `length` + 1 frames is cut. Every later cut begins with `lead` frames that
    were already asked in the one before: they are heard again, and not asked, so that each frame
    but the first of a piece is asked once, after `lead` frames at least.

    Knobs:
        length:  steps of a sequence.
        lead:    frames that a cut begins with, heard only.
    """

    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    metric: ClassVar[str] = "nats_per_frame"
    larger_is_better: ClassVar[bool] = False
    perfect: ClassVar[float] = 0.0
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    likelihood: ClassVar[bool] = True
    draws: ClassVar[Literal["", "gumbel", "logistic"]] = "logistic"

    length: Size = 159
    lead: Count = 32

    inputs = outputs = 88
    reading = Reading(variable=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lead >= self.length:
            raise InputError(
                f"{type(self).__name__}: lead is {self.lead} of {self.length} steps. Allowed: less "
                "than length. Change one of them."
            )

    @property
    def lag(self) -> int:
        return self.length - 1

    def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        keys = functional.binary_cross_entropy_with_logits(outputs, batch.y, reduction="none")
        return weighted_mean(keys.sum(-1), batch.mask)

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        return self.loss(outputs, batch)

    def feed(self, x: Tensor, output: Tensor) -> Tensor:
        return torch.where(x < GIVEN, (output > 0).to(x.dtype), x - GIVEN)

    def showcase(self) -> Batch:
        frames = torch.stack(
            [torch.from_numpy(piece).float() for piece in self._shown().values()], 1
        )
        x = torch.zeros_like(frames[1:])
        x[:PROMPT] = frames[:PROMPT] + GIVEN
        x[0] = frames[0]  # nothing is fed there
        return Batch(x=x, y=frames[1:], valid=torch.ones(x.shape[:2]))

    def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
        wanted = torch.cat([batch.x[:1], batch.y])
        said = torch.cat([wanted[:PROMPT], (outputs[PROMPT - 1 :] > 0).to(wanted)])
        given = f"The first {PROMPT} frames (both rolls begin with them) of test piece "
        pairs = zip(self._shown(), said.unbind(1), wanted.unbind(1), strict=True)
        return [Sample("roll", _notes(own), _notes(its), f"{given}{n}") for n, own, its in pairs]

    def _shown(self) -> dict[int, NDArray[np.uint8]]:
        """How pieces of the test part begin that are long enough, by their numbers."""
        test, frames = rolls.pieces(self.needs[0]).test, PROMPT + OWN
        long = {n: piece[:frames] for n, piece in enumerate(test, 1) if len(piece) >= frames}
        return {n: long[n] for n in [*long][:: -(-len(long) // SHOWN)]}

    def encode(self, batch: Batch) -> Tensor:
        return SURE * (2 * batch.y - 1)


def cut(pieces: Sequence[NDArray[np.uint8]], length: int, lead: int) -> Batch:
    """Pieces (frames, 88) as sequences of `length` steps: x and y (length, N, 88)."""
    spans = [
        (piece, max(0, start - lead), start)
        for piece in pieces
        for start in (0, *range(length, len(piece) - 1, length - lead))
    ]
    x, valid = padded([piece[:-1][a : a + length] for piece, a, _ in spans], length)
    y, _ = padded([piece[1:][a : a + length] for piece, a, _ in spans], length)
    heard = torch.tensor([start - a for _, a, start in spans])
    asked = valid * (torch.arange(length)[:, None] >= heard)
    return Batch(x=x.float(), y=y.float(), mask=asked, valid=valid)


def _notes(roll: Tensor) -> list[list[int]]:
    """The numbers of the notes that sound in every frame: (frames, 88)"""
    return [(LOWEST + frame.nonzero()[:, 0]).tolist() for frame in roll]
