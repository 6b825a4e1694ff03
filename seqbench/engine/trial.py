"""What is trained: one trial is a remedy, a seed and a learning rate on a given task and cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from seqbench.remedy import Remedy
from seqbench.remedy.composition import compose

SHARED = (
    "reparametrize",
    "advance",
    "carry",
    "penalize",
    "solve",
)  # verbs that shape the pass itself


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

    What acts only on the initial weights, on the gradient or on the new weights differs from trial
    to trial within a stack; what shapes the pass itself (SHARED) is the same for all.
    """
    groups: dict[Remedy, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(shared(trial.remedy), []).append(trial)
    return [group[i : i + width] for group in groups.values() for i in range(0, len(group), width)]
