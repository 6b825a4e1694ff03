"""How the sequences of a task are read: padding, windows, an encoder, a front end."""

from dataclasses import dataclass

from seqbench.front import Front


@dataclass(frozen=True)
class Reading:
    """What stands around a cell, and how sequences are laid out, because of a task.

    Attributes:
        variable:  sequences differ in length: every batch says what is `valid`.
        window:    its parts are one long sequence each, read in windows of so many steps: where one
                   window ends, the next one begins with the state that it left. A knob that
                   sets it is named `window`, too. 0: no windows.
        encoder:   steps that an encoder reads before a decoder of its own answers; 0: none.
        front:     a front end between x and the cell; None: x is what the cell reads.
    """

    variable: bool = False
    window: int = 0
    encoder: int = 0
    front: Front | None = None

    @property
    def carries(self) -> bool:
        """Whether the state is carried from one batch into the next."""
        return self.window > 0
