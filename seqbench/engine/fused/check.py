"""A kernel against the loop over steps, on a little noise: only what was seen to agree trains."""

from collections.abc import Callable

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell

TRIALS, STEPS = 3, 6
NEAR = 1e-3  # relative; rounding is a hundredth of it, a mistake a hundred times as much
Run = Callable[[Cell, Tensors, Tensor], State]


@torch.enable_grad()  # whoever asks for the kernel first
def disagreement(
    cell: Cell, run: Run, sizes: dict[str, int], batch: int, need_x: bool, device: torch.device
) -> str | None:
    """What `run` and the steps do not agree on, in a clause; None if on states and gradients."""
    stream = torch.Generator().manual_seed(0)
    born = [cell.initialize(sizes, stream) for _ in range(TRIALS)]
    params = {k: torch.stack([weights[k] for weights in born]) for k in born[0]}
    params = {k: (v + 0.1 * torch.randn(v.shape, generator=stream)) for k, v in params.items()}
    x = torch.randn(TRIALS, STEPS, batch, sizes["I"], generator=stream)
    given = {k: v.to(device) for k, v in (params | {"x": x}).items()}
    found = [_results(way, cell, given, need_x) for way in (run, run, _by_steps)]
    for name, results in _together(found).items():
        if not torch.equal(results[0].isfinite(), results[2].isfinite()):
            return f"its kernel disagrees with its step ({name})"
        ours, again, theirs = (part.nan_to_num(0, 0, 0) for part in results)
        if not torch.equal(ours, again):
            return f"its kernel does not repeat itself ({name})"
        if not (ours - theirs).norm() <= NEAR * theirs.norm() + 1e-6:
            return f"its kernel disagrees with its step ({name})"
    return None


def _by_steps(cell: Cell, params: Tensors, x: Tensor) -> State:
    state, states = cell.start(x[:, 0], params), []
    for x_t in x.unbind(1):
        states.append(state := cell.step(params, state, x_t))
    return tuple(torch.stack(part, 1) for part in zip(*states, strict=True))


def _results(run: Run, cell: Cell, given: Tensors, need_x: bool) -> Tensors:
    """States, and gradients of a sum of what is read out with weights 1, 2, 3, ..."""
    leaves = {k: v.clone().requires_grad_(need_x or k != "x") for k, v in given.items()}
    wanted = {k: v for k, v in leaves.items() if v.requires_grad}
    states = run(cell, {k: v for k, v in leaves.items() if k != "x"}, leaves["x"])
    h = states[0]
    weights = torch.arange(1, h[0].numel() + 1, device=h.device).view(h.shape[1:]) / h[0].numel()
    grads = torch.autograd.grad((h * weights).sum(), list(wanted.values()), materialize_grads=True)
    slopes = {f"gradient of {k}": g for k, g in zip(wanted, grads, strict=True)}
    return slopes | {f"state {n}": part.detach() for n, part in enumerate(states)}


def _together(found: list[Tensors]) -> dict[str, list[Tensor]]:
    return {name: [results[name] for results in found] for name in found[0]}
