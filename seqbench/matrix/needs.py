"""Which data sets a matrix needs, read from what its tasks say, without importing them.

A task says `needs: ClassVar[tuple[str, ...]] = ("ptb",)`; `"ucr_{variant}"` has the value of that
knob put in, in lower case.
"""

from seqbench import registry
from seqbench.errors import InputError
from seqbench.matrix import Matrix


def of_task(name: str, knobs: registry.Knobs) -> tuple[str, ...]:
    """The data sets of one task with these knobs; none where its file does not parse.

    Raises:
        InputError: the task asks for a knob that it does not have.
    """
    try:
        described = registry.describe("tasks", name)
    except InputError:  # its jobs record that
        return ()
    defaults = {name: knob.default for name, knob in described.knobs.items()}
    values = defaults | registry.with_label("tasks", name, knobs)
    patterns = described.facts.get("needs", ())
    assert isinstance(patterns, tuple), f"tasks.{name}: `needs` is no tuple of names"
    try:
        return tuple(pattern.format_map(values).lower() for pattern in patterns)
    except (KeyError, ValueError) as error:
        raise InputError(
            f"tasks.{name}: needs {patterns} asks for the knob {error}. Allowed: "
            f"{', '.join(values) or 'no knob'}. Correct it in {described.path.name}."
        ) from error


def of_matrix(matrix: Matrix) -> dict[str, tuple[str, ...]]:
    """Task -> its data sets, for every task of a matrix.

    Raises:
        InputError: as `of_task`.
    """
    return {task: of_task(task, knobs) for task, knobs in matrix.tasks.items()}


def of_reach(matrix: Matrix) -> dict[str, tuple[str, ...]]:
    """The same for the tasks of the section reach.

    Raises:
        InputError: as `of_task`.
    """
    inherited = {task: matrix.tasks.get(task, {}) for task in matrix.reach}
    return {
        task: of_task(task, {**inherited[task], **search.knobs})
        for task, search in matrix.reach.items()
    }


def names(matrix: Matrix) -> tuple[str, ...]:
    """All data sets of a matrix, each once.

    Raises:
        InputError: as `of_task`.
    """
    every = [*of_matrix(matrix).values(), *of_reach(matrix).values()]
    return tuple(dict.fromkeys(name for needs in every for name in needs))
