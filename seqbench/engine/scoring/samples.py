"""What networks say when they run freely, for people to look at."""

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine.passes.choose import Passes
from seqbench.engine.passes.unroll import outputs
from seqbench.engine.streams import stream
from seqbench.engine.surroundings import entering, feeding, heard
from seqbench.remedy import At, Remedy
from seqbench.task import Sample, Task

TINY = torch.finfo(torch.float32).tiny
SEED = 0  # of the draws: the same for every trial


@torch.no_grad()
def samples(
    passes: Passes, params: Tensors, remedy: Remedy, task: Task, at: At
) -> list[list[Sample]]:
    """The samples of every row of a stack; none where the task has no showcase."""
    width = len(params["W_out"])
    shown = task.showcase()
    if shown is None:
        return [[] for _ in range(width)]
    weights = remedy.reparametrize(params, at)
    device = params["W_out"].device
    some = shown.map(lambda part: part.to(device).expand(width, *part.shape))
    noise = _noise(task, (some.x.shape[-3], len(some), task.outputs)).to(device)
    feed = feeding(at.cell, weights, task, some, noise)
    x = entering(at.cell, weights, some)
    h, _ = passes.hidden(at.cell, weights, x, remedy, at, "every", feed)
    said = outputs(weights, heard(at.cell, h, some)) + noise
    return [task.show(own.cpu(), shown) for own in said]


def _noise(task: Task, shape: tuple[int, ...]) -> Tensor:
    if not task.draws:
        return torch.zeros(shape)
    u = torch.rand(shape, generator=stream(SEED, "samples")).clamp(TINY, 1 - 2**-24)
    return -(-u.log()).log() if task.draws == "gumbel" else u.logit()
