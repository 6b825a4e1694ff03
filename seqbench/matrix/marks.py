"""The files that can change the results of a job, and a mark of what they do."""

import hashlib
from functools import cache
from pathlib import Path

from seqbench import registry

# modules behind every result, and packages
SHARED = ("axes", "cell", "criteria", "front", "remedy", "task", "records")
FOLDERS = ("engine", "jobs", "networks")

Files = tuple[Path, ...]


def files(task: str, cell: str, remedies: tuple[str, ...]) -> tuple[Files, ...]:
    """Those behind a job, in groups that many jobs share."""
    own = (
        registry.sources("tasks", task),
        registry.readers(task),
        registry.sources("cells", cell),
    )
    return (*own, _shared(remedies))


def mark(*groups: Files) -> str:
    """SHA-256 of what the files do: another one may mean other numbers."""
    return hashlib.sha256("\n".join(map(_code, groups)).encode()).hexdigest()


@cache
def _shared(remedies: tuple[str, ...]) -> Files:
    """The files behind every job with these remedies."""
    parts = {part for remedy in remedies for part in registry.parts(remedy)}
    variants = {file for part in parts for file in registry.sources("remedies", part)}
    return tuple(sorted(variants | modules(FOLDERS)))


def modules(folders: tuple[str, ...]) -> set[Path]:
    """The modules behind every result, and those of some packages."""
    inside = {file for name in folders for file in registry.HOME.glob(f"{name}/**/*.py")}
    return inside | {registry.HOME / f"{name}.py" for name in SHARED}


@cache
def _code(files: Files) -> str:
    return " ".join(f"{file.name} {registry.code(file)}" for file in files)
