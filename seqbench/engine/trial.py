"""What is trained: one trial is a remedy, a seed and a learning rate on a given task and cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter

from seqbench.remedy import Remedy
from seqbench.remedy.composition import compose

SHARED = (
    "reparametrize",
    "feed",
    "advance",
    "carry",
    "penalize",
    "estimate",
    "solve",
)  # verbs that shape the pass itself
FIRST = range(64)  # updates
SOLVED = 2  # trials in closed form at once


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


def _passes_of_its_own(remedy: Remedy) -> int:
    """In how many of the first updates a remedy does not share a pass with others."""
    try:
        always = remedy.acts_by_steps or remedy.feeds_apart
        return sum(always or remedy.looks_at_the_pass(step) for step in FIRST)
    except Exception:  # of which the first update will tell
        return len(FIRST)


def stacks(trials: Sequence[Trial], width: int, *, recorded: bool = False) -> list[list[Trial]]:
    """Trials grouped so that each group can be trained as one stack of at most `width`.

    Those whose readout is solved in closed form are apart; all others go together, neighbors where
    the same verbs shape their pass (SHARED), those last that need a pass of their own, and after
    those that need one now and then.
    recorded: updates are recorded, where it can be, and played back; what may keep a stack from
    that is apart, too.
    """
    groups: dict[Remedy, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(shared(trial.remedy), []).append(trial)
    together, late, apart = list[Trial](), list[tuple[int, list[Trial]]](), list[list[Trial]]()
    for remedy, group in groups.items():
        own = remedy.acts_by_steps or remedy.feeds_apart
        own = own or not {"penalize", "estimate"}.isdisjoint(remedy.acts_at)
        if "solve" in remedy.acts_at or (own and recorded):
            apart.append(group)
        elif own:
            late.append((_passes_of_its_own(remedy), group))
        else:
            together += group
    for _, group in sorted(late, key=itemgetter(0)):
        together += group
    return [part for group in (together, *apart) for part in _parts(group, width)]


def _parts(group: list[Trial], width: int) -> list[list[Trial]]:
    """A group in stacks; where a readout is solved, of few trials: their states are all kept."""
    if group and "solve" in group[0].remedy.acts_at:
        width = min(width, SOLVED)
    return [group[i : i + width] for i in range(0, len(group), width)]
