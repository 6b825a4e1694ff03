"""Group words: which element of the group is the product of all letters so far?

    step    0   1   2   3   4   5   6         group z3; in a group that does not commute, the
    input   1   2   2   0   1   1   0         later letter acts on what the earlier ones made
    target  -   0   2   2   0   1   1         one-hot letters, any element of the group

    group   elements                          solvable: has to be tracked as
    z2, z3  2, 3, one cycle                   a counter modulo 2 or 3
    s3      6, the orders of three things     two counters, one of which turns the other
    a5, s5  60, 120, the (even) orders of 5   not solvable: no stack of counters is enough

Asked at every step but the first, where input and answer are the same. Letters are uniform, so the
answer says nothing about any proper part of the word. Guessing is right once in as many times as
there are elements. Solved when 99 % of all steps are right.
Our deviation: every element is a letter; the usual test, also at longer words, is `further`.
Not parity (z2) alone, nor cycle navigation, whose letters are three of five elements.
Source: liu2023shortcuts, merrill2024
"""

from dataclasses import dataclass
from functools import cache
from itertools import accumulate, combinations, permutations
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape

GROUPS = {  # orders of so many things; the even ones only (z3 is that of three)
    "z2": (2, False), "z3": (3, True), "s3": (3, False), "a5": (5, True), "s5": (5, False),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class GroupWords(Classification):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"
    on_host: ClassVar[bool] = True

    length: Size = 20
    group: Literal["z2", "z3", "s3", "a5", "s5"] = "s3"

    pass_mark = 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length < 2 or self.group not in GROUPS:
            raise InputError(
                f"GroupWords: length is {self.length} and group is {self.group!r}. Allowed: at "
                f"least 2, and one of {', '.join(GROUPS)}. Change the values."
            )

    @property
    def inputs(self) -> int:
        return len(elements(self.group))

    @property
    def outputs(self) -> int:
        return self.inputs

    @property
    def lag(self) -> int:
        return self.length - 1

    @property
    def chance(self) -> float:
        return 1 / self.inputs

    def sample(self, n: int, stream: Generator) -> Batch:
        letters = torch.randint(self.inputs, (self.length, n), generator=stream)
        then = products(self.group)
        y = torch.stack([*accumulate(letters, lambda so_far, letter: then[so_far, letter])])
        asked = (torch.arange(self.length) > 0).float()[:, None].expand(-1, n)
        return Batch(x=functional.one_hot(letters, self.inputs).float(), y=y, mask=asked)


@cache
def elements(group: str) -> list[tuple[int, ...]]:
    """The elements of a group: where each puts 0, 1, 2, ...; the first leaves all in place."""
    things, even = GROUPS[group]
    orders = permutations(range(things))
    return [p for p in orders if not even or sum(a > b for a, b in combinations(p, 2)) % 2 == 0]


@cache
def products(group: str) -> Tensor:
    """The number of what the first element and then the second one do. (elements, elements)"""
    found = elements(group)
    number = {order: k for k, order in enumerate(found)}
    return torch.tensor([[number[tuple(q[i] for i in p)] for q in found] for p in found])
