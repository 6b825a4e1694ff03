"""Two marked numbers among many: what the adding and the multiplication problem have in common.

    variant     first and second mark            length of a batch    an answer is wrong
    arjovsky16  first half, second half          T                    (judged by squared error)
    bai18       any two different steps          T                    (judged by squared error)
    pascanu13   first tenth, rest of the half    T to below 1.1 T     if squared error > .04
    hs97        first 10, first T/2 - 1 left     T to T + T/10        if error >= .04

In hs97 both ends carry the mark -1, and a number that was to count there is made neutral.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.task import Batch, weighted_mean

SHORTEST = {"arjovsky16": 2, "bai18": 2, "pascanu13": 10, "hs97": 20}
BOUND = {"pascanu13": 0.2, "hs97": 0.04}  # errors beyond it are wrong answers


def check_length(where: str, variant: str, length: int) -> None:
    """Refuse sequences too short for their marks.

    Raises:
        InputError: names the task, the length and the shortest that there may be.
    """
    if length < SHORTEST[variant]:
        raise InputError(
            f"{where}: length is {length}. Allowed for {variant}: at least {SHORTEST[variant]}. "
            "Change the value."
        )


def draws_length(variant: str) -> bool:
    """Whether the steps of a batch are drawn, too."""
    return variant in BOUND


def longest(variant: str, length: int) -> int:
    """The most steps that a sequence may have."""
    return length + {"hs97": length // 10, "pascanu13": (length - 1) // 10}.get(variant, 0)


def lost(length: int) -> float:
    """How likely one of hs97's two marks falls on the first step, whose number is neutral."""
    return 0.1 + 0.9 / (length // 2 - 1)


def draw(
    variant: str, length: int, n: int, stream: Generator, *, low: float, neutral: float
) -> tuple[Tensor, Tensor]:
    """Inputs (value, mark), (longest, n, 2), after silence; and the marked numbers, (2, n).

    Values are uniform from low to 1.
    """
    drawn = torch.randint(length, longest(variant, length) + 1, (1,), generator=stream)
    steps = int(drawn) if draws_length(variant) else length
    values = low + (1 - low) * torch.rand(steps, n, generator=stream)
    places = _places(variant, length, steps, n, stream)
    marks = functional.one_hot(places, steps).sum(0).T.float()
    if variant == "hs97":
        ends = functional.one_hot(torch.tensor([0, steps - 1]), steps).sum(0).bool()[:, None]
        values = torch.where(ends & (marks > 0), neutral, values)
        marks = torch.where(ends, -1.0, marks)
    silence = (0, 0, 0, 0, longest(variant, length) - steps, 0)
    return functional.pad(torch.stack([values, marks], -1), silence), values.gather(0, places)


def _places(variant: str, length: int, steps: int, n: int, stream: Generator) -> Tensor:
    """Two different steps of every sequence, (2, n)."""
    half, tenth = steps // 2, steps // 10
    spans = {
        "arjovsky16": ((0, half), (half, steps)),
        "bai18": ((0, steps), (0, steps - 1)),
        "pascanu13": ((0, tenth), (tenth, half)),
        "hs97": ((0, 10), (0, length // 2 - 1)),
    }[variant]
    first, second = (torch.randint(*span, (n,), generator=stream) for span in spans)
    if variant in ("bai18", "hs97"):  # counted among the steps that are left
        second = second + (second >= first)
    return torch.stack([first, second])


def wrong(variant: str, outputs: Tensor, batch: Batch) -> Tensor:
    """The share of wrong answers by the variant's own bound. outputs: (..., 1, B, 1) -> (...)"""
    error = (outputs - batch.y).abs()[..., 0]
    beyond = error >= BOUND[variant] if variant == "hs97" else error > BOUND[variant]
    return weighted_mean(beyond.to(outputs.dtype), batch.mask)
