"""The training loop: it calls the verbs of a remedy by name, in their order."""

import torch

from seqbench.axes import State, joint_norm
from seqbench.engine.optimizers import Optimizer
from seqbench.engine.passes.choose import LOOKED_AT
from seqbench.engine.passes.unroll import filled, hidden, narrowed, outputs, unroll, widened
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack, where
from seqbench.engine.surroundings import entering, heard
from seqbench.remedy import Trajectory
from seqbench.task import Batch, Task


def update(stack: Stack, task: Task, batch: Batch, optimize: Optimizer) -> None:
    """One update of every row. batch.x: (S, T, B, I)

    Nothing here asks the device for an answer: whether a row is still healthy is a flag there, and
    a row that is not gets zero gradients before any verb that could fail for the whole stack.
    """
    remedy, at = stack.shared(), stack.at("pass")
    leaves = {k: p.detach().requires_grad_() for k, p in stack.params.items()}
    weights, draw = remedy.reparametrize(leaves, at), stack.at("dropout").noise.uniform
    x, start = entering(stack.cell, weights, batch, draw), stack.carried
    states: list[State] = []
    looks = remedy.looks_at_the_pass(stack.done)
    engine, why = LOOKED_AT if looks else stack.passes.choose(stack.cell, weights, x, remedy)
    stack.engines[engine] = why
    if looks:
        x = filled(weights, x)
        x = x if x.requires_grad else x.detach().requires_grad_()
        begin = start and widened(start, x.shape[-2])
        states = unroll(stack.cell, weights, x, remedy, at, tap=True, start=begin)
        h, last = hidden(states, task.asked, len(batch)), narrowed(states[-1], len(batch))
    else:
        h, last = stack.passes.hidden(stack.cell, weights, x, remedy, at, task.asked, start=start)
    stack.carried = last if task.carries else None
    loss = task.loss(outputs(weights, heard(stack.cell, h, batch, draw)), batch)  # (S,)
    penalty = remedy.penalize(weights, Trajectory(states, loss, x, len(batch)), at)
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
    remedy, at = stack.shared(), stack.at("pass")
    weights = remedy.reparametrize(stack.params, at)
    for step in range(min(batches, source.per_epoch)):
        batch = source.batch(stack.seeds, step)
        x = entering(stack.cell, weights, batch)
        h, _ = stack.passes.hidden(stack.cell, weights, x, remedy, at, task.asked)
        h = heard(stack.cell, h, batch)
        y = task.encode(batch).flatten(-3, -2)
        counts = torch.ones_like(y[..., 0]) if batch.mask is None else batch.mask.flatten(-2)
        rows.append((h.flatten(-3, -2).double(), y.double(), counts.double()))  # (S, N, H), ...
    features, targets, shares = (torch.cat(parts, 1) for parts in zip(*rows, strict=True))
    W_out, b_out = remedy.solve(features, targets, shares, check)
    stack.params = stack.params | {"W_out": W_out.float(), "b_out": b_out.float()}
