"""Symbols are shown, and wanted again after a silence: what the copy problems have in common."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from seqbench.knobs import Several, Size
from seqbench.task import Classification, IoShape


@dataclass(frozen=True, kw_only=True)
class Recall(Classification):
    """Inputs are one-hot: the alphabet, blank, go. Outputs: blank, the alphabet.

    Knobs:
        length:    T, the steps of silence.
        memorize:  how many symbols are shown.
        alphabet:  of how many kinds.
    """

    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    length: Size = 30
    memorize: Size = 10
    alphabet: Several = 8

    pass_mark = 0.99

    @property
    def inputs(self) -> int:
        return self.alphabet + 2

    @property
    def outputs(self) -> int:
        return self.alphabet + 1

    @property
    def lag(self) -> int:
        return self.length + self.memorize

    @property
    def chance(self) -> float:
        return 1 / self.alphabet
