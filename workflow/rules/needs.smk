# Which data sets have to be fetched for which task.
#
# A set that could not be fetched is fetched again when it can be had: when a person has brought it
# (python -m seqbench data fetch NAME), or a network may answer. That has its tasks trained again.

from seqbench.data import ledger, verify
from seqbench.data.places import offline
from seqbench.matrix import needs

try:
    READ, READ_TO_GROW = needs.of_matrix(MATRIX), needs.of_reach(MATRIX)
    NEEDS, NEEDS_TO_GROW = (
        {task: ledger.downloads(sets) for task, sets in of_task.items()}
        for of_task in (READ, READ_TO_GROW)
    )
    IDENTITY = {
        name: verify.identity(name)
        for of_task in (READ, READ_TO_GROW)
        for name in set().union(*of_task.values())
    }
except InputError as error:
    sys.exit(str(error))

SETS = sorted(
    {name for every in (NEEDS, NEEDS_TO_GROW) for sets in every.values() for name in sets}
)
FETCHED = f"{RESULTS}/data/{{name}}.txt"


def absent(name: str) -> bool:
    """Whether a set could not be fetched."""
    note = Path(FETCHED.format(name=name))
    return note.exists() and not note.read_text(errors="replace").startswith(f"{name}: here")


def fetched(names) -> list[str]:
    """What a training job of that task waits for."""
    return [FETCHED.format(name=name) for name in NEEDS[names.task]]


def fetched_to_grow(names) -> list[str]:
    """What a search on that task waits for."""
    return [FETCHED.format(name=name) for name in NEEDS_TO_GROW[names.task]]


def data_of(names) -> list[str]:
    """Checksums of all that a training job of that task reads."""
    return [MATRIX.data(names.task), *(IDENTITY[name] for name in READ[names.task])]


def data_to_grow(names) -> list[str]:
    """The same of a search on that task."""
    return [MATRIX.reach_data(names.task), *(IDENTITY[name] for name in READ_TO_GROW[names.task])]
