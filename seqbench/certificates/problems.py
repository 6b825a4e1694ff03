"""The problems that are certified: synthetic tasks that can be made 25 times as long."""

from collections.abc import Mapping
from dataclasses import dataclass

from seqbench import registry

LONGER = 25  # times the length


@dataclass(frozen=True)
class Problem:
    """A task, the knobs that make it another problem, and the knob that is its length."""

    task: str
    length: str = "length"
    knobs: tuple[tuple[str, object], ...] = ()

    @property
    def trained(self) -> int:
        """The length that a network trains at by default."""
        return int(str(registry.describe("tasks", self.task).knobs[self.length].default))

    @property
    def tested(self) -> int:
        """The length at which a certificate has to pass."""
        return LONGER * self.trained

    def knobs_at(self, length: int) -> dict[str, object]:
        """The knobs of the task at a length."""
        return {**dict(self.knobs), self.length: length}

    def same(self, task: str, knobs: Mapping[str, object]) -> bool:
        """Whether a task of a matrix is this problem, at any length."""
        if registry.base("tasks", task) != self.task:
            return False
        given = registry.with_label("tasks", task, knobs)
        said = registry.describe("tasks", self.task).knobs
        defaults = {name: knob.default for name, knob in said.items()}
        wanted = {name: str(value) for name, value in {**defaults, **dict(self.knobs)}.items()}
        return all(
            str(value) == wanted[name]
            for name, value in {**defaults, **given}.items()
            if name != self.length
        )


PROBLEMS = {
    "parity": Problem("parity"),
    "flip_flop": Problem("flip_flop"),
    "counting": Problem("counting", "most"),
    "group_words_z2": Problem("group_words", knobs=(("group", "z2"),)),
    "group_words_s3": Problem("group_words", knobs=(("group", "s3"),)),
}
