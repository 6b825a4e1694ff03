"""Cells and remedies that no task meets: `only` took the last one away, and nobody would see it."""

from collections.abc import Iterable, Iterator, Mapping

from seqbench.errors import InputError
from seqbench.matrix.sections import Only, Reach


def idle(
    kind: str,
    known: Iterable[str],
    tasks: Iterable[str],
    only: Mapping[str, Only],
    reach: Mapping[str, Reach],
) -> Iterator[InputError]:
    """A sentence for every cell, or remedy, that neither a task nor a search trains."""
    meeting = {task: getattr(only.get(task, Only()), kind) for task in {*tasks, *reach}}
    names = [meeting[task] for task in tasks]
    names += [getattr(search, kind) or meeting[task] for task, search in reach.items()]
    if None in names:  # one that meets all of them
        return
    met = {name for some in names for name in some}
    for name in known:
        if name not in met:
            yield InputError(
                f"{kind}.{name}: meets no task, as `only` leaves it out of each. Allowed: one that "
                f"a task or a search trains. Name it under only.TASK.{kind}, or remove it."
            )
