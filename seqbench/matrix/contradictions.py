"""What is wrong with a whole matrix: what pydantic finds, in words, and what contradicts itself."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import ValidationError

from seqbench import registry
from seqbench.errors import InputError
from seqbench.knobs import LARGEST
from seqbench.matrix import refusals
from seqbench.matrix.annotations import adapter
from seqbench.matrix.grids import uneven
from seqbench.matrix.idle import idle
from seqbench.matrix.job import shapes_weights
from seqbench.matrix.refusals import Knobs
from seqbench.matrix.sections import Only, Reach
from seqbench.training import Section, Training

if TYPE_CHECKING:
    from seqbench.matrix import Matrix

Where = tuple[str | int, ...]
BY_NAME: dict[str | int, type[Section]] = {"train_on": Training, "only": Only, "reach": Reach}


def wrong_values(error: ValidationError, top: type[Section]) -> Iterator[InputError]:
    """What pydantic says of a matrix, a sentence each."""
    details = error.errors()
    inside = {detail["loc"][:-1] for detail in details}
    for detail in details:
        where = detail["loc"]
        if detail["type"] == "too_short" and where in inside:
            continue  # too short only because an item was refused
        if detail["type"] == "extra_forbidden":
            keys = _keys(_section(where, top))
            yield refusals.unknown_key(where[:-1], str(where[-1]), keys)
        elif detail["type"] == "missing":
            yield InputError(
                f"the key {refusals.dotted(where)!r} is missing. Allowed: see "
                "workflow/config/smoke.yaml. Add it."
            )
        else:
            yield refusals.wrong_value(where, detail["input"], [detail])


def _section(where: Where, top: type[Section]) -> type[Section]:
    """What has the key at the end of `where`."""
    if len(where) == 1:
        return top
    return Training if "train" in (where[0], where[-2]) else BY_NAME[where[0]]


def _keys(section: type[Section]) -> list[str]:
    return [field.alias or name for name, field in section.model_fields.items()]


def contradictions(matrix: "Matrix") -> Iterator[InputError]:
    """What does not go together in a matrix, a sentence each."""
    for section in ("train_on", "only"):
        for task in getattr(matrix, section):
            if task not in matrix.tasks:
                yield refusals.unknown_key((section,), task, [*matrix.tasks])
    yield from _cells(matrix, "baseline", [matrix.baseline] if matrix.baseline else [])
    yield from _cells(matrix, "focus", matrix.focus or [])
    for task in matrix.tasks:
        yield from _training("train", task, matrix.training(task))
    yield from uneven(matrix)
    for task, some in matrix.only.items():
        yield from _names(matrix, ("only", task), some)
    for task, search in matrix.reach.items():
        yield from _names(matrix, ("reach", task), search)
        yield from _growth(task, search)
        yield from _training(f"reach.{task}.train", task, matrix.reach_training(task))
    if matrix.parallel:
        yield from _parallel(matrix)
    for kind, known in (("cells", matrix.cells), ("remedies", matrix.remedies)):
        yield from idle(kind, known, matrix.tasks, matrix.only, matrix.reach)


def _cells(matrix: "Matrix", key: str, names: Iterable[str]) -> Iterator[InputError]:
    """Cells that the design names and the matrix does not have."""
    for name in names:
        if name not in matrix.cells:
            yield InputError(
                f"{key}: the matrix has no cell {name!r}. Allowed: {', '.join(matrix.cells)}. "
                f"{refusals.hint(name, matrix.cells)}"
            )


def _names(matrix: "Matrix", where: tuple[str, ...], some: Only | Reach) -> Iterator[InputError]:
    """Cells and remedies that the matrix does not have."""
    for kind, names in (("cells", some.cells), ("remedies", some.remedies)):
        known: Mapping[str, Knobs] = getattr(matrix, kind)
        for name in names or ():
            if name not in known:
                yield InputError(
                    f"{refusals.dotted((*where, kind))}: the matrix has no {name!r} under {kind}. "
                    f"Allowed: {', '.join(known)}. {refusals.hint(name, known)}"
                )


def _growth(task: str, search: Reach) -> Iterator[InputError]:
    """A knob that cannot grow as it is told to."""
    where = f"reach.{task}"
    if search.to < search.start:
        yield InputError(
            f"{where}: to is {search.to} and from is {search.start}. Allowed: at least from. "
            "Change one of them."
        )
    longest = max(search.further, default=1.0) * search.to
    if longest > LARGEST:
        yield InputError(
            f"{where}: further tests would reach {longest:,.0f}. Allowed: at most {LARGEST:,}. "
            "Lower to, or a factor of further."
        )
    if search.knob in search.knobs:
        yield InputError(
            f"{where}.knobs has {search.knob!r}, the knob that grows. Allowed: the other knobs. "
            "Remove it, or name another knob."
        )
    try:
        known = registry.describe("tasks", task).knobs
    except InputError:  # said already, or its jobs record that
        return
    if search.knob not in known:
        yield InputError(
            f"{where}: the task has no knob {search.knob!r} that could grow. Allowed: "
            f"{', '.join(known) or 'none, as it has no knobs'}. "
            f"{refusals.hint(search.knob, known, 'Name one under `knob`, or remove the search.')}"
        )
        return
    for key, value in (("from", search.start), ("to", search.to)):
        try:
            adapter(known[search.knob].annotation).validate_python(value)
        except ValidationError as error:
            yield refusals.wrong_value((where, key), value, error.errors())


def _parallel(matrix: "Matrix") -> Iterator[InputError]:
    """Nothing to measure: no remedy that shapes nothing but weights, or no cell by itself."""
    if not any(shapes_weights(name) for task in matrix.tasks for name in matrix.remedies_on(task)):
        yield InputError(
            "parallel: true, and every remedy does more than to shape weights. Allowed: with none, "
            "or what acts at initialize or reparametrize alone. Add none, or remove parallel."
        )
    every = [matrix.training(task) for task in matrix.tasks]
    if all(one.layers > 1 or one.bidirectional or one.dropout for one in every):
        yield InputError(
            "parallel: true, and on every task there is more than one cell by itself. Allowed: "
            "with a task of one layer, in one direction, without dropout. Remove parallel."
        )


def _training(where: str, task: str, training: Training) -> Iterator[InputError]:
    if training.evaluate_every > training.updates:
        yield InputError(
            f"{where}: evaluate_every is {training.evaluate_every} with {training.updates} "
            f"updates on {task!r}. Allowed: at most updates. Lower it."
        )
    if training.momentum and training.optimizer == "adam":
        yield InputError(
            f"{where}: momentum is {training.momentum:g} with adam on {task!r}, which has one of "
            "its own. Allowed: 0, or sgd or rmsprop as the optimizer. Change one of them."
        )
    if training.bidirectional and training.hidden % 2:
        yield InputError(
            f"{where}: hidden is {training.hidden} on {task!r}, and each direction gets half. "
            "Allowed: even numbers. Change one of them."
        )
    try:
        both_ways = registry.describe("tasks", task).facts.get("both_ways")
    except InputError:  # said already, or its jobs record that
        return
    if training.bidirectional and not both_ways:
        yield InputError(
            f"{where}: bidirectional on {task!r}: whoever reads it backwards has seen the "
            "answer. Allowed: false. Say so for this task under train_on."
        )
