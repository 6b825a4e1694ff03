"""A cell and a remedy in one, where that is what the loop over steps makes of them.

Before a kernel is made of both, some of their steps are compared with the loop, in plain torch, on
a little noise: states and gradients, at several places in training and for several lengths.
"""

from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.passes.acting import Acting, acting
from seqbench.engine.passes.unroll import unroll
from seqbench.engine.streams import CPU, RowNoise
from seqbench.networks.network import Network
from seqbench.remedy import At, Remedy
from seqbench.remedy.composition import compose

SEEDS, SEQUENCES = (1, 2), 3
PLACES = ((0, 3), (1, 4), (7, 11), (1000, 6))  # updates done, and steps that follow the lookback
NEAR = 1e-5  # relative: both ways round alike, nearly

Run = Callable[[Acting, At, Tensors, Tensor], list[State]]


def with_remedy(
    network: Network, parts: Sequence[Remedy], at: At, weights: Tensors, x: Tensor
) -> Cell | str:
    """The cell inside, with what the parts of a remedy do between two steps.

    Bounds on the gradient are no part of it, as a kernel has them anyway. x: (S, T, B, I); a reason
    in words where there is no such cell.
    """
    acts = compose(*(part for part in parts if part.acts_by_steps))
    bounded = any("carry" in part.acts_at and not part.acts_by_steps for part in parts)
    if bounded and ("carry" in acts.acts_at or acts.lookback > 1):
        return "a bound and another act between two steps go together step by step only"
    outputs, units = weights["W_out"].shape[-2:]
    of = (network, acts, at.lag, at.training, (x.shape[-1], units, outputs))
    return differs(*of) or acting(*of, x.shape[-2])


@cache
def differs(
    network: Network, remedy: Remedy, lag: int, training: bool, sizes: tuple[int, int, int]
) -> str | None:
    """Why the remedy as a part of the step is not what the loop makes of it; None if it is.

    sizes: I, H and O.
    """
    cell = acting(network, remedy, lag, training, sizes, SEQUENCES)
    if isinstance(cell, str):
        return cell
    draw = torch.Generator().manual_seed(0)
    born = [network.cell.initialize(dict(zip("IHO", sizes, strict=True)), draw) for _ in SEEDS]
    weights = {name: torch.stack([each[name] for each in born]) for name in born[0]}
    weights = {k: v + 0.1 * torch.randn(v.shape, generator=draw) for k, v in weights.items()}
    for done, more in PLACES:
        x = torch.randn(len(SEEDS), remedy.lookback + more, SEQUENCES, sizes[0], generator=draw)
        at = At(network, done, RowNoise(SEEDS, "merged", done, CPU), lag, training)
        try:
            both = (_seen(run, cell, at, weights, x) for run in (_merged, _looped))
            near = all(_near(ours, theirs) for ours, theirs in zip(*both, strict=True))
        except Exception as error:  # whatever a verb does that the loop will say better
            return f"its remedy cannot become a part of the step ({type(error).__name__})"
        if not near:
            return "its remedy as a part of the step differs from the same step by step"
    return None


def _merged(cell: Acting, at: At, weights: Tensors, x: Tensor) -> list[State]:
    assert isinstance(at.noise, RowNoise)
    columns = cell.columns(at.noise.through(x.shape[-3]), x)
    return unroll(cell, weights, columns, Remedy(), at)


def _looped(cell: Acting, at: At, weights: Tensors, x: Tensor) -> list[State]:
    valid = cell.network.valid(x)
    return unroll(cell.cell, weights, x, cell.remedy, at, valid=valid)


@torch.enable_grad()  # whoever asks for the kernel first
def _seen(run: Run, cell: Acting, at: At, weights: Tensors, x: Tensor) -> list[Tensor]:
    """States, and the gradients of their sum with weights 1, 2, 3, ..."""
    leaves = {name: weight.clone().requires_grad_() for name, weight in weights.items()}
    x = x.clone().requires_grad_()
    states = zip(*run(cell, at, leaves, x), strict=True)
    parts = [torch.stack(part) for _, part in zip(cell.cell.state, states, strict=False)]
    made = torch.cat([part.flatten() for part in parts])
    total = made @ torch.linspace(1, 2, len(made))
    slopes = torch.autograd.grad(total, [*leaves.values(), x], materialize_grads=True)
    return [made.detach(), *slopes]


def _near(ours: Tensor, theirs: Tensor) -> bool:
    if not torch.equal(ours.isfinite(), theirs.isfinite()):
        return False
    ours, theirs = (part.nan_to_num(0, 0, 0) for part in (ours, theirs))
    return bool((ours - theirs).norm() <= NEAR * theirs.norm())
