"""A trial of a job, with what it is for."""

from dataclasses import dataclass

from seqbench.engine.trial import Trial


@dataclass(frozen=True)
class Staged(Trial):
    """A trial, the values of its remedy's knobs in words, and its stage (`seqbench.tuning`)."""

    setting: str
    stage: str
