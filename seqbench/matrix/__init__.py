"""The matrix: which cells meet which remedies on which tasks, and how they are trained.

Read from one YAML file and checked down to the last knob against the sources of the variants,
without importing torch, so that every slip dies before a job starts.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Le, MinLen
from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError, WithJsonSchema

from seqbench import registry
from seqbench.errors import InputError
from seqbench.matrix import refusals, strict
from seqbench.matrix.refusals import Knobs
from seqbench.matrix.training import Distinct, Section, Training

KINDS = ("tasks", "cells", "remedies")
SHARED = ("axes", "cell", "fronts", "remedy", "task", "records")  # modules behind every result, and
FOLDERS = ("engine", "jobs", "networks")  # packages


def _filled(knobs: object) -> object:
    return {} if knobs is None else knobs


Place = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]{1,200}$")]  # no {wildcard}, no quoting
Seed = Annotated[int, Ge(0), Le(2**32 - 1)]
Settings = Annotated[Knobs, BeforeValidator(_filled), WithJsonSchema({"type": ["object", "null"]})]
Variants = Annotated[dict[str, Settings], MinLen(1)]


class Matrix(Section):
    """What a run consists of."""

    name: Annotated[str, Field(min_length=1, max_length=80, description="title of the report")]
    results: Place = Field("results", description="folder written during a run")
    report: Place = Field("reports/seqbench", description="where; .html and .pdf are added")
    seeds: Annotated[tuple[Seed, ...], MinLen(1), Distinct] = (1, 2, 3)
    train: Training = Training()
    train_on: dict[str, Training] = Field({}, description="other values of train, by task")
    tasks: Variants
    cells: Variants
    remedies: Variants

    _path: Path = PrivateAttr(Path())

    @property
    def path(self) -> Path:
        """The file that it was read from."""
        return self._path

    def jobs(self) -> list[tuple[str, str]]:
        """The (task, cell) pairs: one training job each."""
        return [(task, cell) for task in self.tasks for cell in self.cells]

    def training(self, task: str) -> Training:
        """How the trials of a task are trained."""
        if task not in self.train_on:
            return self.train
        own = self.train_on[task].model_dump(exclude_unset=True)
        return self.train.model_copy(update=own)

    def job(self, task: str, cell: str) -> "Job":
        """Everything that a (task, cell) job trains.

        Raises:
            InputError: the matrix has no such task or cell.
        """
        for kind, name, known in (("tasks", task, self.tasks), ("cells", cell, self.cells)):
            if name not in known:
                raise InputError(f"{self.path}: {refusals.unknown_key((kind,), name, [*known])}")
        knobs = self.tasks[task], self.cells[cell]
        return Job(task, knobs[0], cell, knobs[1], self.remedies, self.seeds, self.training(task))

    def trials(self, task: str) -> int:
        """How many trials a job on that task has, before anything proves not applicable."""
        return len(self.remedies) * len(self.training(task).learning_rates) * len(self.seeds)

    def sources(self, task: str, cell: str) -> tuple[Path, ...]:
        """The files that can change the results of a job, each once."""
        return tuple(dict.fromkeys(file for group in self._groups(task, cell) for file in group))

    def code(self, task: str, cell: str) -> str:
        """SHA-256 of what these files do: another one may mean other numbers."""
        marks = [_code(group) for group in self._groups(task, cell)]
        return hashlib.sha256("\n".join(marks).encode()).hexdigest()

    def _groups(self, task: str, cell: str) -> tuple[tuple[Path, ...], ...]:
        own = (
            registry.sources("tasks", task),
            registry.readers(task),
            registry.sources("cells", cell),
        )
        return (*own, _shared_sources(tuple(self.remedies)))


@cache
def _shared_sources(remedies: tuple[str, ...]) -> tuple[Path, ...]:
    """The files behind every job with these remedies."""
    parts = {part for remedy in remedies for part in registry.parts(remedy)}
    variants = {file for part in parts for file in registry.sources("remedies", part)}
    shared = {registry.HOME / f"{name}.py" for name in SHARED}
    folders = {file for name in FOLDERS for file in registry.HOME.glob(f"{name}/**/*.py")}
    return tuple(sorted(variants | shared | folders))


@cache
def _code(files: tuple[Path, ...]) -> str:
    return " ".join(f"{file.name} {registry.code(file)}" for file in files)


@dataclass(frozen=True)
class Job:
    """One (task, cell) pair with all its trials: what one process trains."""

    task: str
    task_knobs: Knobs
    cell: str
    cell_knobs: Knobs
    remedies: dict[str, Knobs]
    seeds: tuple[int, ...]
    training: Training

    @property
    def digest(self) -> str:
        """SHA-256 of the whole specification: another one means other numbers."""
        spec = vars(self) | {"training": self.training.model_dump()}
        return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()


def from_here(file: Path) -> Path:
    """Relative where it lies below the working folder, so that a moved project is the same."""
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def read(path: Path) -> Matrix:
    """Read and check a matrix.

    Raises:
        InputError: one sentence that names the file and the key.
    """
    text = strict.read(path)
    try:
        matrix = Matrix.model_validate(text)
    except ValidationError as error:
        raise refusals.first_of(str(path), list(_wrong_values(error))) from error
    problems: list[InputError] = []
    checked: dict[str, dict[str, Knobs]] = {}
    for kind in KINDS:
        checked[kind] = {}
        for name, knobs in getattr(matrix, kind).items():
            checked[kind][name], found = refusals.check(kind, name, knobs)
            problems += found
    problems += _contradictions(matrix)
    if problems:
        raise refusals.first_of(str(path), problems)
    matrix = matrix.model_copy(update=checked)
    matrix._path = path
    return matrix


def _wrong_values(error: ValidationError) -> Iterator[InputError]:
    details = error.errors()
    inside = {detail["loc"][:-1] for detail in details}
    for detail in details:
        where = detail["loc"]
        section = Matrix if len(where) == 1 else Training
        if detail["type"] == "too_short" and where in inside:
            continue  # too short only because an item was refused
        if detail["type"] == "extra_forbidden":
            yield refusals.unknown_key(where[:-1], str(where[-1]), [*section.model_fields])
        elif detail["type"] == "missing":
            yield InputError(
                f"the key {refusals.dotted(where)!r} is missing. Allowed: see "
                "workflow/config/smoke.yaml. Add it."
            )
        else:
            yield refusals.wrong_value(where, detail["input"], [detail])


def _contradictions(matrix: Matrix) -> Iterator[InputError]:
    for task in matrix.train_on:
        if task not in matrix.tasks:
            yield refusals.unknown_key(("train_on",), task, [*matrix.tasks])
    for task in matrix.tasks:
        training = matrix.training(task)
        if training.evaluate_every > training.updates:
            yield InputError(
                f"train: evaluate_every is {training.evaluate_every} with {training.updates} "
                f"updates on {task!r}. Allowed: at most updates. Lower it."
            )
        if training.bidirectional and training.hidden % 2:
            yield InputError(
                f"train: hidden is {training.hidden} on {task!r}, and each direction gets half. "
                "Allowed: even numbers. Change one of them."
            )
        if training.bidirectional and not registry.card("tasks", task).facts.get("both_ways"):
            yield InputError(
                f"train: bidirectional on {task!r}: whoever reads it backwards has seen the "
                "answer. Allowed: false. Say so for this task under train_on."
            )


def json_schema() -> str:
    """The schema of a matrix file, for editors: workflow/schemas/matrix.schema.json."""
    return json.dumps(Matrix.model_json_schema(), indent=2) + "\n"
