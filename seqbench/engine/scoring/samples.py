"""What networks say when they run freely, for people to look at."""

import torch
from torch import Tensor

from seqbench.engine.passes.forward import Forward
from seqbench.engine.streams import stream
from seqbench.task import Task
from seqbench.task.speaking import Sample, Speaking

TINY = torch.finfo(torch.float32).tiny
SEED = 0  # of the draws: the same for every trial


@torch.no_grad()
def samples(forward: Forward, task: Task) -> list[list[Sample]]:
    """The samples of every row of a stack; none where the task has no showcase."""
    if not isinstance(task, Speaking):
        return [[] for _ in range(forward.trials)]
    shown = task.showcase()
    device = forward.weights["W_out"].device
    some = shown.map(lambda part: part.to(device).expand(forward.trials, *part.shape))
    noise = _noise(task, (some.x.shape[-3], len(some), task.outputs)).to(device)
    seen = forward.run(some, "every", feed=forward.feed(task, some, noise))
    outputs = forward.outputs(seen.features) + noise
    return [task.show(row.cpu(), shown) for row in outputs]


def _noise(task: Speaking, shape: tuple[int, ...]) -> Tensor:
    if not task.draws:
        return torch.zeros(shape)
    u = torch.rand(shape, generator=stream(SEED, "samples")).clamp(TINY, 1 - 2**-24)
    return -(-u.log()).log() if task.draws == "gumbel" else u.logit()
