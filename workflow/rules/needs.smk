# Which data sets have to be fetched for which task.
#
# A set that could not be fetched is fetched again when it can be had: when a person has brought it
# (python -m seqbench data fetch NAME), or a network may answer. That has its tasks trained again.

from seqbench.data import ledger, verify
from seqbench.data.places import offline
from seqbench.matrix import needs

try:
    NEEDS, NEEDS_TO_GROW = (
        {task: ledger.downloads(sets) for task, sets in of_tasks(MATRIX).items()}
        for of_tasks in (needs.of_matrix, needs.of_reach)
    )
except InputError as error:
    sys.exit(str(error))

SETS = sorted(
    {name for every in (NEEDS, NEEDS_TO_GROW) for sets in every.values() for name in sets}
)
FETCHED = f"{RESULTS}/data/{{name}}.txt"


def absent(name: str) -> bool:
    """Whether a set could not be fetched."""
    note = Path(FETCHED.format(name=name))
    return note.exists() and note.read_text() != f"{name}: here\n"


def fetched(names) -> list[str]:
    """What a training job of that task waits for."""
    return [FETCHED.format(name=name) for name in NEEDS[names.task]]


def fetched_to_grow(names) -> list[str]:
    """What a search on that task waits for."""
    return [FETCHED.format(name=name) for name in NEEDS_TO_GROW[names.task]]
