"""The matrix: which cells meet which remedies on which tasks, and how they are trained.

Read from one YAML file and checked down to the last knob against the sources of the variants,
without importing torch, so that every slip dies before a job starts.

    strict       YAML without surprises        sections        `only` and `reach`
    annotations  the types of knobs            refusals        what is wrong, in sentences
    job          what one process trains       contradictions  what does not go together, and idle
    needs        the data sets of a matrix         places          where a run writes
    wanted       what is asked of every job, as checksums  grids  values to try and learning rates
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import Field, PrivateAttr, StringConstraints, ValidationError

from seqbench import sources
from seqbench.design import Design, usual
from seqbench.errors import InputError
from seqbench.matrix import places, refusals, strict
from seqbench.matrix.contradictions import contradictions, wrong_values
from seqbench.matrix.job import Job, ReachJob
from seqbench.matrix.refusals import Knobs
from seqbench.matrix.sections import Names, Only, Reach, Settings
from seqbench.training import Distinct, Section, Training

KINDS = ("tasks", "cells", "remedies")
Place = Annotated[str, Field(pattern=places.LETTERS)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Seed = Annotated[int, Ge(0), Le(2**32 - 1)]
Variants = Annotated[dict[str, Settings], MinLen(1)]


class Matrix(Section):
    """What a run consists of."""

    name: Title = Field(description="title of the report")
    results: Place = Field("", description="folder written during a run; usual: results/FILE")
    report: Place = Field("", description="where; .html and .pdf are added; usual: reports/FILE")
    seeds: Annotated[tuple[Seed, ...], MinLen(1), MaxLen(10_000), Distinct] = (1, 2, 3)
    search_seeds: Annotated[tuple[Seed, ...], MaxLen(10_000), Distinct] = Field(
        (), description="where given: they train what is tried, and `seeds` only what they chose"
    )
    train: Training = Training()
    train_on: dict[str, Training] = Field({}, description="other values of train, by task")
    tasks: Variants
    cells: Variants
    remedies: Variants
    baseline: str | None = Field(
        None, description="the cell that others are compared with; usual: rnn, or the first"
    )
    focus: Names | None = Field(
        None, description="cells of which the report speaks by name; usual: those of one's own"
    )
    only: dict[str, Only] = Field({}, description="what meets a task, where that is not all")
    reach: dict[str, Reach] = Field({}, description="what grows until it is not solved, by task")
    parallel: bool = Field(
        False,
        description="measures how well the steps of trained cells can be computed at once, under "
        "none and what else shapes nothing but weights",
    )

    _path: Path = PrivateAttr(Path())

    @property
    def path(self) -> Path:
        """The file that it was read from."""
        return self._path

    @property
    def design(self) -> Design:
        """The baseline and the cells in focus, as the file names them or as is usual."""
        common = usual(self.cells)
        return Design(self.baseline or common.baseline, self.focus or common.focus)

    def jobs(self) -> list[tuple[str, str]]:
        """The (task, cell) pairs: one training job each."""
        return [(task, cell) for task in self.tasks for cell in self.cells_on(task)]

    def cells_on(self, task: str) -> dict[str, Knobs]:
        """The cells that meet a task."""
        return _some(self.cells, self.only.get(task, Only()).cells)

    def remedies_on(self, task: str) -> dict[str, Knobs]:
        """The remedies that meet a task."""
        return _some(self.remedies, self.only.get(task, Only()).remedies)

    def training(self, task: str) -> Training:
        """How the trials of a task are trained."""
        return _with(self.train, self.train_on.get(task, Training()))

    def job(self, task: str, cell: str) -> Job:
        """Everything that a (task, cell) job trains.

        Raises:
            InputError: the matrix has no such task or cell, or they do not meet.
        """
        self._refuse("tasks", task, self.tasks)
        self._refuse("cells", cell, self.cells)
        self._refuse(f"only.{task}.cells", cell, self.cells_on(task))
        knobs, training = (self.tasks[task], self.cells[cell]), self.training(task)
        remedies, seeds = self.remedies_on(task), (self.seeds, self.search_seeds)
        one = Job(task, knobs[0], cell, knobs[1], remedies, seeds[0], training, seeds[1])
        return replace(one, parallel=self.parallel)

    def _refuse(self, where: str, name: str, known: Iterable[str]) -> None:
        if name not in known:
            raise refusals.first_of(str(self.path), [refusals.unknown_name(where, name, known)])

    def trials(self, task: str) -> int:
        """How many trials a job on that task has, before anything proves not applicable."""
        rates, remedies = len(self.training(task).learning_rates), len(self.remedies_on(task))
        if self.search_seeds:
            return remedies * (rates * len(self.search_seeds) + len(self.seeds))
        return remedies * rates * len(self.seeds)

    def reach_jobs(self) -> list[tuple[str, str]]:
        """The (task, cell) pairs whose longest lag is looked for: one job each."""
        return [(task, cell) for task in self.reach for cell in self._reach_cells(task)]

    def _reach_cells(self, task: str) -> dict[str, Knobs]:
        return _some(self.cells_on(task), self.reach[task].cells, self.cells)

    def reach_remedies(self, task: str) -> dict[str, Knobs]:
        """The remedies under which a task's longest lag is looked for."""
        return _some(self.remedies_on(task), self.reach[task].remedies, self.remedies)

    def reach_training(self, task: str) -> Training:
        """How a search trains: as its own section says, else as the task of that name."""
        return _with(self.training(task), self.reach[task].train)

    def reach_job(self, task: str, cell: str) -> ReachJob:
        """Everything that the search for a longest lag may train.

        Raises:
            InputError: the matrix has no such search.
        """
        self._refuse("reach", task, self.reach)
        self._refuse(f"reach.{task}.cells", cell, self._reach_cells(task))
        search, remedies = self.reach[task], self.reach_remedies(task)
        knobs = {**self.tasks.get(task, {}), **search.knobs}
        knobs.pop(search.knob, None)
        training, own = self.reach_training(task), self.cells[cell]
        job = Job(task, knobs, cell, own, remedies, self.seeds, training, self.search_seeds)
        return ReachJob(
            job, search.knob, search.start, search.to, search.resolution, search.further
        )

    def code(self, task: str, cell: str) -> str:
        """Checksum of what the files behind a job do: another one may mean other numbers."""
        return sources.checksum(*sources.of_job(task, cell, self.remedies_on(task)))

    def reach_code(self, task: str, cell: str) -> str:
        """The same of a search."""
        remedies = self.reach_job(task, cell).job.remedies
        return sources.checksum(*sources.of_job(task, cell, remedies))

    def data(self, task: str) -> str:
        """Checksum of the files that a task names: other ones may mean other numbers."""
        return sources.contents(sources.read_by(task, self.tasks[task]))

    def reach_data(self, task: str) -> str:
        """The same of a search."""
        knobs = {**self.tasks.get(task, {}), **self.reach[task].knobs}
        return sources.contents(sources.read_by(task, knobs))

    @property
    def initialization_digest(self) -> str:
        """SHA-256 of what is measured without training: cells, remedies, hidden units."""
        spec = [self.cells, self.remedies, self.train.hidden]
        return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()

    @property
    def initialization_code(self) -> str:
        """Checksum of what the files behind it do."""
        return sources.checksum(*sources.of_initialization(self.cells, self.remedies))


def _some(
    usual: dict[str, Knobs], names: Names | None, every: dict[str, Knobs] | None = None
) -> dict[str, Knobs]:
    """What is named, of all there are and in their order; if nothing is named, what is usual."""
    if names is None:
        return usual
    return {name: knobs for name, knobs in (every or usual).items() if name in names}


def _with(training: Training, changes: Training) -> Training:
    return training.model_copy(update=changes.model_dump(exclude_unset=True))


def from_here(file: Path) -> Path:
    """Relative where it lies below the working folder, so that a moved project is the same."""
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def read(path: Path) -> Matrix:
    """Read and check a matrix.

    Raises:
        InputError: one sentence that names the file and the key.
    """
    text = strict.read(path)
    text |= places.usual(path, text)
    try:
        matrix = Matrix.model_validate(text)
    except ValidationError as error:
        raise refusals.first_of(str(path), list(wrong_values(error, Matrix))) from error
    problems: list[InputError] = []
    checked: dict[str, dict[str, Knobs]] = {}
    for kind in KINDS:
        checked[kind] = {}
        for name, knobs in getattr(matrix, kind).items():
            differs = kind == "tasks" and name in matrix.train_on
            checked[kind][name], wrong = refusals.check(kind, name, knobs, differs=differs)
            problems += wrong
    searches: dict[str, Reach] = {}
    for name, search in matrix.reach.items():
        where = ("reach", name, "knobs")
        known, wrong = refusals.check("tasks", name, search.knobs, where=where, differs=True)
        searches[name] = search.model_copy(update={"knobs": known})
        problems += wrong
    matrix = matrix.model_copy(update={**checked, "reach": searches})
    problems += [*places.wrong(matrix), *contradictions(matrix)]
    if problems:
        raise refusals.first_of(str(path), problems)
    matrix._path = path
    return matrix


def json_schema() -> str:
    """The schema of a matrix file, for editors: workflow/schemas/matrix.schema.json."""
    return json.dumps(Matrix.model_json_schema(), indent=2) + "\n"
