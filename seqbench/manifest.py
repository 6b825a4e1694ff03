"""The manifest of a job: what its tables were made of, written when it ends.

    results/manifests/{job}.json

Before a run it is compared with what the matrix asks for, so that a table counts for what is in it,
whoever made it and when. Snakemake compares time stamps and what it remembers of its own jobs.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

from seqbench.files import atomic_write, make_room, verify
from seqbench.opened import digest


@dataclass(frozen=True)
class Wanted:
    """What a matrix asks of a job.

    Attributes:
        job:            its name: train/TASK/CELL, reach/TASK/CELL, initialization, collect, ...
        specification:  SHA-256 of everything that the matrix says of it.
        code:           checksums of what the files behind it do, and of what it reads.
    """

    job: str
    specification: str
    code: str

    def manifest(self, results: Path) -> Path:
        """Where its manifest is kept."""
        return results / "manifests" / f"{self.job}.json"


def write(
    results: Path,
    wanted: Wanted,
    tables: Iterable[Path],
    unfinished: str = "",
    read: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Say what tables were made of.

    unfinished: what kept a part of it from being made, where another attempt may make it; or "".
    read: other files that have to stay what they are, with their SHA-256: those that were read
        meanwhile (`opened`), or the pages of a report.
    """
    sums = {str(table.relative_to(results)): verify(table) for table in tables}
    content = asdict(wanted) | {"unfinished": unfinished, "tables": sums, "read": {**read}}
    make_room(wanted.manifest(results))
    atomic_write(wanted.manifest(results), json.dumps(content, indent=1).encode() + b"\n")


def content(results: Path, job: Wanted) -> bytes:
    """The manifest of a job; nothing where there is none."""
    try:
        return job.manifest(results).read_bytes()
    except OSError:
        return b""


def due(results: Path, wanted: Wanted, *, again: bool = True) -> str:
    """Why a job has to run, in a few words; "" where its tables are what the matrix asks for.

    again: whether what was left unfinished may be finished now.
    """
    try:
        said = json.loads(wanted.manifest(results).read_bytes())
        if any(said[key] != value for key, value in asdict(wanted).items()):
            return "the matrix or the code is another one"
        if said["unfinished"] and again:
            return str(said["unfinished"])
        for table, expected in said["tables"].items():
            if verify(results / table) != expected:
                return f"{table} was changed"
        for file, expected in said["read"].items():
            if digest(Path(file)) != expected:
                return f"{file} was changed"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"its manifest or a table cannot be read ({type(error).__name__})"
    return ""
