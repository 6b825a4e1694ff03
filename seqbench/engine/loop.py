"""The training loop: it calls the verbs of a remedy by name, in their order."""

from typing import NamedTuple

import torch
from torch import Tensor

from seqbench import watchdog
from seqbench.axes import State, Tensors, joint_norm
from seqbench.engine.drawing import fed
from seqbench.engine.faults import Unclear
from seqbench.engine.made import Made
from seqbench.engine.optimizers import Optimizer
from seqbench.engine.passes.fed_back import fed_back
from seqbench.engine.passes.forward import Forward, Pass
from seqbench.engine.passes.glimpse import Glimpse, Unseen
from seqbench.engine.remembered import remembered
from seqbench.engine.rules import RULES
from seqbench.engine.source import Source
from seqbench.engine.spans import Span, joined, of_one_pass
from seqbench.engine.stack import Stack
from seqbench.engine.tensors import where
from seqbench.engine.traces import Quantities
from seqbench.remedy import Check, NotSeen, Rollout, Trajectory
from seqbench.task import Batch, Task


def update(stack: Stack, task: Task, batch: Batch, optimize: Optimizer) -> None:
    """One update of every row. batch.x: (S, T, B, raw)

    Nothing here asks the device for an answer: whether a row is still healthy is a flag there, and
    a row that is not gets zero gradients before any verb that could fail for the whole stack.
    """
    now = stack.tensors
    spans = of_one_pass(stack.trials, stack.done)
    slopes = joined(spans, [_slopes(stack, span, task, batch) for span in spans])
    raw, norm, healthy = _guarded(slopes, now.healthy)
    grads = stack.each("transform", raw, now.params)
    params, slots = optimize(now.params, grads, now.slots, now.rates, stack.done)
    healthy = healthy & joint_norm(params.values()).isfinite()
    stepped = where(healthy, params, now.params)
    params = stack.each("project", stepped)
    if params is not stepped:
        healthy = healthy & joint_norm(params.values()).isfinite()
    stack.history.add(
        Quantities(slopes.loss, norm, norm if grads is raw else joint_norm(grads.values()))
    )
    memory = remembered(stack, raw, params)
    stack.settle(params, slots, memory, healthy, slopes.last if task.reading.carries else ())


class _Slopes(NamedTuple):
    """Of rows: gradients by weight, loss and objective (n,), the state after the last step."""

    grads: Tensors
    loss: Tensor
    objective: Tensor
    last: State


def _slopes(stack: Stack, span: Span, task: Task, batch: Batch) -> _Slopes:
    """Forward and back through one pass, of the rows of a span."""
    params, carried = span.take((stack.params, stack.tensors.carried))
    with stack.timed(span):
        task, batch = fed(stack, span, task, batch)
        while True:  # until the pass shows what the penalty asks for
            try:
                return _back(stack, span, task, batch, params, carried)
            except NotSeen as asked:
                if stack.shows.get(span.remedy) == str(asked):
                    raise _unannounced(stack, span) from asked
                stack.shows[span.remedy] = str(asked)


def _unannounced(stack: Stack, span: Span) -> Unclear:
    """What to say where a pass that nobody looks at was to show something."""
    wrong, allowed, advice = RULES["looks"]
    names = " or ".join(dict.fromkeys(trial.name for trial in span.rows(stack.trials)))
    return Unclear(
        f"{names}, in penalize at update {stack.done}: {wrong}. Allowed: {allowed}. {advice}"
    )


def _back(
    stack: Stack, span: Span, task: Task, batch: Batch, params: Tensors, carried: State
) -> _Slopes:
    rows, made = span.rows(range(len(stack.trials))), Made(stack, span)
    forward = stack.forward("pass", params, rows, dropout=True, make=made)  # reparametrize
    if "estimate" in span.remedy.acts_at:
        seen = forward.rolled(batch, task.asked, start=carried)
    elif span.remedy.looks_at_the_pass(stack.done):  # advance, carry
        shows = stack.shows.get(span.remedy)
        seen = forward.shown(batch, task.asked, start=carried, shows=shows)
    else:
        feed = fed_back(forward, task, batch)
        seen = forward.run(batch, task.asked, feed=feed, start=carried)
    outputs = forward.outputs(seen.features)
    loss = task.loss(outputs, batch)  # (n,)
    trajectory = Trajectory(seen.states, loss, seen.x, len(batch))
    if seen.parts:
        trajectory = Glimpse(
            Unseen(), loss, seen.x, len(batch), seen.parts, seen.pushes, seen.apart
        )
    penalty = forward.remedy.penalize(forward.weights, trajectory, forward.at)
    objective = loss if penalty is None else loss + penalty
    slopes = _by_weight(forward, objective, seen, outputs, made.weights, begins=not carried)
    for trace in stack.traces[span.first : span.end]:
        trace.engines.update([seen.choice])
    return _Slopes(made.back(slopes), loss.detach(), objective.detach(), seen.last)


def _by_weight(
    forward: Forward,
    objective: Tensor,
    seen: Pass,
    outputs: Tensor,
    weights: Tensors,
    *,
    begins: bool,
) -> list[Tensor]:
    """The gradient by the weights that the equation sees, each a leaf.

    begins: whether the pass begins as the cell does, not where an earlier window ended.
    """
    leaves = [*weights.values()]
    if seen.rolled is None:
        return [*torch.autograd.grad(objective.sum(), leaves, materialize_grads=True)]
    h, states = seen.rolled  # where the way back ends
    credit, errors, *direct = torch.autograd.grad(
        objective.sum(), [h, outputs, *leaves], materialize_grads=True
    )
    before = len(states) - 1 - credit.shape[-3]  # steps that are not read out
    beside = seen.x.shape[-2] - credit.shape[-2]  # batch padding
    credit, errors = (
        torch.nn.functional.pad(part, (0, 0, 0, beside, before, 0)) for part in (credit, errors)
    )
    values = {name: weight.detach() for name, weight in weights.items()}
    rollout = Rollout(values, seen.x, states, credit, errors, begins)
    through = forward.remedy.estimate(rollout, forward.at)
    return [part + through[name] for name, part in zip(weights, direct, strict=True)]


def _guarded(slopes: _Slopes, healthy: Tensor) -> tuple[Tensors, Tensor, Tensor]:
    """Gradients, their joint norm (S,), and the rows (S,) that are still healthy; 0 for others."""
    norm = joint_norm(slopes.grads.values())
    healthy = healthy & slopes.objective.isfinite() & norm.isfinite()
    return where(healthy, slopes.grads, None), norm, healthy


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
    remedy = stack.trials[0].remedy  # of one stack there is one way to solve
    W_out, b_out = remedy.solve(features, targets, shares, check)
    solved = stack.params | {"W_out": W_out.float(), "b_out": b_out.float()}
    stack.tensors = stack.tensors._replace(params=solved)
