"""Evaluate known weights again, or say what a run could learn but did not."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from seqbench.commands import _shared

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from seqbench.certificates.certificate import Certificate
    from seqbench.certificates.check import Checked

EXAMPLE = "--cell lstm"
COMPUTES = True


def options(parser: ArgumentParser) -> None:
    """Which certificates, or which run."""
    parser.add_argument("--cell", metavar="NAME", help="the certificates of this cell only")
    parser.add_argument("--problem", metavar="NAME", help="likewise, of this problem")
    parser.add_argument("--seed", type=int, default=1, help="of the fresh sequences (default: 1)")
    _shared.config(parser, "a matrix that was run: how its cells stand", required=False)
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="the same of its results")


def run(options: Namespace) -> int:
    """Print a table; 1 where a certificate does not pass any more."""
    if given := options.results or options.config:
        print(*standing(given), sep="\n")
        return 0
    return again(options.cell, options.problem, options.seed)


def standing(given: Path) -> "Iterator[str]":
    """A line per cell and task of a run, and what the statuses mean."""
    from seqbench import terminal
    from seqbench.analysis.tables import certified
    from seqbench.certificates.standing import STATUSES
    from seqbench.compare.read import read

    frame = certified.make(read(given))
    if frame.empty:
        yield "No task of this run has certificates or theorems."
        return
    for row in frame.to_dict("records"):
        cells = f"{row['task']:20} {row['cell']:24} {row['status']:24}"
        yield from terminal.row(cells, " ".join(_why(row)), rest=4)
    yield ""
    for status in STATUSES:
        yield from terminal.hung(f"{status}: ", STATUSES[status] + ".", rest=4)


def _why(row: "Mapping[Hashable, object]") -> "Iterator[str]":
    yield f"{row['solved']} of {row['trials']} trials pass."
    if row["how"]:
        yield f"Certificate of {row['units']} units ({row['how']})."
    if row["theorem"]:
        conditions = "" if row["conditions"] == "none" else f" ({row['conditions']})"
        source = row["sources"] or "proof: certificates/theorems.yaml"
        yield f"{str(row['statement']).removesuffix('.')}{conditions}: {source}."


def again(cell: str | None, problem: str | None, seed: int) -> int:
    """Evaluate certificates: a line per cell as soon as it is known, a column per problem.

    Raises:
        InputError: no cell or no problem of that name, or a file is not as it should be.
    """
    from seqbench import registry
    from seqbench.certificates.certificate import Certificate, certificates
    from seqbench.certificates.check import SEQUENCES, Checked, check
    from seqbench.certificates.problems import LONGER, PROBLEMS
    from seqbench.errors import InputError

    if problem and problem not in PROBLEMS:
        raise InputError(
            f"--problem: {problem!r} is unknown. Allowed: {', '.join(PROBLEMS)}. Mend the name."
        )
    cells = [registry.base("cells", cell)] if cell else registry.names("cells")
    problems = [problem] if problem else [*PROBLEMS]
    print(f"{'':26}" + "".join(f"{name:16}" for name in problems))
    every = list[tuple[Certificate, Checked]]()
    for name in cells:
        mine = [one for one in certificates() if one.cell == name and one.problem in problems]
        found = [(one, check(one, seed)) for one in mine]
        every += found
        print(f"{name:26}" + "".join(f"{_told(name, found, of):16}" for of in problems), flush=True)
    passed = sum(made.passes for _, made in every)
    print(
        f"{passed} of {len(every)} certificates pass at {LONGER} times the length, on {SEQUENCES} "
        "fresh sequences. In brackets: units. *: with other knobs than the cell's defaults."
    )
    return 0 if passed == len(every) else 1


def _told(cell: str, found: "list[tuple[Certificate, Checked]]", problem: str) -> str:
    """passes (2): with 2 units; the score where that is too low; impossible; none yet."""
    from seqbench.certificates.problems import PROBLEMS
    from seqbench.certificates.standing import Pair

    for one, made in found:
        if one.problem == problem:
            star = "*" if one.knobs else ""
            return f"passes ({one.units}){star}" if made.passes else f"FAILS {made.score:.3f}"
    of = PROBLEMS[problem]
    return "impossible" if Pair(of.task, cell, 1, dict(of.knobs)).theorem() else "none yet"
