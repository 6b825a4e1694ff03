# Which data sets have to be fetched for which task.
#
# When a person has brought a set that could not be fetched (python -m seqbench data fetch NAME), its
# note is written anew; that, and nothing else, has the tasks that need it trained again.

from seqbench.data import command, ledger
from seqbench.matrix import needs

try:
    NEEDS = {task: ledger.downloads(sets) for task, sets in needs.of_matrix(MATRIX).items()}
except InputError as error:
    sys.exit(str(error))

SETS = sorted({name for sets in NEEDS.values() for name in sets})
FETCHED = f"{RESULTS}/data/{{name}}.txt"


def came_late(name: str) -> bool:
    """Whether a set that could not be fetched is here now."""
    said = Path(FETCHED.format(name=name))
    return said.exists() and said.read_text() != f"{name}: here\n" and command.sound(name)


for late in filter(came_late, SETS):
    Path(FETCHED.format(name=late)).write_text(f"{late}: here\n")


def fetched(names) -> list[str]:
    """What a training job of that task waits for."""
    return [FETCHED.format(name=name) for name in NEEDS[names.task]]
