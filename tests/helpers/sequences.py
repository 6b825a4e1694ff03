"""What the tests of engines share: weights and inputs, the loop over steps, and what comes out."""

from collections.abc import Callable

import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell

Run = Callable[[Cell, Tensors, Tensor], State]
_KNOBS = [(name, {}) for name in registry.names("cells")] + [
    *(("rnn", {"activation": f}) for f in ("relu", "sigmoid", "modrelu")),
    *(("jordan", {"feedback": g}) for g in ("identity", "softmax")),
    ("fsrnn", {"depth": 3}),
    ("indrnn", {"activation": "tanh"}),
    ("linoss", {"discretization": "implicit_explicit"}),
    ("lstm_1997", {"cut": True}),
    ("min_lstm", {"candidate": "positive"}),
    ("ran", {"activation": "identity"}),
    ("slstm", {"forget_gate": "exp"}),
    ("delta_net", {"eigenvalues": "-1..1"}),
    ("selective_ssm", {"numbers": 3}),
]
CELLS = [registry.load_cell(*k) for k in _KNOBS]


def drawn(
    cell: Cell, *, trials: int = 3, steps: int = 12, batch: int = 4, units: int = 8
) -> tuple[Tensors, Tensor]:
    """Initial weights, all of them a little off, and inputs."""
    stream, sizes = torch.Generator().manual_seed(0), {"I": 2, "H": units, "O": 2}
    born = [cell.initialize(sizes, stream) for _ in range(trials)]
    params = {k: torch.stack([weights[k] for weights in born]) for k in born[0]}
    params = {k: v + 0.1 * torch.randn(v.shape, generator=stream) for k, v in params.items()}
    return params, torch.randn(trials, steps, batch, 2, generator=stream)


def unrolled(cell: Cell, params: Tensors, x: Tensor) -> State:
    """The reference: one step after the other."""
    state, states = cell.start(x[:, 0], params), []
    for x_t in x.unbind(1):
        states.append(state := cell.step(params, state, x_t))
    return tuple(torch.stack(part, 1) for part in zip(*states, strict=True))


def results(run: Run, cell: Cell, params: Tensors, x: Tensor) -> dict[str, Tensor]:
    """Every state, and the gradients of x and the weights, each (S, ...), trial by trial."""
    leaves = {k: v.clone().requires_grad_() for k, v in (params | {"x": x}).items()}
    weights = {k: v for k, v in leaves.items() if k != "x"}
    states = run(cell, weights, leaves["x"])
    stream, loss = torch.Generator().manual_seed(1), x.new_zeros(())
    for part in states:
        slopes = torch.randn(part.shape[1:], generator=stream).to(part)
        loss = loss + (part * slopes).sum() if part.requires_grad else loss
    grads = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    found = {k: g for k, g in zip(leaves, grads, strict=True) if g is not None}
    return found | {f"state {n}": part.detach() for n, part in enumerate(states)}


def far(a: Tensor, b: Tensor) -> float:
    """Relative distance."""
    a, b = a.detach().double(), b.detach().double()
    return float((a - b).norm() / b.norm().clamp(min=1e-30))


def agree(ours: Tensors, theirs: Tensors, truth: Tensors) -> None:
    """Close to the steps in float32, and not further from the truth than these."""
    assert ours.keys() == theirs.keys()
    for name, true in truth.items():
        rounding = far(theirs[name], true)
        assert far(ours[name], theirs[name]) <= max(1e-5, 4 * rounding), name
        assert far(ours[name], true) <= 3 * rounding + 3e-7, name
