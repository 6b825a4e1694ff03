"""Time contenders fairly: warm, in alternating order, by medians, each round a pair of its own.

A machine that others use as well, or that changes its clock, is slow for all contenders of a round
alike: so the ratio of two times is taken round by round, and only then the median. On a processor
its own time counts, of all threads together: on a quiet machine that is the clock's for one thread,
on a busy one it leaves out the waiting, and nobody gains by a second thread.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, prod
from statistics import quantiles

import torch

SHORTEST = 0.01  # seconds of one sample; shorter runs are repeated within it
TICK = 1e-6  # seconds; nothing is faster
MOST_ROUNDS = 51


@dataclass(frozen=True)
class Contender:
    """Something to time. `work`: time steps times trials of one run."""

    name: str
    run: Callable[[], object]
    work: int


@dataclass(frozen=True)
class Spread:
    """Median and quartiles."""

    median: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Timing:
    """Microseconds per time step per trial, and how many times as fast as the anchor."""

    contender: str
    rounds: int
    microseconds: Spread
    ratio: Spread


@cache
def slopes(shape: Sequence[int], device: torch.device) -> torch.Tensor:
    """Gradient of the mean state of a trial, (..., T, B, H); made once, so that nobody pays."""
    return torch.full(shape, 1 / prod(shape[-3:]), device=device)


def spread(values: Sequence[float]) -> Spread:
    """Median and quartiles of at least one value."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    lower, median, upper = quantiles(values, method="inclusive")
    return Spread(median, lower, upper)


def seconds_of(run: Callable[[], object], repeats: int, device: torch.device) -> float:
    """Seconds of one run, as the mean of some right after each other."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    wait(device)
    begun = clock()
    for _ in range(repeats):
        run()
    wait(device)
    return (clock() - begun) / repeats


def wait(device: torch.device) -> None:
    """Until an accelerator has done all that it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def warm(
    contenders: Sequence[Contender], device: torch.device
) -> tuple[dict[str, int], dict[str, str]]:
    """Repeats per sample by name, and the reasons of those that cannot run here."""
    repeats, reasons = {}, {}
    for contender in contenders:
        try:
            contender.run()  # the first run compiles, fills caches, asks for memory
            once = seconds_of(contender.run, 1, device)
        except Exception as error:  # other people's kernels fail in many ways; the rest goes on
            reasons[contender.name] = sentence(error)
        else:
            repeats[contender.name] = ceil(SHORTEST / max(once, TICK))
    return repeats, reasons


def sentence(error: Exception) -> str:
    """The first line of an error, with its kind."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def race(
    contenders: Sequence[Contender], seconds: float, rounds: int, device: torch.device
) -> tuple[list[Timing], dict[str, str]]:
    """Time all against the first; at least `rounds` rounds, and on until `seconds` are over.

    Every other round goes backwards, so that a drift weighs on all alike. The second value: why
    contenders that could not run did not.
    """
    repeats, reasons = warm(contenders, device)
    fit = [contender for contender in contenders if contender.name in repeats]
    samples: dict[str, list[float]] = {contender.name: [] for contender in fit}
    begun, done = time.perf_counter(), 0
    while fit and done < MOST_ROUNDS:
        if done >= rounds and time.perf_counter() - begun > seconds:
            break
        for contender in fit if done % 2 else fit[::-1]:
            taken = seconds_of(contender.run, repeats[contender.name], device)
            samples[contender.name].append(1e6 * taken / contender.work)
        done += 1
    return [summary(name, times, samples[fit[0].name]) for name, times in samples.items()], reasons


def summary(name: str, times: Sequence[float], anchor: Sequence[float]) -> Timing:
    """A contender's rounds beside the anchor's."""
    ratios = [theirs / own for theirs, own in zip(anchor, times, strict=True)]
    return Timing(name, len(times), spread(times), spread(ratios))
