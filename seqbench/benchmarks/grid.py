"""What is measured: small enough to finish while one has a coffee."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Work = Literal["pass", "update", "networks"]

PEEPHOLE_LIKE = ("lstm_peephole", "invented")
LINEAR = "t_rnn"  # all its steps can be computed at once, so its length matters
NETWORKS = 32  # of a race of many
ELSEWHERE = ("lem", "mgu", "janet", "cornn")  # cells that torch does not have, torchrecurrent has


@dataclass(frozen=True)
class Case:
    """One race. pass: forward and backward; update: the same, the loss and the optimizer.

    networks: a pass, beside those who map one network's over many, too.
    """

    cell: str
    hidden: int
    trials: int
    work: Work = "pass"
    steps: int = 100
    batch: int = 32


@dataclass(frozen=True)
class Effort:
    """How long to look."""

    seconds: float  # of one race
    rounds: int  # of one race, at least
    quick: bool = False
    on_gpu: bool = False  # where stacks must be wider to fill it
    inductor: bool = False  # whether torch compiles our step, too, which takes it minutes


FULL = Effort(seconds=5.0, rounds=5)
QUICK = Effort(seconds=0.8, rounds=3, quick=True)


def width(hidden: int, effort: Effort) -> int:
    """Trials of a stack: fewer where each is larger, so that a run takes about as long."""
    units = 8192 if effort.on_gpu else 512 if effort.quick else 1024
    return min(256, max(4, units // hidden))


def races(effort: Effort) -> Iterator[Case]:
    """Ours against others', cell by cell."""

    def case(cell: str, hidden: int, work: Work = "pass") -> Case:
        return Case(cell, hidden, width(hidden, effort), work)

    for hidden in (32, 64) if effort.quick else (16, 32, 64, 128, 256):
        yield case("lstm", hidden)
    for hidden in (32, 64):
        yield case("lstm", hidden, "update")
    for hidden in (16,) if effort.quick else (16, 32, 64):
        trials = width(hidden, effort) if effort.on_gpu else NETWORKS
        yield Case("lstm", hidden, trials, "networks")
    for steps in (256,) if effort.quick else (32, 128, 512):
        yield replace(case(LINEAR, 32), steps=steps)
    for cell in PEEPHOLE_LIKE:
        yield case(cell, 32)
    if effort.quick:
        return
    for cell in PEEPHOLE_LIKE:
        yield case(cell, 64)
        yield case(cell, 32, "update")
    for cell in ELSEWHERE:
        yield case(cell, 32)
    for cell in ("rnn", "gru_reset_after"):
        for hidden in (32, 128):
            yield case(cell, hidden)


def growths(quick: bool) -> dict[str, list[Case]]:
    """Ours against itself as one size grows; the others as in the default matrix."""
    base = Case("lstm", 16, 16, steps=64, batch=16)
    trials = (1, 4, 16) if quick else (1, 4, 16, 64, 256)
    steps = (32, 128) if quick else (32, 128, 512, 1024)
    hidden = (16, 64) if quick else (16, 32, 64, 128, 256)
    return {
        "trials": [replace(base, trials=n) for n in trials],
        "steps": [replace(base, steps=n) for n in steps],
        "hidden": [replace(base, hidden=n, trials=4) for n in hidden],
    }
