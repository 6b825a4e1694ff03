"""Where a run writes: a folder of results and a report of its own, named like the matrix file.

Deleting a results folder must be safe, so it holds nothing but results. A hidden note in the
folder, and one beside the report, names the matrix file that they belong to.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from seqbench.errors import InputError
from seqbench.files import atomic_write

if TYPE_CHECKING:
    from seqbench.matrix import Matrix

DEFAULT = Path("workflow/config/default.yaml")
NOTE = ".matrix"
OURS = {  # what a run leaves in its results folder
    *("trials", "curves", "flow", "samples", "costs", "reach", "store", "tables", "figures"),
    *("cards.parquet", "propagation.parquet", "estimates.parquet", "estimate_costs.parquet"),
    *("theorems.parquet", "manifests", "logs"),
    *("data", "data.txt", "status.txt", ".locks"),
}
LETTERS = r"^[A-Za-z0-9_./-]{1,200}$"  # no {wildcard}, no quoting
PROJECT = ("seqbench", "workflow", "profiles", "tests", "reports")  # folders of the project
OWN_FOLDER = (
    "a folder of its own: a name below the project, such as results/mine, or an absolute path "
    "outside of it"
)
OWN_FILE = "a name below the project, such as reports/mine, or an absolute path outside of it"


def usual(matrix: Path, given: Iterable[str]) -> dict[str, str]:
    """Where the run of a matrix file writes, of what the file does not say itself.

    given: the keys of the file.

    Raises:
        InputError: nothing can be named like the file.
    """
    named = {"results": f"results/{matrix.stem}", "report": f"reports/{matrix.stem}"}
    if matrix.parts[-3:] == DEFAULT.parts:
        named = {"results": "results", "report": "reports/seqbench"}
    left = {key: place for key, place in named.items() if key not in given}
    if any(not re.match(LETTERS, place) or _taken(key, place) for key, place in left.items()):
        raise InputError(
            f"{matrix}: {' and '.join(left)} cannot be named like this file. Allowed: a name of "
            "letters, digits and . _ - that no part of a run has, such as trials or data. Rename "
            f"the file, or write {' and '.join(f'`{key}:`' for key in left)} into it."
        )
    return left


def wrong(matrix: "Matrix") -> Iterator[InputError]:
    """What is wrong with the two places, whatever lies there; a sentence each."""
    for key, allowed in (("results", OWN_FOLDER), ("report", OWN_FILE)):
        if _taken(key, place := getattr(matrix, key)):
            yield _refusal(key, place, allowed)


def _taken(key: str, place: str) -> bool:
    """Whether a place is not for that key, by its name or by where its links lead."""
    if place.startswith("-"):  # an option, to most commands
        return True
    real = os.path.realpath(place)
    if key == "report":
        name = place.rpartition("/")[2]
        real = os.path.join(os.path.realpath(os.path.dirname(place)), name)  # of its pages
        unnamed = name in ("", ".", "..")
        return unnamed or not all(_own(inside(z), PROJECT[:-1]) for z in (place, real))
    around = Path.cwd().is_relative_to(real)
    parts = (inside(place) or Path()).parts
    of_default = parts[:1] == ("results",) and not OURS.isdisjoint(parts)
    return around or of_default or not all(_own(inside(z), PROJECT) for z in (place, real))


def inside(place: str) -> Path | None:
    """A place relative to the project; None where it lies outside."""
    path = Path(os.path.normpath(Path.cwd() / place))
    if path.is_relative_to(Path.cwd()):
        return path.relative_to(Path.cwd())
    return None if Path(place).is_absolute() else Path(place)


def _own(place: Path | None, taken: tuple[str, ...]) -> bool:
    """Whether a place is outside the project, or where the project has nothing of its own."""
    if place is None:
        return True
    hidden = any(part.startswith(".") for part in place.parts)
    return bool(place.parts) and not hidden and place.parts[0] not in taken


def _refusal(key: str, value: object, allowed: str) -> InputError:
    return InputError(
        f"{key} is {str(value)!r}. Allowed: {allowed}. Change it, or leave the line out."
    )


def check(matrix: "Matrix") -> None:
    """Refuse places that belong to something else, or that cannot be made.

    Raises:
        InputError: the folder or the report is another matrix's or lies in another run's folder,
            or other files lie in the folder; or a file lies where a folder is to be.
    """
    folder = Path(matrix.results)
    for key, place in {"results": folder, "report": Path(matrix.report)}.items():
        _check_above(matrix, key, place)
    for key, note in _notes(matrix).items():
        try:
            owner = note.read_text(errors="replace").strip() if note.is_file() else _name(matrix)
        except OSError as error:
            owner = f"somebody whose note cannot be read ({error.strerror})"
        if owner != _name(matrix):
            raise InputError(
                f"{matrix.path}: {key} {getattr(matrix, key)} belongs to {owner}. Allowed: places "
                f"of its own. Change `{key}:`, or, if the matrix was renamed, the line in {note}."
            )
    if not (folder / NOTE).is_file() and (other := foreign(folder, _shared(folder))):
        raise InputError(
            f"{matrix.path}: results {folder} has other files in it, such as {other}. "
            f"Allowed: {OWN_FOLDER}. Change `results:`."
        )


def _check_above(matrix: "Matrix", key: str, place: Path) -> None:
    """Refuse a place where no folder can be made, or that lies in the results of a run."""
    folder = Path(os.path.abspath(place if key == "results" else place.parent))
    lowest = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    if not (lowest.is_dir() and os.access(lowest, os.W_OK | os.X_OK)):
        allowed = OWN_FOLDER if key == "results" else OWN_FILE
        blocked = inside(str(lowest)) or lowest
        raise InputError(
            f"{matrix.path}: {key} {place} cannot be written, as {blocked} is no folder that is "
            f"writable. Allowed: {allowed}. Change `{key}:`, or make it writable."
        )
    own = {Path(matrix.results).resolve()} if key == "report" else set()
    for above in place.resolve().parents:
        if above in own or ((above / NOTE).is_file() and not _shared(above)):
            raise InputError(
                f"{matrix.path}: {key} {place} would be deleted with the results in "
                f"{inside(str(above)) or above}. Allowed: a place outside of them. Change `{key}:`."
            )


def _shared(folder: Path) -> bool:
    """Whether it is the default's folder, in which those of all other matrices usually lie."""
    return folder.resolve() == Path.cwd() / "results"


def claim(matrix: "Matrix", key: str = "results") -> None:
    """Check both places and leave the note that says whose one of them is.

    key: results, or report where the report is written.

    Raises:
        InputError: as `check`; or they cannot be written.
    """
    check(matrix)
    note = _notes(matrix)[key]
    if not note.is_file():
        atomic_write(note, f"{_name(matrix)}\n".encode())


def foreign(folder: Path, runs: bool = False) -> str:
    """Something in a folder that is no part of results, or "". runs: whole runs are, too."""
    try:
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        return folder.name
    return next((entry.name for entry in entries if not _of_a_run(entry, runs)), "")


def _of_a_run(entry: Path, runs: bool) -> bool:
    if entry.name in OURS:
        return True
    if (entry / NOTE).is_file():
        return runs
    if entry.name.startswith("."):
        return entry.is_file()  # a note, a checksum, a file that is being written
    return entry.is_dir() and not entry.is_symlink() and not foreign(entry, runs)


def _notes(matrix: "Matrix") -> dict[str, Path]:
    report = Path(matrix.report)
    beside = report.with_name(f".{report.name}{NOTE}")
    return {"results": Path(matrix.results) / NOTE, "report": beside}


def _name(matrix: "Matrix") -> str:
    """The matrix file as seen from here, so that a project that is moved stays the same."""
    return Path(os.path.relpath(matrix.path)).as_posix()
