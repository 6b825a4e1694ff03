"""Windows of a long text (truncated back-propagation), and padded sequences that end together."""

from collections.abc import Iterator
from dataclasses import replace
from operator import itemgetter

import torch
from torch import Tensor

from seqbench.errors import InputError
from seqbench.task import Batch


def per_epoch(text: Batch, streams: int, steps: int) -> int:
    """Windows of training text x (N, 1, raw) until it repeats, wherever the first one begins.

    Raises:
        InputError: the text is too short for a single window.
    """
    count = (len(text.y) - steps + 1) // streams // steps
    if count < 1:
        raise InputError(
            f"batch: {streams} streams of {steps} steps need more than the {len(text.y)} steps of "
            "the training text. Allowed: fewer or shorter ones. Make batch or the window smaller."
        )
    return count


def window(text: Batch, streams: int, number: int, steps: int, begin: int) -> Batch:
    """One window of training text that is read from `begin` on: x (steps, streams, raw)."""
    length = (len(text.y) - begin) // streams
    ahead = begin + number * steps + torch.arange(steps)[:, None]
    places = ahead + length * torch.arange(streams)
    return text.map(lambda part: part[places.to(part.device), 0])


def whole(text: Batch, streams: int) -> Batch:
    """All of a text, x (N, 1, raw) -> (N / streams, streams, raw).

    The last stream is filled up with steps of the text itself, as a cell may be undefined at zero;
    none of their answers has a weight.
    """
    steps, per_stream = len(text.y), -(-len(text.y) // streams)
    places = torch.arange(streams * per_stream, device=text.y.device).view(streams, per_stream).mT
    filled = text.map(lambda part: part[places % steps, 0])
    real = (places < steps).to(text.x.dtype)
    mask = real if filled.mask is None else filled.mask * real
    scored = None if filled.scored is None else filled.scored * real
    return replace(filled, mask=mask, scored=scored)


def windows(batch: Batch, steps: int) -> Iterator[Batch]:
    """All windows of x (T, B, raw), one after the other; the last one may be shorter."""
    for start in range(0, batch.x.shape[0], steps):
        yield batch.map(itemgetter(slice(start, start + steps)))


def ending_together(batch: Batch) -> Batch:
    """The same sequences, moved so that the last step is everybody's last with an answer."""
    if batch.valid is None:
        return batch
    steps = batch.valid.shape[-2]
    asked = batch.valid if batch.mask is None else batch.mask
    counts = asked if asked.shape[-2] == steps else batch.valid
    behind = (counts > 0).flip(-2).float().argmax(-2)  # (..., B) steps after that
    t = torch.arange(steps, device=behind.device)[:, None]
    places = (t - behind[..., None, :]) % steps  # what was behind comes in front, as padding

    def turned(part: Tensor, axis: int) -> Tensor:
        if part.shape[axis] != steps:
            return part
        index = places[..., None] if axis == -3 else places
        return part.gather(axis, index.expand(part.shape))

    axes = {"x": -3, "y": -3 if batch.y.is_floating_point() else -2}
    parts = {k: v for k, v in vars(batch).items() if v is not None}
    moved = {k: turned(v, axes.get(k, -2)) for k, v in parts.items()}
    return Batch(**moved | {"valid": moved["valid"] * (t >= behind[..., None, :])})
