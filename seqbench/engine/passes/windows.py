"""Windows of a long text (truncated back-propagation), and padded sequences that end together."""

from collections.abc import Iterator
from operator import itemgetter

import torch
from torch import Tensor
from torch.nn import functional

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

    The last stream is filled up with steps that count nothing.
    """
    over = -len(text.y) % streams
    mask = torch.ones_like(text.y, dtype=text.x.dtype) if text.mask is None else text.mask

    def cut(part: Tensor) -> Tensor:
        filled = functional.pad(part[:, 0], (0, 0) * (part.dim() - 2) + (0, over))
        return filled.unflatten(0, (streams, -1)).transpose(0, 1).contiguous()

    return Batch(**{k: v for k, v in vars(text).items() if v is not None} | {"mask": mask}).map(cut)


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
