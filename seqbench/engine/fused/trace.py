"""From a cell's `step` to three graphs of elementary operations.

fixed   weights -> what the step needs of them, once per trial (transposes, blocks, exp(nu))
joint   (fixed, state, x, gradient of the new state) -> new state, gradients of fixed, state and x
finish  (weights, gradient of fixed) -> gradients of the weights, once per trial

All sizes are numbers: a kernel is made for one batch and one width.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch._decomp import core_aten_decompositions, get_decompositions
from torch._ops import OpOverload
from torch.fx import GraphModule, Node
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.node import map_arg

from seqbench.cell import Cell

Values = tuple[Tensor, ...]
Function = Callable[[Sequence[Tensor]], Values]


class Untraceable(Exception):
    """The step cannot become a kernel; the message says why, in one sentence."""


@dataclass(frozen=True)
class Traced:
    """The graphs and the order of what goes in and out."""

    weights: tuple[str, ...]  # names, of those that the step uses
    widths: tuple[int, ...]  # of every part of the state
    moving: tuple[bool, ...]  # of every part, whether it has a gradient: a clock has none
    fixed: GraphModule
    joint: GraphModule
    finish: GraphModule


def traced(cell: Cell, sizes: dict[str, int], batch: int, need_x: bool = False) -> Traced:
    """Trace one trial's step for a batch. sizes: I, H and O; need_x: whether x has a gradient

    Raises:
        Untraceable: the step branches on a number, or does what cannot be traced.
    """
    shapes = cell.shapes(sizes)
    x = torch.zeros(batch, sizes["I"])
    weights = {name: torch.zeros(shape) for name, shape in shapes.items()}
    state = tuple(part.clone() for part in cell.start(x, weights))  # one tensor each

    def step(*flat: Tensor) -> Values:
        params = dict(zip(shapes, flat, strict=False))
        return cell.step(params, flat[len(shapes) : -1], flat[-1])

    try:
        raw = make_fx(step, tracing_mode="fake")(*weights.values(), *state, x)
        halves = _Halves(raw, len(shapes))
        moving = _moving(cell, weights, state, x.clone().requires_grad_(need_x))
        return _pulled_back(halves, weights, state, x, moving)
    except Untraceable:
        raise
    except Exception as error:  # whatever the step or the tracer may raise
        reason = " ".join(str(error).split())[:200]
        raise Untraceable(f"its step cannot be traced ({reason})") from error


@torch.enable_grad()  # whoever asks for the kernel first
def _moving(cell: Cell, weights: dict[str, Tensor], state: Values, x: Tensor) -> tuple[bool, ...]:
    leaves = {name: weight.clone().requires_grad_() for name, weight in weights.items()}
    for _ in state:  # a part may be reached through another one
        state = cell.step(leaves, state, x)
    return tuple(part.requires_grad for part in state)


class _Halves:
    """A traced step, cut in two: what follows from the weights alone, and the rest."""

    def __init__(self, raw: GraphModule, weights: int) -> None:
        raw.graph.eliminate_dead_code()
        self.nodes, self.module = list(raw.graph.nodes), raw
        holders = [node for node in self.nodes if node.op == "placeholder"]
        self.weights = [node for node in holders[:weights] if node.users]
        self.used = [i for i, node in enumerate(holders[:weights]) if node.users]
        self.moving = holders[weights:]
        self.early = set(self.weights)  # follows from the weights
        late = set(self.moving)
        for node in self.nodes:
            if node.op == "call_function" and not late.intersection(node.all_input_nodes):
                if self.early.intersection(node.all_input_nodes):
                    self.early.add(node)
            elif node.op == "call_function":
                late.add(node)
        self.late, self.again = late, set[Node]()
        self.crossing = list(dict.fromkeys(self._crossing(self.nodes[-1:] + list(late))))
        self.crossing.sort(key=self.nodes.index)

    def _crossing(self, seekers: list[Node]) -> list[Node]:
        """Early numbers that the rest needs; what is not a float is worked out again there."""
        found = []
        for node in seekers:
            for need in node.all_input_nodes:
                if need in self.early and _is_float(need):
                    found.append(need)
                elif need in self.early and need not in self.again:
                    self.again.add(need)
                    found += self._crossing([need])
        return found

    def fixed(self, weights: Sequence[Tensor]) -> Values:
        env = dict(zip(self.weights, weights, strict=True))
        self._run(env, lambda node: node not in self.late)
        return tuple(env[node] for node in self.crossing)

    def live(self, values: Sequence[Tensor]) -> Values:
        env = dict(zip(self.crossing + self.moving, values, strict=True))
        self._run(env, lambda node: node not in self.early or node in self.again)
        return map_arg(self.nodes[-1].args[0], env.__getitem__)

    def _run(self, env: dict[Node, Tensor], wanted: Callable[[Node], bool]) -> None:
        for node in self.nodes:
            if node in env or not wanted(node):
                continue
            if node.op == "get_attr":
                env[node] = getattr(self.module, str(node.target))
            elif node.op == "call_function":
                args = map_arg(node.args, env.__getitem__)
                kwargs = map_arg(node.kwargs, env.__getitem__)
                env[node] = node.target(*args, **kwargs)


def _is_float(node: Node) -> bool:
    value = node.meta.get("val")
    return isinstance(value, Tensor) and value.is_floating_point()


def _pulled_back(
    halves: _Halves, weights: dict[str, Tensor], state: Values, x: Tensor, moving: tuple[bool, ...]
) -> Traced:
    names = [list(weights)[i] for i in halves.used]
    given = [weights[name] for name in names]
    values = [*(z.contiguous() for z in halves.fixed(given)), *state, x]
    outs = halves.live(values)
    if [part.shape for part in outs] != [part.shape for part in state]:
        raise Untraceable("its step changes the shape of the state")
    return Traced(
        weights=tuple(names),
        widths=tuple(part.shape[-1] for part in state),
        moving=moving,
        fixed=_graph(lambda *w: halves.fixed(w), given),
        joint=_graph(_with_gradient(halves.live, len(values)), [*values, *outs]),
        finish=_graph(
            lambda *z: _with_gradient(halves.fixed, len(given))(*z)[1],
            [*given, *values[: len(halves.crossing)]],
        ),
    )


def _with_gradient(function: Function, count: int) -> Callable[..., tuple[Values, Values]]:
    """(values, gradient of the results) -> results, gradient of the values"""

    def both(*flat: Tensor) -> tuple[Values, Values]:
        outs, pull, *_ = torch.func.vjp(lambda *values: function(values), *flat[:count])
        return outs, pull(tuple(flat[count:]))

    return both


def _graph(function: Callable[..., object], examples: list[Tensor]) -> GraphModule:
    distinct = [example.clone() for example in examples]  # one tensor is one placeholder
    made = make_fx(function, decomposition_table=_table(), tracing_mode="fake")(*distinct)
    if any(_mutates(node) for node in made.graph.nodes):
        pure = torch.func.functionalize(made, remove="mutations")
        made = make_fx(pure, tracing_mode="fake")(*distinct)
    made.graph.eliminate_dead_code()
    return made


def _mutates(node: Node) -> bool:
    schema = getattr(node.target, "_schema", None)
    return schema is not None and schema.is_mutable


@cache
def _table() -> dict[OpOverload, Callable[..., object]]:
    """How composite operations are broken down."""
    table = {**core_aten_decompositions(), **get_decompositions(_BROKEN_DOWN)}
    table[torch.ops.aten.var_mean.correction] = _var_mean
    return table


_BROKEN_DOWN = [
    getattr(torch.ops.aten, name)
    for name in (
        "native_layer_norm", "native_layer_norm_backward", "softplus", "softplus_backward",
        "gelu", "gelu_backward", "log_sigmoid_forward", "log_sigmoid_backward", "_softmax",
        "_softmax_backward_data", "slice_backward", "select_backward", "sigmoid_backward",
        "tanh_backward", "threshold_backward", "masked_fill", "addmm", "rsub", "stack", "silu",
        "silu_backward", "elu", "elu_backward", "hardtanh", "hardtanh_backward", "leaky_relu",
        "leaky_relu_backward", "_log_softmax", "_log_softmax_backward_data",
    )
]  # fmt: skip


def _var_mean(
    x: Tensor, dim: list[int] | None = None, *, correction: float = 1, keepdim: bool = False
) -> Values:
    axes = dim if dim is not None else list(range(x.dim()))
    count = 1
    for axis in axes:
        count *= x.shape[axis]
    mean = x.sum(axes, keepdim=True) / count
    var = (x - mean).square().sum(axes, keepdim=keepdim) / (count - correction)
    return var, mean if keepdim else mean.sum(axes)
