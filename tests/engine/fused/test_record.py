"""A recorded graph does what the function does, and what cannot be recorded is refused."""

import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seqbench.engine.fused.breakdown import OURS, breakdown
from seqbench.engine.fused.record import Untraceable, recorded
from seqbench.engine.fused.trace import _with_gradient

LOADED = """
import sys
import seqbench.jobs
from seqbench import registry
from seqbench.engine.fused.plan import plan
from seqbench.engine.fused.trace import traced

for name in registry.names("cells"):
    plan(traced(registry.load_cell(name), {"I": 2, "H": 8, "O": 1}, 4, True))
heavy = ("sympy", "torch._dynamo", "torch._inductor", "torch.fx.experimental.symbolic_shapes")
print([name for name in heavy if name in sys.modules])
"""


def test_no_cell_makes_torch_load_its_compiler() -> None:
    """That takes a second or two, in every process."""
    words = [sys.executable, "-c", LOADED]
    answer = subprocess.run(words, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def in_place(x: Tensor, w: Tensor) -> Tensor:
    y = torch.tanh(x) + 1
    y += w
    z = y * 2
    y.mul_(x)
    return y + z


def into_a_constant(x: Tensor, w: Tensor) -> Tensor:
    mask = torch.ones(x.shape[-1])
    mask[0] = 3
    y = x + mask
    mask[1] = 5
    return y + w * mask + torch.full(x.shape, 2.0).sub_(x)


def shared(x: Tensor, w: Tensor) -> tuple[Tensor, ...]:
    h = torch.sigmoid(x @ w.mT)
    return h, h, h * x, x, torch.ones(2), w.detach() * x


FUNCTIONS: dict[str, Callable[..., Tensor | tuple[Tensor, ...]]] = {
    **{f.__name__: f for f in (in_place, into_a_constant, shared)},
    "views of views": lambda x, w: x.mT[1:].mT.unsqueeze(0).chunk(2, -1)[0].sum() * w,
    "scalars": lambda x, w: 2 - x / 3 + torch.tensor(0.5) * w + torch.arange(4) + torch.pi,
    "a known number": lambda x, w: x * torch.arange(4.0).sum().item(),
    "softmax": lambda x, w: torch.softmax(x, -1) * w,
    "softplus": lambda x, w: functional.softplus(x) + functional.softplus(w, 2.0),
    "gelu": lambda x, w: functional.gelu(x) + functional.gelu(w, approximate="tanh"),
    "log_sigmoid": lambda x, w: functional.logsigmoid(x) * w,
    "relu": lambda x, w: torch.relu(x) * w + x.masked_fill(w > 0, 2.0),
    "layer norm": lambda x, w: functional.layer_norm(x, (4,), w[0], w[1]),
    "plain norm": lambda x, w: functional.layer_norm(x * w, (4, 4)),
    "clamp": lambda x, w: x.clamp(-0.5, 0.5) * w,
    "silu": lambda x, w: functional.silu(x) * w,
    "variance": lambda x, w: x * w.var(-1, keepdim=True, correction=1),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_graph_has_the_values_and_gradients_of_its_function(name: str) -> None:
    stream = torch.Generator().manual_seed(0)
    x, w = torch.randn(2, 4, 4, generator=stream)

    def function(values: Sequence[Tensor]) -> tuple[Tensor, ...]:
        outs = FUNCTIONS[name](*(value + 0 for value in values))
        return outs if isinstance(outs, tuple) else (outs,)

    slopes = [torch.randn(out.shape, generator=stream) for out in function((x, w))]
    whole = recorded(lambda *values: function(values), [0 * x, 0 * w], lambda operation: ())
    both = _with_gradient(lambda values: whole(*values), 2)
    made = recorded(both, [0 * x, 0 * w, *slopes], breakdown)
    used = {getattr(node.target, "_opname", "") for node in made.graph.nodes}
    assert not used & OURS.keys()
    outs, grads = made(x, w, *slopes)
    leaves = [z.clone().requires_grad_() for z in (x, w)]
    true = function(leaves)
    moving = [(out, slope) for out, slope in zip(true, slopes, strict=True) if out.requires_grad]
    total = sum((out * slope).sum() for out, slope in moving)
    slope = torch.autograd.grad(total, leaves, materialize_grads=True, allow_unused=True)
    torch.testing.assert_close([*outs, *grads], [*true, *slope])


def into_a_slice(x: Tensor) -> Tensor:
    y = torch.zeros_like(x)
    y[..., 1:] = x[..., :-1]
    return y + x


def leaked(x: Tensor) -> Tensor:
    part = torch.zeros(4, 4)
    part[0].add_(x[0])
    return part * 2 + x


REFUSED: dict[str, Callable[[Tensor], Tensor]] = {
    "numbers (if)": lambda x: x if x.sum() > 0 else -x,
    "numbers (item)": lambda x: x * x[0, 0].item(),
    "tolist": lambda x: x + torch.tensor(x.tolist()),
    "numpy": lambda x: x + torch.from_numpy(x.numpy()),
    "numbers (equal)": lambda x: x if torch.equal(x, x) else -x,
    "random": lambda x: x * torch.rand(4),
    "random (dropout)": lambda x: functional.dropout(x, 0.5),
    "shape": lambda x: x.clone().unsqueeze_(0),
    "writes (given)": lambda x: x.mul_(2),
    "writes (out)": lambda x: torch.mul(x, x, out=torch.zeros(4, 4)),
    "writes (slice)": into_a_slice,
    "constant": leaked,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_graph_says_why(name: str) -> None:
    with pytest.raises(Untraceable, match=name.split(" ")[0]):
        recorded(REFUSED[name], [torch.zeros(4, 4)], breakdown)
