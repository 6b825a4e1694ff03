"""Collecting what was trained, as the command does: the tables, and what the run is about."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from seqbench import design
from seqbench.analysis import collect as collecting
from seqbench.analysis import order
from seqbench.analysis.complete import Job, Wanted


def collect(
    results: Path,
    jobs: Sequence[Job],
    reach: Sequence[Job] = (),
    wanted: Mapping[Job, Wanted] | None = None,
    given: design.Design | None = None,
) -> None:
    """As `seqbench.analysis.collect.collect`; given: the design, if not the usual one."""
    collecting.collect(results, jobs, reach, wanted)
    usual = design.usual(order.cells({cell for _, cell in jobs}))
    design.write(results, given or usual)
