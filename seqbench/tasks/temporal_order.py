"""Temporal order: in which order did A and B appear, far back and far apart?

    pascanu13   step     0  1  2  3 ...  10  11  ...  19        T = 20, two relevant symbols
                input    d  c  B  e ...   A   f  ...   d        one-hot of A B and 4 distractors
                asked                                  x        class of (B, A): 1 of 4

    variant     where the relevant symbols are                        one-hot symbols
    pascanu13   [.1 T, .2 T), [.5 T, .6 T)                            A B, 4 distractors
       of 3     [.1 T, .2 T), [.3 T, .4 T), [.6 T, .7 T)
    hs97        .1 T to .2 T, .5 T to .6 T                            X Y, 4 distractors, start, end
       of 3     .1 T to .2 T, .33 T to .43 T, .66 T to .76 T          T = 100 in the paper

pascanu13 follows the published code (its docstring, [1, T/10] for the first, disagrees).
Solved when at most 1 % is wrong.
Our deviation: hs97 draws its length (T to 1.1 T) once per batch, and silence before the beginning
gives all batches one shape.
Not a question of which symbols appeared: their order, or rather what each of them was, is asked.
Source: hochreiter1997, pascanu2013
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, Classification, IoShape

SHORTEST = 10  # for a tenth to be a step
START, END = 6, 7
PLACES = {  # hundredths of T: where the span of each relevant symbol begins and ends
    ("pascanu13", 2): ((10, 20), (50, 60)),
    ("pascanu13", 3): ((10, 20), (30, 40), (60, 70)),
    ("hs97", 2): ((10, 20), (50, 60)),
    ("hs97", 3): ((10, 20), (33, 43), (66, 76)),
}


@dataclass(frozen=True, kw_only=True)
class TemporalOrder(Classification):
    io_shape: ClassVar[IoShape] = "many_to_one"

    length: Size = 20
    symbols: Literal[2, 3] = 2
    variant: Literal["pascanu13", "hs97"] = "pascanu13"

    pass_mark = 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length < SHORTEST:
            raise InputError(
                f"TemporalOrder: length is {self.length}. Allowed: at least {SHORTEST}. "
                "Change the value."
            )

    @property
    def inputs(self) -> int:
        return 8 if self.variant == "hs97" else 6

    @property
    def outputs(self) -> int:
        return 2**self.symbols

    @property
    def longest(self) -> int:
        """The most steps that a sequence may have."""
        return self.length + (self.length // 10 if self.variant == "hs97" else 0)

    @property
    def on_host(self) -> bool:  # type: ignore[override]
        return self.variant == "hs97"

    @property
    def lag(self) -> int:
        return self.longest - 1 - self.length // 10

    @property
    def chance(self) -> float:
        return 1 / self.outputs

    def sample(self, n: int, stream: Generator) -> Batch:
        drawn = torch.randint(self.length, self.longest + 1, (1,), generator=stream)
        steps = int(drawn) if self.on_host else self.length
        order = torch.randint(2, (self.symbols, n), generator=stream)
        tokens = torch.randint(2, 6, (steps, n), generator=stream).scatter(
            0, self._places(n, stream), order
        )
        if self.variant == "hs97":
            ends = torch.tensor([START, END])[:, None].expand(-1, n)
            tokens = torch.cat([ends[:1], tokens[1:-1], ends[1:]])
        x = functional.one_hot(tokens, self.inputs).float()  # (T, n, I)
        weights = 2 ** torch.arange(self.symbols)[:, None]
        silence = (0, 0, 0, 0, self.longest - steps, 0)
        return Batch(x=functional.pad(x, silence), y=(order * weights).sum(0, keepdim=True))

    def _places(self, n: int, stream: Generator) -> Tensor:
        """The steps of the relevant symbols, (symbols, n); hs97 includes the end of each span."""
        last = self.variant == "hs97"
        spans = [
            (self.length * low // 100, self.length * high // 100 + last)
            for low, high in PLACES[self.variant, self.symbols]
        ]
        return torch.stack([torch.randint(*span, (n,), generator=stream) for span in spans])
