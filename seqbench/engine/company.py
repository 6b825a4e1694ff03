"""Before a stack trains: whether its trials come out as they do alone, to the last digit.

The last digits of a product or a sum may depend on how many rows an operation is given, and on a
row's place among them. What the cells and remedies of the house do is known not to; for what others
write there are whole vectors, and where these do not help, the trials are trained one by one.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace

from torch import Tensor

from seqbench.cell import Cell
from seqbench.engine import audit
from seqbench.engine.dispatch import Mode
from seqbench.engine.faults import Apart
from seqbench.engine.finish import probe
from seqbench.engine.loop import update
from seqbench.engine.optimizers import optimizer
from seqbench.engine.passes.by_numbers import ByNumbers
from seqbench.engine.passes.whole_vectors import Notice, WholeVectors
from seqbench.engine.setup import Setup
from seqbench.engine.stack import Stack
from seqbench.engine.streams import RowNoise
from seqbench.engine.validation import validate
from seqbench.task import Batch

REVEALING = optimizer("adam", 0.0)  # its means keep every digit of the gradients
LITTLE = 0.1
MANY, UPDATES = 16, 4  # trials and updates that are compared


@contextmanager
def careful(setup: Setup, stack: Stack) -> Iterator[None]:
    """What a stack is trained in: modes in which its functions and products round alike."""
    with ExitStack() as modes:
        for mode in _needed(setup, stack):
            modes.enter_context(mode())
        yield


def _needed(setup: Setup, stack: Stack) -> Sequence[type[Mode]]:
    """Looked for in an update of a trial of every remedy, as it is made and step by step."""
    firsts, _ = _ends(stack)
    own = frozenset(stack.trials[row].remedy for row in firsts)
    for remedies, known in setup.careful.items():
        if own <= remedies:
            return known
    seen, eager = Notice(), replace(setup.passes, wanted="eager")
    for passes, watch in ((setup.passes, nullcontext()), (setup.passes, seen), (eager, seen)):
        few = stack.twin()  # at first kernels are made, of which nothing is to be noticed
        few.passes = passes
        with suppress(Exception, SystemExit), watch:  # of which the first update will tell
            _updated(setup, few, sorted(firsts * 2), 1)  # of a remedy two, as always
    found = [ByNumbers] * seen.products + [WholeVectors] * seen.found
    return setup.careful.setdefault(own, found if stack.device.type == "cpu" else [])


def prove_alike_alone(setup: Setup, stack: Stack) -> None:
    """Refuse a stack of which some trials come out in another way when there are fewer beside.

    The first and the last trial of every remedy make a few updates with all others and without
    others of their remedy; one makes them by itself, and is validated and probed as in training.

    Raises:
        Apart: names the remedies of those that do not come out the same to the bit.
        Faulty, InputError: one of them hears the others.
    """
    if len(set(stack.trials)) < 2 or stack.device.type != "cpu" or not _foreign(setup, stack):
        return
    count, ends = len(stack.trials), _ends(stack)
    some = range(count - 1, -1, -count // MANY)  # the last one among them
    try:
        whole, many, lonely = (
            _updated(setup, stack.twin(), sorted(rows))
            for rows in (range(count), some, [count - 1])
        )
        alike = _seen(setup, lonely) == _seen(setup, many)
        differ = [row for rows in ends for row in _differ(setup, stack, rows, whole)]
    except (Exception, SystemExit):  # of which the first update will tell
        return
    for row in {stack.trials[row].remedy: row for row in differ}.values():
        with suppress(Apart):
            _prove_deaf(setup, stack, row)
    if differ or not alike:
        rows = differ if alike else range(count)
        raise Apart({stack.trials[row].remedy for row in rows})


def _foreign(setup: Setup, stack: Stack) -> bool:
    """Whether anything in it is not of this package, whose own is held to it by its tests."""
    parts = (part for trial in stack.trials for part in trial.remedy.parts)
    homes = {type(one).__module__ for one in (*_cells(setup.network), setup.task, *parts)}
    return {home.partition(".")[0] for home in homes} != {__name__.partition(".")[0]}


def _cells(cell: Cell) -> Iterator[Cell]:
    """A cell, and all that are inside it."""
    yield cell
    for part in vars(cell).values():
        if isinstance(part, Cell):
            yield from _cells(part)


def _ends(stack: Stack) -> tuple[list[int], list[int]]:
    """The first row of every remedy, and the last of every remedy."""
    rows = [*enumerate(stack.trials)]
    return (
        sorted({trial.remedy: row for row, trial in reversed(rows)}.values()),
        sorted({trial.remedy: row for row, trial in rows}.values()),
    )


def _differ(setup: Setup, stack: Stack, rows: Sequence[int], whole: Stack) -> list[int]:
    """Which of these rows, one of each remedy, come out otherwise beside no other of theirs."""
    few = _updated(setup, stack.twin(), sorted([*rows] * 2))
    return [row for n, row in enumerate(rows) if few.row(2 * n) != whole.row(row)]


def _prove_deaf(setup: Setup, stack: Stack, row: int) -> None:
    """Refuse a trial that comes out in another way as it hears the others."""

    def one(stack: Stack, batch: Batch) -> None:
        update(stack, setup.task, batch, REVEALING)

    watched = _moved(stack.twin())
    for step in range(UPDATES):
        batch = setup.source.batch(stack.seeds, step)
        audit.update_and_compare(watched, row, setup.task, batch, REVEALING, one)


def _seen(setup: Setup, stack: Stack) -> tuple[list[bytes], str]:
    """The bits of the last trial, and all that is measured of it in training."""
    validate(stack, setup.source, setup.task, 0)
    probe(setup, stack, [*range(len(stack.trials))])
    trace = stack.traces[-1]
    return stack.row(-1), repr((trace.curves, trace.flow))


def _updated(setup: Setup, stack: Stack, rows: Sequence[int], updates: int = UPDATES) -> Stack:
    stack.select([*rows])
    stack = _moved(stack)
    for step in range(updates):
        update(stack, setup.task, setup.source.batch(stack.seeds, step), REVEALING)
    return stack


def _moved(stack: Stack) -> Stack:
    """The same with a little noise: what is 0 at initialization hides what is computed of it."""
    moved = {name: weight + _little(stack, name) for name, weight in stack.params.items()}
    stack.tensors = stack.tensors._replace(params=moved)
    return stack


def _little(stack: Stack, name: str) -> Tensor:
    noise = RowNoise(stack.seeds, f"rehearsal/{name}", 0, stack.device)
    return LITTLE * noise.normal(*stack.params[name].shape[1:])
