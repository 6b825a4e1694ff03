"""What is run of a task, so that one can see whether it is pure."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine.purity.experiment import TRIALS, prove, untouched
from seqbench.engine.purity.rules import impure
from seqbench.engine.purity.variants import TAME, WILD
from seqbench.engine.streams import stream
from seqbench.task import Batch, Task


def prove_task(task: Task, batch_of: Callable[[Sequence[int]], Batch]) -> None:
    """Refuse a task whose samples, loss or score are not pure.

    batch_of: the batches of some seeds, x (S, T, B, raw).

    Raises:
        Impure: names the line and the rule.
    """
    batch = batch_of(range(TRIALS))
    shape = batch.y.shape if batch.y.is_floating_point() else (*batch.y.shape, task.outputs)
    outputs = torch.randn(shape, generator=stream(0, "purity"))
    prove(task, "sample", lambda trials: _parts(batch_of(trials)))
    for sizes in (TAME, WILD):
        said = outputs * sizes.view(-1, *[1] * (outputs.dim() - 1))
        run = partial(_judged, task, batch, said)
        prove(task, "loss", run, wild=sizes is WILD)
    if not bool(_judged(task, batch, outputs, range(TRIALS))["slope"].any()):
        raise impure("outputs", task, "loss")


@torch.enable_grad()
def _judged(task: Task, batch: Batch, outputs: Tensor, trials: Sequence[int]) -> Tensors:
    index = torch.tensor([*trials])
    said, some = outputs[index].requires_grad_(), batch.map(lambda part: part[index])
    loss = untouched(task, "loss", task.loss, said, some)
    if loss.shape != (len(index),) or not loss.requires_grad:
        rule = "outputs" if loss.shape == (len(index),) else "shape"
        raise impure(rule, task, "loss", more=f"{tuple(loss.shape)}")
    (slope,) = torch.autograd.grad(loss.sum(), said)
    with torch.no_grad():
        score = untouched(task, "score", task.score, said.detach(), some)
    return {"loss": loss.detach(), "score": score, "slope": slope}


def _parts(batch: Batch) -> Tensors:
    return {name: part for name, part in vars(batch).items() if part is not None}
