"""Every task, cell and remedy of a matrix tried on a little noise, before anything is trained."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar

from seqbench import registry, watchdog
from seqbench.engine.purity.tasks import prove_task
from seqbench.engine.purity.variants import prove_cell, prove_remedy
from seqbench.engine.source import Source
from seqbench.engine.streams import CPU
from seqbench.errors import MissingData
from seqbench.jobs.proofs import objection, prove_import
from seqbench.jobs.reasons import private, reason
from seqbench.matrix import Matrix
from seqbench.remedy import Remedy
from seqbench.task import Task
from seqbench.tuning import settings

FEW = 4  # sequences
MINUTES = 5.0  # that a variant may take
Knobs = Mapping[str, object]
Variant = TypeVar("Variant")


def faults(matrix: Matrix, *, deep: bool = False) -> list[str]:
    """What would fail, a sentence each.

    Tried are a batch of every task, a few steps of every cell, and every remedy around one cell
    that it suits; deep: around every one. Recorded data that are not on this machine are passed
    over, as the workflow brings them.
    """
    found: list[str] = []

    def tried(
        kind: str, names: Mapping[str, Knobs], load: Callable[[str, Knobs], Variant],
        use: Callable[[Variant], None],
    ) -> list[Variant]:  # fmt: skip
        good = []
        for name, knobs in names.items():
            label = f"{kind}.{name}"
            if end := watchdog.end_of(label):
                files = [str(registry.path(kind, part)) for part in registry.parts(name)]
                found.append(f"{label}: {end.reason(files)}")
                continue
            try:
                with watchdog.limit(MINUTES, [label]):
                    prove_import(kind, name)
                    use(variant := load(name, knobs))
                good.append(variant)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                found.append(private(f"{label}: {reason(error)}"))
        return good

    tasks = tried("tasks", matrix.tasks, registry.load_task, _try_task)
    cells = tried("cells", matrix.cells, registry.load_cell, prove_cell)

    def around_cells(remedy: Remedy) -> None:
        suited = [c for c in cells if any(objection(remedy, c, task) is None for task in tasks)]
        for cell in suited if deep else suited[:1]:
            for part in remedy.parts:
                prove_remedy(cell, part)

    def every_setting(name: str, knobs: Knobs) -> list[Remedy]:
        return [registry.load_remedy(name, setting.knobs) for setting in settings(knobs)]

    def each_around_cells(remedies: list[Remedy]) -> None:
        for remedy in remedies:
            around_cells(remedy)

    tried("remedies", matrix.remedies, every_setting, each_around_cells)
    return found


def _try_task(task: Task) -> None:
    with suppress(MissingData):
        source = Source(task, FEW, FEW, FEW, CPU)
        prove_task(task, lambda seeds: source.batch([*seeds], 0))
