"""The training loop: it calls the verbs of a remedy by name, in their order."""

import torch
from torch import Tensor

from seqbench import watchdog
from seqbench.axes import Tensors, joint_norm
from seqbench.engine.optimizers import Optimizer
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack
from seqbench.engine.tensors import where
from seqbench.engine.traces import Quantities
from seqbench.remedy import Check, Trajectory
from seqbench.task import Batch, Task


def update(stack: Stack, task: Task, batch: Batch, optimize: Optimizer) -> None:
    """One update of every row. batch.x: (S, T, B, raw)

    Nothing here asks the device for an answer: whether a row is still healthy is a flag there, and
    a row that is not gets zero gradients before any verb that could fail for the whole stack.
    """
    remedy, now = stack.shared(), stack.tensors
    leaves = {name: weight.detach().requires_grad_() for name, weight in now.params.items()}
    forward = stack.forward("pass", leaves, dropout=True)  # reparametrize
    see = forward.tapped if remedy.looks_at_the_pass(stack.done) else forward.run
    seen = see(batch, task.asked, start=now.carried)  # advance, carry
    loss = task.loss(forward.outputs(seen.features), batch)  # (S,)
    trajectory = Trajectory(seen.states, loss, seen.x, len(batch))
    penalty = remedy.penalize(forward.weights, trajectory, forward.at)
    raw, norm, healthy = _gradients(loss, penalty, leaves, now.healthy)
    grads = stack.each("transform", raw, now.params)
    params, slots = optimize(now.params, grads, now.slots, now.rates, stack.done)
    healthy = healthy & joint_norm(params.values()).isfinite()
    stepped = where(healthy, params, now.params)
    params = stack.each("project", stepped)
    if params is not stepped:
        healthy = healthy & joint_norm(params.values()).isfinite()
    stack.history.add(
        Quantities(loss.detach(), norm, norm if grads is raw else joint_norm(grads.values()))
    )
    stack.settle(params, slots, healthy, seen, goes_on=task.reading.carries)


def _gradients(
    loss: Tensor, penalty: Tensor | None, leaves: Tensors, healthy: Tensor
) -> tuple[Tensors, Tensor, Tensor]:
    """Gradients, their joint norm (S,), and the rows (S,) that are still healthy; 0 for others."""
    objective = loss if penalty is None else loss + penalty
    values = torch.autograd.grad(objective.sum(), list(leaves.values()), materialize_grads=True)
    norm = joint_norm(values)
    healthy = healthy & objective.detach().isfinite() & norm.isfinite()
    grads = dict(zip(leaves, values, strict=True))
    zeros = {name: torch.zeros_like(grad) for name, grad in grads.items()}
    return where(healthy, grads, zeros), norm, healthy


@torch.no_grad()
def solve(stack: Stack, source: Source, task: Task, batches: int, check: Check) -> None:
    """Closed form instead of training: run the cells as they are and solve for the readout."""
    assert not task.reading.carries, "windows would have to be read in their order"
    rows: list[tuple[Tensor, ...]] = []
    forward = stack.forward("pass")
    for step in range(min(batches, source.per_epoch)):
        watchdog.beat()
        source.inspect(stack.seeds, step)  # few batches: all are looked at
        batch = source.batch(stack.seeds, step)
        h = forward.run(batch, task.asked).features.flatten(-3, -2)  # (S, N, H)
        y = task.encode(batch).flatten(-3, -2)
        counts = torch.ones_like(y[..., 0]) if batch.mask is None else batch.mask.flatten(-2)
        rows.append((h.double(), y.double(), counts.double()))
    features, targets, shares = (torch.cat(parts, 1) for parts in zip(*rows, strict=True))
    W_out, b_out = stack.shared().solve(features, targets, shares, check)
    solved = stack.params | {"W_out": W_out.float(), "b_out": b_out.float()}
    stack.tensors = stack.tensors._replace(params=solved)
