"""What tasks on spoken digits have in common: who is tested, and how finely time is cut.

split     test                                  valid
usual     recordings 0 to 4, as published       recordings 5 to 9 (ours)
speaker   a speaker who is never in train       another one
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from seqbench.errors import InputError
from seqbench.knobs import Positive, Size
from seqbench.task import Classification
from seqbench.task.reading import Reading

HOPS = (5, 25)  # ms: not beyond the frame's own 25, or something would be skipped
LENGTHS = (0.15, 2.3)  # seconds: five frames at least; the longest recording


@dataclass(frozen=True, kw_only=True)
class Spoken(Classification):
    """Base. hop: ms from frame to frame. longest: seconds; what is longer is cut at its end."""

    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    both_ways: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("spoken_digits",)

    split: Literal["usual", "speaker"] = "usual"
    hop: Size = 10
    longest: Positive = 1.0

    reading = Reading(variable=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        for knob, value, (least, most) in (
            ("hop", self.hop, HOPS),
            ("longest", self.longest, LENGTHS),
        ):
            if not least <= value <= most:
                raise InputError(
                    f"{type(self).__name__}: {knob} is {value}. Allowed: {least} to {most}. "
                    "Change the value."
                )
