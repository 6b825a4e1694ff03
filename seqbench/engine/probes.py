"""What is measured about gradients, and how the words are meant.

flow        root mean square over sequences of |d loss of the last answer / d state|, the state
            being everything that is handed on from one step to the next, against the lag
norm        Euclidean norm of the gradient of all weights together, before the remedy's
            transform
explosion   an update whose norm exceeds ten times the trial's median norm
altered     an update whose gradient norm the remedy's transform changed
diverged    a loss, a gradient norm or a weight that is not finite, or weights that a spike has
            frozen (`frozen`); a bounded cell rarely gets to the former: its explosions show as
            explosions, events (`events`) and lost skill
"""

import torch
from torch import Tensor

from seqbench.axes import Tensors, total
from seqbench.cell import Cell, recurrent_blocks
from seqbench.engine.passes.forward import Forward
from seqbench.engine.passes.windows import ending_together
from seqbench.engine.traces import Quantities
from seqbench.task import Batch, Task

TIMES_MEDIAN = 10  # a norm this many times the median is an explosion


def flow(forward: Forward, task: Task, batch: Batch) -> Tensor:
    """Gradient norm by lag, 0 first: (S, T)

    batch: x (S, T, B, raw). The weights have a gradient, so that every state that they reach has.
    """
    batch = ending_together(batch)
    seen = forward.tapped(batch, task.asked)
    answers = -3 if batch.y.is_floating_point() else -2  # the axis A: values or class numbers
    mask = None if batch.mask is None else batch.mask[..., -1:, :]
    last = Batch(batch.x, batch.y.narrow(answers, -1, 1), mask)
    loss = task.loss(forward.outputs(seen.features[..., -1:, :, :]), last)
    nodes = {  # a clock, or a part that only hands on what the start was, has no gradient
        (t, k): part
        for t, state in enumerate(seen.states)
        for k, part in enumerate(state)
        if part.requires_grad
    }
    ends = list(nodes.values())  # none at all where a cell has no weights
    grads = torch.autograd.grad(loss.sum(), ends, materialize_grads=True) if ends else ()
    per_step = loss.new_zeros(len(loss), len(seen.states), dtype=torch.float64)
    for (t, _), grad in zip(nodes, grads, strict=True):
        grad = grad if batch.valid is None else grad[..., : len(batch), :]
        real = 1 if batch.valid is None else batch.valid[..., t, :, None]
        per_step[:, t] += total((real * grad).double().square())
    asked: Tensor | int = len(batch)
    if mask is not None:
        asked = mask.sum((-2, -1))[..., None]
        asked = torch.where(asked == 0, torch.nan, asked)  # nothing is known: not "vanished"
    if batch.valid is not None:  # a short sequence says nothing about long lags
        asked = asked**2 / batch.valid.sum(-1)
    return (per_step * asked).sqrt().flip(-1)  # loss is a mean: times `asked` undoes it


def radius(cell: Cell, params: Tensors) -> Tensor | None:
    """Largest spectral radius of a square recurrent block, per trial (S,); None without one."""
    blocks = recurrent_blocks(cell, params)
    if not blocks or cell.composed:
        return None
    whole = [b.nan_to_num(0, 0, 0) for b in blocks]  # on a NaN eigvals raises or crashes
    # one by one: where in memory a matrix of a stack lies would be in the last digit
    radii = [torch.stack([torch.linalg.eigvals(m).abs().amax() for m in b]) for b in whole]
    return torch.stack([r + total(0 * b) for r, b in zip(radii, blocks, strict=True)]).amax(0)


def finite(value: Tensor | float | None) -> float | None:
    """A plain number, or None where it is not finite."""
    number = float("nan") if value is None else float(value)
    return number if torch.isfinite(torch.tensor(number)) else None


OF_UPDATES = ("grad_norm_median", "grad_norm_max", "explosions", "altered")


def summary(history: Quantities) -> dict[str, float | None]:
    """What the history of one trial says, each quantity (updates,); None without updates."""
    _, norm, transformed = history
    if not len(norm):
        return dict.fromkeys(OF_UPDATES)
    median = norm[norm.isfinite()].median() if norm.isfinite().any() else norm[0]
    largest = norm[norm.isfinite()].max() if norm.isfinite().any() else norm[0]
    return {
        "grad_norm_median": finite(median),
        "grad_norm_max": finite(largest),
        "explosions": finite((~(norm <= TIMES_MEDIAN * median)).float().mean()),
        "altered": finite(((transformed - norm).abs() > 1e-6 * norm).float().mean()),
    }
