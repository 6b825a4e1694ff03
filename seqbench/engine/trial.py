"""What is trained: one trial is a remedy, a seed and a learning rate on a given task and cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

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


@cache
def shared(remedy: Remedy) -> Remedy:
    """The parts of a remedy that shape the pass itself."""
    return compose(*(part for part in remedy.parts if set(part.acts_at) & set(SHARED)))


def stacks(trials: Sequence[Trial], width: int) -> list[list[Trial]]:
    """Trials grouped so that each group can be trained as one stack of at most `width`.

    Those whose readout is solved in closed form are apart; all others go together, neighbors where
    the same verbs shape their pass (SHARED), those last that need a pass of their own.
    """
    groups: dict[Remedy, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(shared(trial.remedy), []).append(trial)
    solved = [group for remedy, group in groups.items() if "solve" in remedy.acts_at]
    others = sorted(
        (remedy for remedy in groups if "solve" not in remedy.acts_at),
        key=lambda remedy: remedy.acts_by_steps or "penalize" in remedy.acts_at,
    )
    together = [trial for remedy in others for trial in groups[remedy]]
    return [g[i : i + width] for g in (together, *solved) for i in range(0, len(g), width)]
