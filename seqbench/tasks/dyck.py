"""Dyck language of bounded depth: which bracket is open?

    step     0   1   2   3   4   5   6   7
    input    (   [   ]   (   )   )   [   ]       one-hot of k opening and k closing brackets
    target   (   [   (   (   (   -   [   -       the innermost open bracket, - for none
    scored           x       x   x       x       after closing brackets only

A bracket is opened when none is open, closed when `depth` are, else with probability 1/2; the kind
is uniform. All steps are trained; after an opening bracket the answer is the input, so those are
not scored. The best blind guess knows how likely it is at each step that none is
open (never after an odd number). Solved when 99 % are right.
Our deviation: asked is the top of the stack (the paper: the probabilities of the next symbol), and
sequences are cut after `length` steps, not closed.
Not counting: with two or more kinds the order of what is open matters, not only how many are.
Source: hewitt2020
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape


@dataclass(frozen=True, kw_only=True)
class Dyck(Classification):
    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar[Literal["last", "every"]] = "every"

    length: Size = 30
    kinds: Size = 2
    depth: Size = 3

    pass_mark = 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kinds < 2 or self.depth < 2 or self.length < 3:
            raise InputError(
                f"Dyck: kinds, depth and length are {self.kinds}, {self.depth} and {self.length}. "
                "Allowed: at least 2, 2 and 3. Change what is smaller."
            )

    @property
    def inputs(self) -> int:
        return 2 * self.kinds

    @property
    def outputs(self) -> int:
        return self.kinds + 1

    @property
    def lag(self) -> int:
        return (self.length - 1) // 2 * 2  # the first bracket alone is open after an odd number

    @property
    def chance(self) -> float:
        """Right guesses over scored answers, from how likely each depth is, step by step."""
        opening = [1.0] + [0.5] * (self.depth - 1) + [0.0]
        likely, right, scored = [1.0] + [0.0] * self.depth, 0.0, 0.0
        for _ in range(self.length):
            up = [p * o for p, o in zip(likely, opening, strict=True)]
            down = [p - u for p, u in zip(likely, up, strict=True)]
            none, some = down[1], sum(down[2:])  # left open by a closing bracket
            right, scored = right + max(none, some / self.kinds), scored + none + some
            likely = [u + d for u, d in zip([0.0, *up[:-1]], [*down[1:], 0.0], strict=True)]
        return right / scored

    def sample(self, n: int, stream: Generator) -> Batch:
        coins = torch.rand(self.length, n, generator=stream) < 0.5
        kinds = torch.randint(1, self.kinds + 1, (self.length, n), generator=stream)
        levels = torch.arange(self.depth + 1)[:, None]
        height = torch.zeros(1, n, dtype=torch.int64)
        stack = torch.zeros(self.depth + 1, n, dtype=torch.int64)  # level 0: none is open
        top, tops, tokens, closed = height, [], [], []
        for coin, kind in zip(coins, kinds, strict=True):
            opens = (height == 0) | ((height < self.depth) & coin)
            tokens.append(torch.where(opens, kind - 1, self.kinds + top - 1))
            height = torch.where(opens, height + 1, height - 1)
            stack = torch.where(opens & (levels == height), kind, stack)
            top = stack.gather(0, height)
            tops.append(top)
            closed.append(~opens)
        x = functional.one_hot(torch.cat(tokens), self.inputs).float()  # (T, n, 2k)
        return Batch(x=x, y=torch.cat(tops), scored=torch.cat(closed).float())
