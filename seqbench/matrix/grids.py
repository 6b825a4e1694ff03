"""What is tuned is tuned alike: by seeds of its own, each setting at two rates or more."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from seqbench import registry
from seqbench.errors import InputError
from seqbench.matrix.refusals import Knobs
from seqbench.tuning import many, settings

if TYPE_CHECKING:
    from seqbench.matrix import Matrix

FEWEST = 2  # learning rates that every combination of values meets
MOST = 1000  # combinations; whoever tries more counts in days


def uneven(matrix: "Matrix") -> Iterator[InputError]:
    """A sentence for every search seed that is scored, too, and every grid with a poor setting."""
    for seed in matrix.search_seeds:
        if seed in matrix.seeds:
            yield InputError(
                f"search_seeds has {seed}, and so has seeds. Allowed: seeds that are not scored. "
                "Choose another one."
            )
    for task in matrix.tasks:
        rates = matrix.training(task).learning_rates
        yield from _poor(task, matrix.remedies_on(task), len(rates))
    for task in matrix.reach:
        rates = matrix.reach_training(task).learning_rates
        yield from _poor(f"reach.{task}", matrix.reach_remedies(task), len(rates))


def _poor(where: str, remedies: dict[str, Knobs], rates: int) -> Iterator[InputError]:
    for name, knobs in remedies.items():
        all_of = many(knobs)
        if all_of > MOST:
            yield InputError(
                f"remedies.{name} has {all_of:,} combinations of values. Allowed: at most "
                f"{MOST:,}. Give fewer values."
            )
            continue
        words = Counter(setting.words for setting in settings(knobs))
        for alike in (one for one, times in words.items() if times > 1):
            yield InputError(
                f"remedies.{name} has several combinations of values that read {alike!r}. "
                "Allowed: each once, as tables know them by these words. Change one."
            )
        if all_of > 1 and rates < FEWEST * all_of and not closed_form(name):
            yield InputError(
                f"remedies.{name} has {all_of} combinations of values for {rates} learning rates "
                f"on {where!r}, so that some meet fewer than {FEWEST}. Allowed: at most "
                f"{max(1, rates // FEWEST)}. Give fewer values, or {FEWEST * all_of} "
                "learning_rates."
            )


def closed_form(name: str) -> bool:
    """Whether a part of it solves for the readout; where one does not parse, its jobs say so."""
    try:
        parts = [registry.describe("remedies", part) for part in registry.parts(name)]
    except InputError:
        return True
    return any("solve" in part.overrides for part in parts)
