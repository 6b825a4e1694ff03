"""How many numbers per sequence a way to the gradient has to keep: by formula, not measured.

    back-propagation through time    T n        n numbers of the state at each of T steps
    cut, at most k steps apart       min(T, k) n
    in another way                   what the remedy's own `kept(rollout, at)` says: n P of rtrl

P is the number of weights in the loop. It is what a method cannot do without, not what this code
takes: estimates compute all at once here.
"""

from typing import Protocol, runtime_checkable

from seqbench.engine.footprint import stretch
from seqbench.remedy import At, Remedy, Rollout


@runtime_checkable
class Keeping(Protocol):
    """A remedy that says itself what it keeps."""

    def kept(self, rollout: Rollout, at: At) -> float:
        """Numbers of one sequence, on average where it draws; of `rollout`, only shapes count."""
        ...


def kept(remedy: Remedy, rollout: Rollout, at: At) -> float | None:
    """Numbers per sequence. None: an estimate that does not say."""
    for part in remedy.parts:
        if isinstance(part, Keeping):
            return part.kept(rollout, at)
    if "estimate" in remedy.acts_at:
        return None
    width = sum(part.shape[-1] for part in rollout.states[0])
    return float(width * stretch(remedy, rollout.x.shape[-3]))
