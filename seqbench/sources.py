"""The sources that can change a number, and checksums of what they do.

    trials            their cell, task (with what reads its data) and remedies, and NUMBERS
    job               those of its trials, ROWS, and PARALLEL
    initialization    cells and remedies of the matrix, what theorems load, NUMBERS, and MEASURED

A trial's fingerprint has the checksums of the first, so a trial in the store is trained again only
if one of these files does something else. Snakemake has those of the other two as parameters.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from seqbench import description, imports, opened, registry
from seqbench.errors import InputError
from seqbench.registry import HOME

NUMBERS = ("axes", "cell", "front", "remedy", "task", "networks", "engine")  # modules and packages
PURITY = (
    "rules",
    "watch",
    "held",
    "contents",
    "process",
    "given",
    "passing",
    "sequences",
    "experiment",
    "variants",
    "bounds",
    "tasks",
)
# modules in them that change no number
WITHOUT_NUMBERS = ("batches", "contracts", "store", "memory", "rehearsal", *PURITY)
# what makes rows of numbers, or says what fits into memory
ROWS = ("criteria", "engine", "jobs", "records", "training", "tuning")
PROOFS = ("engine/purity", "engine/rules")
PARALLEL = (
    *(f"initialization/{name}" for name in ("gradient", "jacobian", "newton", "weights")),
    "jobs/parallel",
)  # what measures the weights that were tested
MEASURED = ("initialization", "claims/analytic", "claims/theorems", "records")
THEOREMS = {  # what the theorems are computed with, whatever the matrix has
    "cells": {"gru", "lstm", "rnn"},
    "remedies": {"cayley", "chrono", "exp_map", "omega", "spectral_radius", "truncate"},
    "tasks": {"adding", "copy"},
}

# what a variant imports that is in NUMBERS already, or changes none
OURS = (
    *NUMBERS, "__init__", "errors", "files", "knobs", "locks", "opened", "tally", "terminal",
    "training", "watchdog",
)  # fmt: skip
DATA = HOME / "data"
NOTHING = sha256(ast.dump(ast.parse("")).encode()).hexdigest()  # what a file without code does
MANY = 1_000  # files of a folder that a task names

Files = tuple[Path, ...]


def of_trials(task: str, cell: str, remedies: Iterable[str]) -> tuple[Files, ...]:
    """The files behind the numbers of trials, in groups that other trials share."""
    parts = tuple(sorted({part for remedy in remedies for part in registry.parts(remedy)}))
    of_task, of_cell = variant("tasks", task), variant("cells", cell)
    return of_task, readers(task), of_cell, _remedies(parts), _numbers()


def of_job(task: str, cell: str, remedies: Iterable[str]) -> tuple[Files, ...]:
    """The files that can change the tables of a job or a search, in groups that others share."""
    return (*of_trials(task, cell, remedies), _modules(ROWS), of_parallel())


def of_parallel() -> Files:
    """The files behind what is measured of the weights that were tested."""
    return _modules(PARALLEL)


def read_ahead() -> Files:
    """The files behind every job, whose checksums this process and its children now know."""
    groups = (_numbers(), _modules(ROWS), of_parallel(), _modules(PROOFS))
    checksum(*groups)
    return tuple(file for group in groups for file in group)


def of_proof(names: Mapping[str, str]) -> tuple[Files, ...]:
    """The files behind a proof that variants are pure. names: by kind; remedies may be composed."""
    found = [variant(kind, part) for kind, name in names.items() for part in registry.parts(name)]
    return *found, _numbers(), _modules(PROOFS)


def of_initialization(cells: Iterable[str], remedies: Iterable[str]) -> tuple[Files, ...]:
    """The files behind what is measured without training, of a matrix's cells and remedies."""
    parts = {part for remedy in remedies for part in registry.parts(remedy)}
    named = {"cells": {*cells}, "remedies": parts, "tasks": set[str]()}
    variants = {
        file
        for kind, names in named.items()
        for name in names | THEOREMS[kind]
        for file in variant(kind, name)
    }
    return tuple(sorted(variants)), _numbers(), _modules(MEASURED)


def read_by(task: str, knobs: Mapping[str, object]) -> Files:
    """The files that a task names, in its source or by a knob: it may read them.

    A name is taken from the working folder or from the folder of the task's file, and from every
    folder that is named beside it. What a job really opens is in its manifest, whatever its name
    is put together of; this is for what Python does not tell of (`opened`).
    """
    try:
        named = {
            *_texts(knobs),
            *(text for file in variant("tasks", task) for text in _named(file)),
        }
        homes = {Path(), *(file.parent for file in variant("tasks", task))}
        homes |= {home / name for home in homes for name in named if _is(Path.is_dir, home / name)}
    except InputError:  # its jobs say why
        return ()
    files = {home / name for home in homes for name in named if _is(Path.is_file, home / name)}
    of_task = variant("tasks", task)
    files |= {near for file in of_task for near in file.parent.glob(f"{file.stem}.*")}
    files |= {file for home in homes - {Path(), *(f.parent for f in of_task)} for file in _in(home)}
    return tuple(sorted(file for file in files if file.suffix != ".py"))


def contents(files: Files) -> str:
    """SHA-256 of what lies in files; "" for none."""
    return " ".join(map(opened.digest, files))


def checksum(*groups: Files) -> str:
    """SHA-256 of what the files do: another one may mean other numbers."""
    return sha256("\n".join(map(_checksums, groups)).encode()).hexdigest()


def codes(*groups: Files) -> list[tuple[str, str]]:
    """What each of the files does, by its name; sorted."""
    return sorted({(imports.name(file), code(file)) for group in groups for file in group})


@cache
def code(file: Path) -> str:
    """SHA-256 of what a source file does: comments, layout and docstrings do not count.

    Of its bytes where it does not parse.
    """
    try:
        tree = description.parse(file)
    except InputError:
        return sha256(file.read_bytes()).hexdigest()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:]
    return sha256(ast.dump(tree).encode()).hexdigest()


@cache
def variant(kind: str, name: str) -> Files:
    """The files that say what a variant does: its own, what it extends, and what these import.

    That is what one wrote oneself, wherever it lies; of this package what is not in `OURS`.
    Its own alone where that does not parse.
    """
    try:
        line = registry.describe(kind, name).lineage
    except InputError:
        return (registry.path(kind, name),)
    beside = _reached(line, lambda file: not _ours(file) and DATA not in file.parents)
    return (*line, *(file for file in beside if file not in line))


@cache
def readers(task: str) -> Files:
    """The files of `data` that read a task's data: what it imports, and what these import."""
    files = variant("tasks", task)
    return tuple(f for f in _reached(files, lambda file: not _ours(file)) if f not in files)


def _ours(file: Path) -> bool:
    """Whether a module is one of `OURS`."""
    return HOME in file.parents and file.relative_to(HOME).parts[0].removesuffix(".py") in OURS


def _reached(files: Files, belongs: Callable[[Path], bool]) -> Files:
    """Those files that belong and that the given ones import, directly or through one another.

    Not those that do nothing, as most of those that make a folder a package.
    """
    waiting, reached = [*files], set[Path]()
    while waiting:
        new = {file for file in _imported(waiting.pop()) if belongs(file)} - reached
        waiting += new
        reached |= new
    return tuple(sorted(file for file in reached if code(file) != NOTHING))


@cache
def _imported(file: Path) -> Files:
    if file.suffix != ".py":
        return ()
    try:
        found = imports.imported(description.parse(file), file)
        return (*imports.packages(file), *(one for _, files in found for one in files))
    except InputError:  # it does not parse, so it imports nothing
        return ()


def _texts(value: object) -> Iterator[str]:
    """The texts in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(tuple(value.values()))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


@cache
def _named(file: Path) -> frozenset[str]:
    try:
        nodes = [*ast.walk(description.parse(file))]
    except InputError:
        return frozenset()
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return frozenset(text for text in texts if isinstance(text, str) and "\n" not in text)


def _in(folder: Path) -> list[Path]:
    """The files of a folder; of a large one none, for it holds more than one task's data."""
    files = [file for file in folder.iterdir() if _is(Path.is_file, file)]
    return files if len(files) <= MANY else []


def _is(kind: Callable[[Path], bool], path: Path) -> bool:
    try:
        return path.name != "" and kind(path)
    except (OSError, ValueError):  # no name of a file at all
        return False


@cache
def _remedies(parts: tuple[str, ...]) -> Files:
    return tuple(sorted({file for part in parts for file in variant("remedies", part)}))


@cache
def _numbers() -> Files:
    return tuple(file for file in _modules(NUMBERS) if file.stem not in WITHOUT_NUMBERS)


@cache
def _modules(names: tuple[str, ...]) -> Files:
    """The modules of these names, and those in packages of these names."""
    with opened.unrecorded():
        rooms = [file for name in names for file in HOME.glob(f"{name}/**/*.py")]
    both = {*rooms, *(HOME / f"{name}.py" for name in names)}
    return tuple(sorted(file for file in both if file.is_file()))


@cache
def _checksums(files: Files) -> str:
    return " ".join(f"{file.name} {code(file)}" for file in files)
