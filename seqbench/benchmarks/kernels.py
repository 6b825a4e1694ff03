"""The races: ours and the others', on one task and one machine."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import log2

import torch

from seqbench.benchmarks import flash, floor, measure, networks, ours, peers
from seqbench.benchmarks.grid import Case, Effort
from seqbench.benchmarks.measure import Contender, Timing


@dataclass(frozen=True)
class Result:
    """One race: what was run, who ran it how fast, who could not and why.

    The first of `timings` is the anchor. `notes`: whose equation is another one, and in what.
    """

    case: Case
    timings: list[Timing]
    skipped: dict[str, str]
    notes: dict[str, str]

    def timing(self, name: str) -> Timing | None:
        """How fast a contender was; None: it did not take part."""
        return next((timing for timing in self.timings if timing.contender == name), None)

    @property
    def best(self) -> Timing | None:
        """The fastest of ours."""
        timings = [timing for timing in self.timings if timing.contender.startswith("seqbench")]
        return min(timings, key=lambda timing: timing.microseconds.median, default=None)


@dataclass(frozen=True)
class Growth:
    """Ours as one size grows; `factor`: of the time of a whole run when that size doubles."""

    size: str
    engine: str
    cases: list[Case]
    timings: list[Timing]
    factor: float


def others(case: Case, field: ours.Field) -> tuple[list[Contender], dict[str, str]]:
    """What can be had elsewhere for this case; and why the rest cannot."""
    x, y = field.batch.x[0], field.batch.y[0, 0]  # one trial at a time
    on_gpu = x.device.type == "cuda"

    def of(peer: peers.Peer) -> Contender:
        module = peer.build(x, case.hidden).to(x.device)
        if case.work == "update":
            return peers.one_update(peer.name, module, x, y)
        return peers.one_pass(peer.name, module, x)

    builds: dict[str, Callable[[], Contender]] = {
        p.name: partial(of, p) for p in peers.PEERS[case.cell] if on_gpu or not p.cuda
    }
    if case.work == "networks":
        builds |= networks.builds(field)
    if on_gpu and (case.cell, case.work) == ("lstm", "pass"):
        builds[flash.NAME] = partial(flash.one_pass, field.stack.params, field.batch.x)
    able, reasons = [], {}
    for name, build in builds.items():
        try:
            able.append(build())
        except Exception as error:  # not installed, not this GPU, not this version
            reasons[name] = measure.sentence(error)
    return able, reasons


def race(case: Case, effort: Effort, device: torch.device) -> Result:
    """Ours against the others."""
    field = ours.field(case, device)
    theirs, missing = others(case, field)
    entrants, refused = ours.contenders(case, field)
    if effort.inductor and (case.cell, case.work) == ("lstm", "pass"):
        entrants.append(ours.one_pass(ours.INDUCTOR, field))
    if (case.cell, case.work) == ("lstm", "pass"):
        entrants.append(floor.contender(case, field.sizes["I"], device))
    timings, failed = measure.race([*theirs, *entrants], effort.seconds, effort.rounds, device)
    notes = {peer.name: peer.differs for peer in peers.PEERS[case.cell] if peer.differs}
    return Result(case, timings, missing | refused | failed, notes)


def growth(
    size: str, cases: list[Case], engine: ours.Engine, effort: Effort, device: torch.device
) -> Growth | None:
    """One engine against itself, over all cases; None where it refuses one of them."""
    fields = {str(getattr(case, size)): ours.field(case, device) for case in cases}
    entrants = []
    for name, field in fields.items():
        if ours.refusal(engine, field):
            return None
        whole = ours.one_pass(engine, field)
        entrants.append(Contender(name, whole.run, whole.work))
    timings, failed = measure.race(entrants, effort.seconds, effort.rounds, device)
    done = [case for case in cases if str(getattr(case, size)) not in failed]
    if len(done) < 2:  # one that fits into no memory, say
        return None
    return Growth(size, engine.name, done, timings, doubling(size, done, timings))


def doubling(size: str, cases: list[Case], timings: list[Timing]) -> float:
    """The factor of a whole run's time per doubling of one size, from the smallest to the largest.

    Times are per step per trial, so they count as many times as there are of these; their ratio is
    the one that was taken round by round.
    """
    work = [case.steps * case.trials for case in (cases[0], cases[-1])]
    times = log2(getattr(cases[-1], size) / getattr(cases[0], size))
    whole = work[1] / work[0] / timings[-1].ratio.median
    return float(whole ** (1 / times))
