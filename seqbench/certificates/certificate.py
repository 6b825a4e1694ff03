"""The certificates as they are read from `weights/CELL.json`, without torch or pandas.

    {"parity": {
      "how": "how it works, or how it was found",
      "units": 2,                   H
      "knobs": {"gain": 1.5},       of the cell, where they are not its defaults; may be left out
      "weights": {"W": [[...]], "b": {"i": 20, "g": [...]}, "W_out": ...}}}

Weights are lists of rows; vectors are lists. A weight of several gates may be given by gate, a
number stands for all of a block, and what is left out is 0. For other knobs of the cell a problem
may come again, with a label: `counting@negative`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from seqbench import registry
from seqbench.certificates.problems import PROBLEMS
from seqbench.errors import InputError
from seqbench.files import regular

WEIGHTS = Path(__file__).parent / "weights"
KEYS = {"how": str, "units": int, "weights": dict, "knobs": dict}
# where weights begin and how they are trained: a certificate has its weights, whatever these are
OF_TRAINING = frozenset(
    {"gain", "forget_bias", "r_min", "r_max", "max_phase", "input_biases", "cut"}
)


NORMALIZED = frozenset({"lstm_layernorm"})  # units that are unused change what the others hear


@dataclass(frozen=True)
class Certificate:
    """Weights with which a cell solves a problem."""

    cell: str
    problem: str
    how: str
    knobs: Mapping[str, object]
    units: int
    weights: Mapping[str, object]

    @property
    def as_it_is(self) -> bool:
        """Whether it says nothing of networks with more units than its own."""
        return self.cell in NORMALIZED

    def fits(self, cell: str, knobs: Mapping[str, object]) -> bool:
        """Whether a cell of a matrix computes the same from these weights."""
        given = registry.with_label("cells", cell, knobs)
        said = registry.describe("cells", cell).knobs
        defaults = {name: knob.default for name, knob in said.items()}
        mine, its = {**defaults, **self.knobs}, {**defaults, **given}
        return registry.base("cells", cell) == self.cell and all(
            str(mine[name]) == str(its[name]) for name in defaults.keys() - OF_TRAINING
        )


@cache
def certificates(folder: Path = WEIGHTS) -> tuple[Certificate, ...]:
    """All of them, by cell.

    Raises:
        InputError: a file is none of certificates; the sentence names file and key.
    """
    return tuple(one for path in sorted(folder.glob("*.json")) for one in read(path))


def read(path: Path) -> list[Certificate]:
    """The certificates of one cell.

    Raises:
        InputError: as `certificates`.
    """
    try:
        held = json.loads(regular(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise _refusal(path, f"is not JSON ({error})", "JSON", "Mend it") from error
    if path.stem not in registry.names("cells"):
        raise _refusal(path, "is named like no cell", "names of cells", "Rename it")
    if not isinstance(held, dict) or not {*map(_stem, held)} <= PROBLEMS.keys():
        raise _refusal(path, "has another key than problems", ", ".join(PROBLEMS), "Rename it")
    for problem, one in held.items():
        _check(path, problem, one)
    return [Certificate(path.stem, _stem(name), **{"knobs": {}, **held[name]}) for name in held]


def _stem(problem: str) -> str:
    return problem.partition("@")[0]


def _check(path: Path, problem: str, one: object) -> None:
    if not isinstance(one, dict) or {"knobs", *one} != KEYS.keys():
        raise _refusal(path, f"{problem} has other keys", ", ".join(KEYS), "Mend them")
    for key, kind in KEYS.items():
        if key in one and not isinstance(one[key], kind):
            raise _refusal(path, f"{problem}.{key} is {one[key]!r}", kind.__name__, "Mend it")


def _refusal(path: Path, what: str, allowed: str, todo: str) -> InputError:
    return InputError(f"{path.name}: {what}. Allowed: {allowed}. {todo}.")
