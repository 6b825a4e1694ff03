"""A cell through a whole sequence, as one function that autograd knows how to go back through."""

import ctypes
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.fused import build
from seqbench.engine.fused.check import disagreement
from seqbench.engine.fused.emit import emit
from seqbench.engine.fused.gpu import build as gpu_build
from seqbench.engine.fused.gpu import kernel as gpu
from seqbench.engine.fused.gpu.kernel import GpuKernel
from seqbench.engine.fused.plan import plan
from seqbench.engine.fused.record import Untraceable
from seqbench.engine.fused.tangent import Tangent
from seqbench.engine.fused.trace import traced
from seqbench.errors import out_of_memory
from seqbench.remedy import NotSeen

DEVICES = ("cpu", "cuda")


class OnlyOnce(NotSeen):
    """A pass through this kernel cannot be differentiated twice; one step by step can."""


class OnlyTwice(NotSeen):
    """A pass through a kernel cannot be differentiated three times; one step by step can."""


class Mishap(str):
    """Why there is no kernel, where that is no property of the cell or of what is installed."""


@dataclass(frozen=True)
class Kernel:
    """Two compiled functions and what they expect."""

    library: ctypes.CDLL
    weights: tuple[str, ...]
    widths: tuple[int, ...]
    moving: tuple[bool, ...]  # of every part of the state, whether it has a gradient
    tape: int  # numbers for each step

    def call(self, name: str, steps: int, trials: int, keep: bool, tensors: list[Tensor]) -> None:
        """Run over all trials, shared out among torch's threads; None is a null pointer."""
        pointers = [0 if z is None else z.data_ptr() for z in tensors]
        listed = (ctypes.c_void_p * len(pointers))(*pointers)
        function = getattr(self.library, name)
        threads = min(torch.get_num_threads(), trials)
        cuts = [trials * n // threads for n in range(threads + 1)]

        def part(first: int, last: int) -> None:
            numbers = (ctypes.c_long(n) for n in (first, last, steps, int(keep)))
            if function(*numbers, listed):
                raise MemoryError("out of memory in a kernel")

        if threads == 1:
            part(0, trials)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(part, cuts[:-1], cuts[1:]))


def toolchain(device: str) -> str | None:
    """Why no kernel at all can be built for this type of device; None if kernels can be."""
    return build.missing() if device == "cpu" else gpu_build.missing()


@cache
def kernel(
    cell: Cell,
    units: int,
    outputs: int,
    inputs: int,
    batch: int,
    need_x: bool,
    device: torch.device,
) -> Kernel | GpuKernel | str:
    """The kernel for these sizes, made, loaded and tried once; or why there is none, in words.

    Whatever goes wrong here, the loop is there; and what is the step's own fault shows there, too.
    """
    sizes = {"I": inputs, "H": units, "O": outputs}
    found: Kernel | GpuKernel
    try:
        if device.type == "cpu":
            found = _made(cell, sizes, batch, need_x)
        else:
            found = gpu.made(cell, sizes, batch, need_x, device)
        return disagreement(cell, partial(_through, found), sizes, batch, need_x, device) or found
    except build.Unbuildable as error:
        return Mishap(error) if toolchain(device.type) is None else str(error)
    except Untraceable as error:
        return str(error)
    except Exception as error:
        if out_of_memory(error):
            raise
        reason = str(error).partition("\n")[0][:200]
        return f"its step cannot become a kernel ({type(error).__name__}: {reason})"


def _made(cell: Cell, sizes: dict[str, int], batch: int, need_x: bool) -> Kernel:
    found = traced(cell, sizes, batch, need_x)
    planned = plan(found)
    emitted = emit(planned, build.compiler().lanes, need_x)
    library = build.load(emitted.source)
    return Kernel(library, found.weights, found.widths, planned.moving, emitted.tape)


def _kernel(cell: Cell, params: Tensors, x: Tensor) -> Kernel | GpuKernel | str:
    outputs, units = params["W_out"].shape[-2:]
    return kernel(cell, units, outputs, x.shape[-1], x.shape[-2], x.requires_grad, x.device)


def supports(cell: Cell, params: Tensors, x: Tensor) -> str | None:
    """Why this cell cannot be fused here, in a sentence; None if it can."""
    if x.device.type not in DEVICES or x.dtype != torch.float32:
        return f"{type(cell).__name__}: a kernel needs float32 on a CPU or a CUDA device."
    found = _kernel(cell, params, x)
    return type(found)(f"{type(cell).__name__}: {found}.") if isinstance(found, str) else None


class Part(NamedTuple):
    """A part of the state: its width, and whether it has a gradient."""

    width: int
    moving: bool


def parts_of(cell: Cell, params: Tensors, x: Tensor) -> list[Part]:
    """The parts of the state of a cell that `supports` has nothing against."""
    found = _kernel(cell, params, x)
    assert not isinstance(found, str), found
    return [Part(*pair) for pair in zip(found.widths, found.moving, strict=True)]


def sequence(
    cell: Cell,
    params: Tensors,
    x: Tensor,
    limits: Tensor | None = None,
    start: State | None = None,
) -> State:
    """Every part of the state after every step: x (S, T, B, I) -> (S, T, B, width) each

    Differentiable once, with respect to x and every weight that the step uses. limits: (S, T), the
    largest joint norm of the gradient that the state after each step gets handed back from the next
    one; 0 cuts, inf lets pass, None: no limits. start: the state before the first step, which gets
    no gradient; None: the cell's own.

    Ask `supports` before.
    """
    found = _kernel(cell, params, x)
    assert not isinstance(found, str), found
    return _through(found, cell, params, x, limits, start)


def _through(
    found: Kernel | GpuKernel,
    cell: Cell,
    params: Tensors,
    x: Tensor,
    limits: Tensor | None = None,
    start: State | None = None,
) -> State:
    if start is None:
        start = cell.start(x.detach()[:, 0], {k: v.detach() for k, v in params.items()})
    outputs, units = params["W_out"].shape[-2:]
    weights = [params[name] for name in found.weights]
    grad = torch.is_grad_enabled() and any(z.requires_grad for z in (x, *weights))
    of = _Of(cell, found, tuple(start), limits, (outputs, units))
    return _Sequence.apply(of, grad, x, *weights)


class _Of(NamedTuple):
    """What a sequence is computed with, besides inputs and weights."""

    cell: Cell
    found: Kernel | GpuKernel
    start: State
    limits: Tensor | None
    units: tuple[int, int]  # O and H


class _Sequence(torch.autograd.Function):
    """Inputs (S, T, B, I) and weights -> every part of the state after every step."""

    @staticmethod
    def forward(ctx, of: _Of, grad: bool, x: Tensor, *weights: Tensor) -> State:  # type: ignore[no-untyped-def]
        found, (trials, steps, batch, _) = of.found, x.shape
        states = [x.new_empty(trials, steps + 1, batch, width) for width in found.widths]
        for part, first in zip(states, of.start, strict=True):
            part[:, 0] = first
        tape = x.new_empty(trials, steps if grad else 1, found.tape)
        held = [*(w.contiguous() for w in weights), x.contiguous()]
        found.call("forward", steps, trials, grad, [*held, *states, tape])
        ctx.save_for_backward(x, *weights, *states, tape)
        ctx.of = of
        ctx.set_materialize_grads(False)
        made = tuple(part[:, 1:] for part in states)
        pairs = zip(made, found.moving, strict=True)
        ctx.mark_non_differentiable(*(part for part, moving in pairs if not moving))
        return made

    @staticmethod
    def backward(ctx, *grads: Tensor | None) -> tuple[Tensor | None, ...]:  # type: ignore[no-untyped-def]
        x, *rest = ctx.saved_tensors
        count = len(ctx.of.found.weights)
        weights, kept = rest[:count], [part.detach() for part in rest[count:]]
        dx, *made = _Back.apply(ctx.of, ctx.needs_input_grad[2], kept, x, *weights, *grads)
        return None, None, dx, *made


class _Back(torch.autograd.Function):
    """Inputs, weights and slopes of the states -> slopes of inputs and weights."""

    @staticmethod
    def forward(  # type: ignore[no-untyped-def]
        ctx, of: _Of, need_x: bool, kept: list[Tensor], x: Tensor, *rest: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        count = len(of.found.weights)
        weights, grads = rest[:count], rest[count:]
        held = [w.contiguous() for w in (*weights, x) if w is not None]
        slopes = [None if g is None else g.contiguous() for g in grads]
        made = [torch.empty_like(w) for w in held[:-1]]
        dx = torch.empty_like(held[-1]) if need_x else None
        sent: list[Tensor | None] = [*held, *kept, *slopes, dx, *made, of.limits]
        of.found.call("backward", x.shape[1], len(x), True, sent)  # type: ignore[arg-type]
        ctx.save_for_backward(x, *rest)
        ctx.of, ctx.need_x = of, need_x
        ctx.set_materialize_grads(False)
        return dx, *made

    @staticmethod
    def backward(ctx, ux: Tensor | None, *us: Tensor | None) -> tuple[Tensor | None, ...]:  # type: ignore[no-untyped-def]
        """<ux, dx> + <us, dw> is the sum of the slopes times the states' derivatives that way."""
        if torch.is_grad_enabled():  # somebody means to differentiate this, too
            raise OnlyTwice("states")
        x, *rest = ctx.saved_tensors
        names = ctx.of.found.weights
        weights, slopes = rest[: len(names)], rest[len(names) :]
        made = second_order(ctx.of, x, weights, slopes, ux if ctx.need_x else None, us)
        return None, None, None, *made


def second_order(
    of: _Of,
    x: Tensor,
    weights: Sequence[Tensor],
    slopes: Sequence[Tensor | None],
    ux: Tensor | None,
    us: Sequence[Tensor | None],
) -> list[Tensor | None]:
    """The gradient of <ux, dx> + <us, dw> by x, weights and slopes."""
    cell = Tangent(cell=of.cell, along=of.found.weights, with_x=ux is not None)
    outputs, units = of.units
    with torch.enable_grad():
        leaves = [x.detach().requires_grad_(x.requires_grad)]
        leaves += [part.detach().requires_grad_() for part in weights]
        params = dict(zip(cell.along, leaves[1:], strict=True))
        for name, weight, along in zip(cell.along, weights, us, strict=True):
            params[f"{name}'"] = torch.zeros_like(weight) if along is None else along
        wide = leaves[0] if ux is None else torch.cat([leaves[0], ux], -1)
        found = kernel(cell, units, outputs, wide.shape[-1], x.shape[-2], x.requires_grad, x.device)
        if isinstance(found, str) or of.limits is not None:
            raise OnlyOnce("states")
        params |= {"W_out": x.new_empty(len(x), outputs, units)} if "W_out" not in params else {}
        start = (*of.start, *(torch.zeros_like(part) for part in of.start))
        pushed = _through(found, cell, params, wide, None, start)[len(of.start) :]
        pairs = [(p, g) for p, g in zip(pushed, slopes, strict=True) if g is not None]
        total = torch.stack([(p * g).sum() for p, g in pairs]).sum()
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        grads: list[Tensor | None] = [*torch.autograd.grad(total, wanted, materialize_grads=True)]
    if not x.requires_grad:
        grads = [None, *grads]
    ways = (None if g is None else p.detach() for p, g in zip(pushed, slopes, strict=True))
    return [*grads, *ways]
