"""The training loop: it calls the verbs of a remedy by name, in their order."""

import torch

from seqbench.axes import joint_norm
from seqbench.engine.optimizers import Optimizer
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack, where
from seqbench.remedy import Run
from seqbench.task import Batch, Task


def update(stack: Stack, task: Task, batch: Batch, optimize: Optimizer) -> None:
    """One update of every row. batch.x: (S, T, B, I)

    Nothing here asks the device for an answer: whether a row is still healthy is a flag there, and
    a row that is not gets zero gradients before any verb that could fail for the whole stack.
    """
    remedy = stack.shared()
    leaves = {k: p.detach().requires_grad_() for k, p in stack.params.items()}
    forward = stack.forward("pass", leaves, dropout=True)
    if remedy.looks_at_the_pass(stack.done):
        seen = forward.tapped(batch, task.asked, start=stack.carried, leaf=True)
    else:
        seen = forward.run(batch, task.asked, start=stack.carried)
    engine, why = seen.choice
    stack.engines[engine] = why
    stack.carried = seen.last if task.carries else None
    loss = task.loss(forward.outputs(seen.features), batch)  # (S,)
    penalty = remedy.penalize(
        forward.weights, Run(seen.states, loss, seen.x, len(batch)), forward.at
    )
    aim = loss if penalty is None else loss + penalty
    names, values = list(leaves), list(leaves.values())
    raw = torch.autograd.grad(aim.sum(), values, materialize_grads=True)
    norm = joint_norm(raw)
    healthy = stack.healthy & aim.detach().isfinite() & norm.isfinite()
    calm = {k: where(healthy, g, torch.zeros_like(g)) for k, g in zip(names, raw, strict=True)}
    grads = stack.each("transform", calm, stack.params)
    after = norm if grads is calm else joint_norm(grads.values())
    stack.history.append(torch.stack([loss.detach(), norm, after], -1))
    params, slots = optimize(stack.params, grads, stack.slots, stack.rates, stack.done)
    stack.settle(params, slots, healthy)


@torch.no_grad()
def solve(stack: Stack, source: Source, task: Task, batches: int, check) -> None:  # type: ignore[no-untyped-def]
    """Closed form instead of training: run the cells as they are and solve for the readout."""
    assert not task.carries, "windows would have to be read in their order"
    rows: list[tuple[torch.Tensor, ...]] = []
    forward = stack.forward("pass")
    for step in range(min(batches, source.per_epoch)):
        batch = source.batch(stack.seeds, step)
        features = forward.run(batch, task.asked).features
        y = task.encode(batch).flatten(-3, -2)
        counts = torch.ones_like(y[..., 0]) if batch.mask is None else batch.mask.flatten(-2)
        h = features.flatten(-3, -2)  # (S, N, H)
        rows.append((h.double(), y.double(), counts.double()))
    features, targets, shares = (torch.cat(parts, 1) for parts in zip(*rows, strict=True))
    W_out, b_out = stack.shared().solve(features, targets, shares, check)
    stack.params = stack.params | {"W_out": W_out.float(), "b_out": b_out.float()}
