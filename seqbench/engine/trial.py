"""What is trained: one trial is a remedy, a seed and a learning rate on a given task and cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from seqbench.remedy import Remedy
from seqbench.remedy.composition import compose

SHARED = (
    "reparametrize",
    "advance",
    "carry",
    "penalize",
    "solve",
)  # verbs that shape the pass itself


class Settings(Protocol):
    """The training settings that the engine reads (the matrix says what each may be)."""

    @property
    def engine(self) -> str: ...
    @property
    def optimizer(self) -> str: ...
    @property
    def momentum(self) -> float: ...
    @property
    def hidden(self) -> int: ...
    @property
    def layers(self) -> int: ...
    @property
    def bidirectional(self) -> bool: ...
    @property
    def dropout(self) -> float: ...
    @property
    def batch(self) -> int: ...
    @property
    def updates(self) -> int: ...
    @property
    def evaluate_every(self) -> int: ...
    @property
    def patience(self) -> int | None: ...
    @property
    def valid_sequences(self) -> int: ...
    @property
    def test_sequences(self) -> int: ...
    @property
    def valid_at_most(self) -> int | None: ...
    @property
    def test_at_most(self) -> int | None: ...
    @property
    def solve_batches(self) -> int: ...
    @property
    def stack(self) -> int: ...
    @property
    def timeout_minutes(self) -> float: ...


@dataclass(frozen=True)
class Trial:
    """One trial. `learning_rate` is None where the readout is solved in closed form."""

    name: str
    remedy: Remedy
    seed: int
    learning_rate: float | None
    fingerprint: str


def shared(remedy: Remedy) -> Remedy:
    """The parts of a remedy that all trials of one stack must have in common."""
    return compose(*(part for part in remedy.parts if set(part.acts_at) & set(SHARED)))


def stacks(trials: Sequence[Trial], width: int) -> list[list[Trial]]:
    """Trials grouped so that each group can be trained as one stack of at most `width`.

    What acts only at birth, on the gradient or on the weights differs from trial to trial within
    a stack; what shapes the pass itself (SHARED) is the same for all.
    """
    groups: dict[Remedy, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(shared(trial.remedy), []).append(trial)
    return [group[i : i + width] for group in groups.values() for i in range(0, len(group), width)]
