"""Before a stack trains: whether its trials come out as they do alone, to the last digit.

The last digits of a product or a sum may depend on how many rows an operation is given, and on a
row's place among them. For functions and products of weights there are modes in which they do not;
remedies that need one train in a stack of their own, as torch computes some things (singular
values) in another way as soon as anybody looks at operations. What still comes out in other digits,
nobody knows why, trains one by one.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace

from torch import Tensor

from seqbench import watchdog
from seqbench.engine import audit
from seqbench.engine.dispatch import Mode
from seqbench.engine.faults import CARE, DIGITS, Apart
from seqbench.engine.finish import probe
from seqbench.engine.loop import update
from seqbench.engine.optimizers import optimizer
from seqbench.engine.passes.by_numbers import ByNumbers
from seqbench.engine.passes.whole_vectors import Notice, WholeVectors
from seqbench.engine.setup import Setup
from seqbench.engine.spans import of_one_pass
from seqbench.engine.stack import Stack
from seqbench.engine.streams import RowNoise
from seqbench.engine.validation import validate
from seqbench.task import Batch

REVEALING = optimizer("adam", 0.0)  # its means keep every digit of the gradients
LITTLE = 0.1
MANY, UPDATES = 16, 3  # trials and updates that are compared
Modes = tuple[type[Mode], ...]


@contextmanager
def careful(setup: Setup, stack: Stack) -> Iterator[None]:
    """What a stack is trained in: modes in which its functions and products round alike.

    Raises:
        Apart: its remedies need several; whatever is in a mode may round otherwise than without.
    """
    own = {trial.remedy for trial in stack.trials}
    _notice(setup, stack)
    needed = {setup.careful[remedy] for remedy in own}
    most = max(needed, key=len)
    if len(needed) > 1:
        raise Apart([remedy for remedy in own if setup.careful[remedy] == most], CARE, alone=False)
    with ExitStack() as modes:
        for mode in most:
            modes.enter_context(mode())
        yield


def _notice(setup: Setup, stack: Stack) -> None:
    """What the remedies need, as far as it is not known."""
    rows = [row for row in _ends(stack)[0] if stack.trials[row].remedy not in setup.careful]
    for span in of_one_pass([stack.trials[row] for row in rows], 0):
        for row, modes in _needs(setup, stack, rows[span.first : span.end]).items():
            setup.careful[stack.trials[row].remedy] = modes


def _needs(setup: Setup, stack: Stack, rows: list[int]) -> dict[int, Modes]:
    """The modes that each of these rows needs; halved for as long as some need one."""
    modes = _noticed(setup, stack, rows) if stack.device.type == "cpu" else ()
    if not modes or len(rows) == 1:
        return dict.fromkeys(rows, modes)
    halves = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    first, second = (_needs(setup, stack, half) for half in halves)
    return first | second


def _noticed(setup: Setup, stack: Stack, rows: list[int]) -> Modes:
    """Looked for in updates of these rows, of a remedy each, as they are made and step by step.

    And in a validation. At several places in training, as a remedy may begin late. Where somebody
    raises, of which training will tell, nobody knows: all modes there are.
    """
    seen, eager, places = Notice(), replace(setup.passes, wanted="eager"), _places(setup)
    rows, made = sorted(rows * 2), False  # of a remedy two, as always
    try:
        for passes, done in [(setup.passes, 0), (eager, 0), *((setup.passes, n) for n in places)]:
            few = stack.twin()
            few.passes = passes
            with seen if made else nullcontext():  # nothing of how kernels are made
                _updated(setup, few, rows, 1, done)
                if not done:
                    validate(few, setup.source, setup.task, 0)
            made = True
    except (Exception, SystemExit):
        return (ByNumbers, WholeVectors)
    return (ByNumbers,) * seen.products + (WholeVectors,) * seen.found


def _places(setup: Setup) -> list[int]:
    """Updates at which a remedy may do something else than at the others."""
    all_of_them = setup.settings.updates
    shares = (all_of_them * share // 4 for share in (1, 2, 3))
    return sorted({n for n in (0, 1, 4, 9, 99, *shares, all_of_them - 1) if 0 <= n < all_of_them})


def prove_alike_alone(setup: Setup, stack: Stack) -> None:
    """Refuse a stack of which some trials come out in another way when there are fewer beside.

    The first and the last trial of every remedy make a few updates with all others and without
    others of their remedy; one makes them by itself, and is validated and probed as in training.

    Raises:
        Apart: names the remedies of those that do not come out the same to the bit.
        Faulty, InputError: one of them hears the others.
    """
    if len(set(stack.trials)) < 2 or stack.device.type != "cpu":
        return
    firsts, lasts = _ends(stack)
    try:
        whole = _updated(setup, stack.twin(), range(len(stack.trials)))
        differ = [row for rows in (firsts, lasts) for row in _differ(setup, stack, rows, whole)]
        if not _alike_alone(setup, stack, lasts[-1]):
            differ += [row for row in lasts if not _alike_alone(setup, stack, row)]
    except (Exception, SystemExit):  # of which the first update will tell
        return
    by_remedy = {stack.trials[row].remedy: row for row in differ}
    for row in by_remedy.values():
        with suppress(Apart):
            _prove_deaf(setup, stack, row)
    if by_remedy:
        raise Apart(by_remedy, DIGITS, alone=True)


def _alike_alone(setup: Setup, stack: Stack, row: int) -> bool:
    """Whether a row is the same by itself and beside others: its bits, and what is measured."""
    count = len(stack.trials)
    rows = sorted({row, *range(count - 1, -1, -count // MANY)})
    lonely, many = (_updated(setup, stack.twin(), some) for some in ([row], rows))
    return _seen(setup, lonely, 0) == _seen(setup, many, rows.index(row))


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


def _seen(setup: Setup, stack: Stack, row: int) -> tuple[list[bytes], str]:
    """The bits of a row, and all that is measured of it in training."""
    validate(stack, setup.source, setup.task, 0)
    probe(setup, stack, [*range(len(stack.trials))])
    trace = stack.traces[row]
    return stack.row(row), repr((trace.curves, trace.flow))


def _updated(
    setup: Setup, stack: Stack, rows: Sequence[int], updates: int = UPDATES, done: int = 0
) -> Stack:
    """After so many updates of some rows, the first of which believes that `done` were made."""
    stack.select([*rows])
    stack = _moved(stack)
    stack.done = done
    for step in range(updates):
        watchdog.beat()
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
