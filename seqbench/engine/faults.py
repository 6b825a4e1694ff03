"""A fault of some trials in a stack of several: who caused it, so that only these fail."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from seqbench.engine.trial import Trial
from seqbench.errors import InputError, out_of_memory
from seqbench.remedy import NotSeen, Remedy

DIGITS = "the last digits depend on how many trials an operation gets at once, or on their order"
CARE = "its last digits need more care than those of the others"


class Faulty(Exception):
    """A remedy's own verb raised, or gave what it must not; `__cause__` says what.

    The trials of the other remedies are as good as before.
    """

    def __init__(self, remedy: Remedy, error: BaseException):
        super().__init__(f"{remedy}: {error}")
        self.remedy = remedy

    def blames(self, trial: Trial) -> bool:
        """Whether it is this trial's fault."""
        return {*self.remedy.parts} <= {*trial.remedy.parts}


class Misdrawn(InputError):
    """A task drew for one seed, at one update, what `contracts` refuses."""

    def __init__(self, seed: int, error: InputError):
        super().__init__(str(error))
        self.seed = seed

    def blames(self, trial: Trial) -> bool:
        """Whether it is this trial's fault."""
        return trial.seed == self.seed


class Unclear(InputError):
    """It is the fault of one of a stack's trials at least, and a smaller stack says of which."""


class Apart(Exception):
    """Some remedies of a stack need one of their own; `why` is a clause.

    alone: every trial of theirs needs one, as its last digits depend on how many others there are.
    """

    def __init__(self, remedies: Collection[Remedy], why: str, *, alone: bool):
        super().__init__(why)
        self.remedies, self.why, self.alone = frozenset(remedies), why, alone


@contextmanager
def blamed(remedy: Remedy) -> Iterator[None]:
    """Whatever goes wrong inside is this remedy's fault; too little memory is nobody's.

    Raises:
        Faulty: something went wrong.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | NotSeen) or out_of_memory(error):
            raise
        raise Faulty(remedy, error) from error
