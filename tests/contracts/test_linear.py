"""Every cell whose memory is a linear recurrence says so, and no other one does."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import pad

from seqbench import registry
from seqbench.cell import Cell

SIZES = {"I": 3, "H": 4, "O": 2}
STEPS, SEQUENCES = 2, 4
KNOBS = [(name, {}) for name in registry.names("cells")] + [
    *(("rnn", {"activation": f}) for f in ("relu", "sigmoid", "modrelu")),
    *(("jordan", {"feedback": g}) for g in ("identity", "softmax")),
    ("indrnn", {"activation": "tanh"}),
    ("linoss", {"discretization": "implicit_explicit"}),
    ("min_lstm", {"candidate": "positive"}),
    ("ran", {"activation": "identity"}),
]


def slopes(cell: Cell, seed: int) -> Tensor:
    """The memory after some steps by the one before, at a random one: (N, units, N, units)

    N: the parts that are memory times the sequences. The other parts start as they always do; units
    that a narrower part lacks are 0.
    """
    stream = torch.Generator().manual_seed(0)
    shapes = cell.shapes(SIZES).items()
    params = {k: torch.randn(*v, generator=stream, dtype=torch.float64) for k, v in shapes}
    size = (STEPS, SEQUENCES, SIZES["I"])
    x = torch.randn(size, generator=stream, dtype=torch.float64)
    names, at_start = cell.memory or cell.state, cell.start(x[0], params)
    begun = dict(zip(cell.state, at_start, strict=True))
    widths = {name: begun[name].shape[-1] for name in names}

    def together(parts: dict[str, Tensor]) -> Tensor:
        most = max(widths.values())
        return torch.cat([pad(parts[name], (0, most - widths[name])) for name in names])

    def run(memory: Tensor) -> Tensor:
        parts = zip(names, memory.split(SEQUENCES), strict=True)
        past = begun | {name: part[:, : widths[name]] for name, part in parts}
        for x_t in x:
            state = cell.step(params, tuple(past.values()), x_t)
            past = dict(zip(cell.state, state, strict=True))
        return together(past)

    start = together(begun)
    drawn = torch.randn(start.shape, generator=torch.Generator().manual_seed(seed), dtype=x.dtype)
    return torch.autograd.functional.jacobian(run, 3 * drawn)


@pytest.mark.parametrize("cell", [registry.load_cell(*k) for k in KNOBS], ids=str)
def test_a_cell_says_whether_it_is_linear(cell: Cell) -> None:
    if cell.memory == ():  # what must not be mixed is no sum either
        assert not cell.linear
        return
    first, *others = (slopes(cell, seed) for seed in range(4))
    apart = torch.equal(first, first.diagonal(dim1=1, dim2=3).diag_embed(dim1=1, dim2=3))
    steady = all(torch.allclose(first, other, rtol=1e-9, atol=1e-12) for other in others)
    assert (apart and steady) == cell.linear
