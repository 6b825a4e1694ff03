"""The derivative of a cell along a direction, as a cell of its own: second order by two of first.

    state    s, then s' = ds/de at e = 0
    weights  w, then w' for every weight that the step uses
    x        x, then x', where x has a direction

    (s, s')_t = step and its derivative at (w, s, x)_t along (w', s', x')_t

For a sequence with slopes g on its states, dw = J^T g is what the pass back gives, and

    <w', J^T g> = <J w', g> = sum_t <s'_t, g_t>

so the gradient of what is made of gradients (a penalty on their length) is the pass back of this
cell with g on s'. Kernels are made of it as of any cell.
Source: pearlmutter1994
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Generator, Tensor

from seqbench.axes import State, Tensors
from seqbench.networks.around import Around


@dataclass(frozen=True, kw_only=True)
class Tangent(Around):
    """A cell beside its derivative.

    Attributes:
        along:   weights with a direction, w' of W being `W'`.
        with_x:  whether x has one.
    """

    along: tuple[str, ...]
    with_x: bool

    @cached_property
    def state(self) -> tuple[str, ...]:  # type: ignore[override]
        return (*self.cell.state, *(f"{name}'" for name in self.cell.state))

    def inside(self, sizes: dict[str, int]) -> dict[str, int]:
        """Without the direction of x."""
        return sizes | {"I": sizes["I"] // (1 + self.with_x)}

    def shapes(self, sizes: dict[str, int]) -> dict[str, tuple[int, int]]:
        shapes = self.cell.shapes(self.inside(sizes))
        return shapes | {f"{name}'": shapes[name] for name in self.along}

    def initialize(self, sizes: dict[str, int], stream: Generator) -> Tensors:
        """Weights, and a random direction: for trying a kernel out."""
        weights = self.cell.initialize(self.inside(sizes), stream)
        random = {n: torch.randn(weights[n].shape, generator=stream) for n in self.along}
        return weights | {f"{name}'": part for name, part in random.items()}

    def start(self, x: Tensor, params: Tensors) -> State:
        """The cell's own, and no direction: x (..., B, I) -> (..., B, width) each"""
        first = self.cell.start(x[..., : self._own(x)], params)
        return (*first, *(torch.zeros_like(part) for part in first))

    def _own(self, x: Tensor) -> int:
        return x.shape[-1] // (1 + self.with_x)

    @torch.enable_grad()
    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        """A step and its derivative: x (..., B, I)"""
        n, own = len(self.cell.state), self._own(x)
        past, pushed = state[:n], [params[f"{name}'"] for name in self.along]
        given = [*(params[name] for name in self.along), *past, x[..., :own]]
        along = [*pushed, *state[n:], x[..., own:] if self.with_x else None]

        def step(*moved: Tensor) -> State:
            weights = dict(zip(self.along, moved, strict=False))
            return self.cell.step(params | weights, moved[-n - 1 : -1], moved[-1])

        return _pushed(step, given, along)


def _pushed(step, given: Sequence[Tensor], along: Sequence[Tensor | None]) -> State:  # type: ignore[no-untyped-def]
    """What a function gives, and its derivative along a direction.

    J v is the derivative of u J by u along v: two passes back, and whatever u is drops out.
    """
    moved = [part.view_as(part).requires_grad_() for part in given]
    outs = step(*moved)
    live = [out for out in outs if out.requires_grad]
    zeros = iter([torch.zeros_like(out).requires_grad_() for out in live])
    duals = [next(zeros) if out.requires_grad else None for out in outs]
    seeds = [dual for dual in duals if dual is not None]
    back = torch.autograd.grad(live, moved, seeds, create_graph=True, allow_unused=True)
    ways = [
        (part, way)
        for part, way in zip(back, along, strict=True)
        if part is not None and way is not None and part.requires_grad
    ]
    slopes, directions = [part for part, _ in ways], [way for _, way in ways]
    found = iter(
        torch.autograd.grad(slopes, seeds, directions, create_graph=True, materialize_grads=True)
    )
    pairs = zip(outs, duals, strict=True)
    return (*outs, *(torch.zeros_like(out) if dual is None else next(found) for out, dual in pairs))
