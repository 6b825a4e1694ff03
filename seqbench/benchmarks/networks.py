"""What others offer for many networks: one after the other, or one's gradient mapped over all.

Each is asked once before it is timed, and must answer what ours do: the loss, which is a network's
mean state, and its gradients by W, U and b, networks in front. A new one is one entry of `OTHERS`.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.utils.dlpack import from_dlpack

from seqbench.axes import Tensors
from seqbench.benchmarks import jax_scan, mapped, ours
from seqbench.benchmarks.measure import Contender

OTHERS: dict[str, Callable[[Tensors, Tensor], Contender]] = {  # of weights and x (S, T, B, I)
    jax_scan.ONE: jax_scan.one,
    jax_scan.MANY: jax_scan.many,
    mapped.LOOP: mapped.loop,
    mapped.LAYER: mapped.layer,
}
ANSWER = ("loss", "gradient by W", "gradient by U", "gradient by b")
TOLERANCE = 1e-4  # of the largest number: float32 through a hundred steps


def builds(field: ours.Field) -> dict[str, Callable[[], Contender]]:
    """Builders of checked contenders, by name; building one raises where it cannot take part."""
    params, x, wanted = field.stack.params, field.batch.x, answer(field)
    return {
        name: partial(lambda build: checked(build(params, x), wanted), build)
        for name, build in OTHERS.items()
    }


def answer(field: ours.Field) -> list[Tensor]:
    """Ours, by the loop."""
    stack = field.stack
    params = {name: weight.detach().requires_grad_() for name, weight in stack.params.items()}
    losses = ours.eager(stack.network.cell, params, field.batch.x).mean((-3, -2, -1))
    return [losses.detach(), *torch.autograd.grad(losses.sum(), [params[name] for name in "WUb"])]


def checked(contender: Contender, wanted: list[Tensor]) -> Contender:
    """The contender; its answer may be of the first network alone.

    Raises:
        ValueError: it computes something else; what differs, by how much.
    """
    found = contender.run()
    assert isinstance(found, list), f"{contender.name} gives no answer"
    for what, theirs, own in zip(ANSWER, map(from_dlpack, found), wanted, strict=True):
        apart = (theirs.flatten() - own.flatten()[: theirs.numel()]).abs().max() / own.abs().max()
        if not apart <= TOLERANCE:
            raise ValueError(f"another {what} than ours, by {apart:.1e} of the largest number")
    return contender
