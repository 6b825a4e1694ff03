"""One compiled kernel on a GPU, to be called as the one in C is (../sequence.py)."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import ModuleType

import torch
from torch import Tensor

from seqbench.cell import Cell
from seqbench.engine.fused.build import Unbuildable
from seqbench.engine.fused.gpu.build import load
from seqbench.engine.fused.gpu.emit import emit
from seqbench.engine.fused.ir import Node
from seqbench.engine.fused.plan import Plan, plan
from seqbench.engine.fused.trace import traced

OPTIONS = {
    "num_warps": 8,  # of 32 threads, that work on one trial
    "num_stages": 1,  # no loads ahead of time: they would overtake what an earlier step writes
    "enable_fp_fusion": True,  # a * b + c rounds once
}


@dataclass(frozen=True)
class GpuKernel:
    """Two functions and what they expect."""

    module: ModuleType
    weights: tuple[str, ...]
    widths: tuple[int, ...]
    moving: tuple[bool, ...]  # which parts of the state have a gradient
    tape: int  # numbers for each step
    scratch: dict[str, int]  # numbers for each trial, by function
    tables: dict[str, list[float]]  # constants, by function
    placed: dict[tuple[str, torch.device], Tensor] = field(default_factory=dict)

    def call(
        self, name: str, steps: int, trials: int, keep: bool, tensors: Sequence[Tensor | None]
    ) -> None:
        """Run over all trials at once; what is None is not looked at."""
        like = tensors[0]
        assert like is not None
        *given, limits = [*tensors, None] if name == "forward" else tensors
        arena = like.new_empty(trials * self.scratch[name])
        wishes = [keep]
        if name == "backward":
            first = len(self.weights) + 2 + len(self.widths)  # buffers that forward has, too
            slopes = tensors[first : first + len(self.widths)]
            wishes = [z is not None for z in (*slopes, limits)]
            given.append(limits if limits is None else limits.to(like.device))
        filled = [_aligned(like if z is None else z) for z in given]
        launch = getattr(self.module, name)[(trials,)]
        with torch.cuda.device(like.device) if like.is_cuda else nullcontext():
            more = (arena, self._table(name, like), steps, *wishes)
            launch(*filled, *more, **OPTIONS)

    def _table(self, name: str, like: Tensor) -> Tensor:
        """The constants of a function, on the right device; brought there once."""
        key = (name, like.device)
        if key not in self.placed:
            self.placed[key] = like.new_tensor(self.tables[name] or [0.0])
        return self.placed[key]


def _aligned(z: Tensor) -> Tensor:
    """Buffers where Triton expects them; what is written to always is.

    Otherwise it would compile a second kernel, whose sums may run in another order.
    """
    return z.clone() if z.data_ptr() % 16 else z


def made(
    cell: Cell, sizes: dict[str, int], batch: int, need_x: bool, device: torch.device
) -> GpuKernel:
    """The kernel for these sizes (I, H and O): traced, written, compiled.

    Raises:
        Untraceable, Unbuildable: see there.
    """
    found = traced(cell, sizes, batch, need_x)
    planned = plan(found)
    emitted = emit(planned, need_x)
    what = (found.weights, found.widths, planned.moving)
    sizes_of = (emitted.tape, emitted.scratch, emitted.tables)
    kernel = GpuKernel(load(emitted.source), *what, *sizes_of)
    if device.type == "cuda":
        _compile(kernel, planned, device)
    return kernel


def _compile(kernel: GpuKernel, planned: Plan, device: torch.device) -> None:
    """Run one step of nothing, so that what the compiler refuses is known before training.

    Raises:
        Unbuildable: it refuses.
    """

    def zeros(node: Node, *front: int) -> Tensor:
        return torch.zeros(*front, *node.shape, device=device)

    weights = [zeros(node, 1) for node in planned.weights]
    given = [*weights, zeros(planned.x, 1, 1), *(zeros(part, 1, 2) for part in planned.state)]
    given.append(torch.zeros(kernel.tape, device=device))
    slopes = [zeros(part, 1, 1) for part in planned.state[:1]]
    none = [None] * (len(planned.state) - 1)
    try:
        kernel.call("forward", 1, 1, True, given)
        more = [*slopes, *none, zeros(planned.x, 1, 1), *(z.clone() for z in weights), None]
        kernel.call("backward", 1, 1, True, [*given, *more])
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # whatever Triton, its compilers or the driver may raise
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise Unbuildable(f"Triton refuses a kernel ({first})") from error
