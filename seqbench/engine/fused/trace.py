"""From a cell's `step` to three graphs of elementary operations.

fixed   weights -> what the step needs of them, once per trial (transposes, blocks, exp(nu))
joint   (fixed, state, x, gradient of the new state) -> new state, gradients of fixed, state and x
finish  (weights, gradient of fixed) -> gradients of the weights, once per trial

All sizes are numbers: a kernel is made for one batch and one width.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.fx import GraphModule, Node
from torch.fx.node import map_arg

from seqbench.cell import Cell
from seqbench.engine.fused.breakdown import breakdown
from seqbench.engine.fused.record import Untraceable, recorded
from seqbench.engine.fused.tangent import Tangent

Values = tuple[Tensor, ...]
Function = Callable[[Sequence[Tensor]], Values]


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
        # what differentiates by itself is differentiated again: of elementary operations only
        pieces = breakdown if isinstance(cell, Tangent) else lambda operation: ()
        raw = recorded(step, [*weights.values(), *state, x], pieces)
        halves = _Halves(raw, len(shapes))
        moves = moving(cell, weights, state, x.clone().requires_grad_(need_x))
        return _pulled_back(halves, weights, state, x, moves)
    except Untraceable:
        raise
    except Exception as error:  # whatever the step or the tracer may raise
        reason = " ".join(str(error).split())[:200]
        raise Untraceable(f"its step cannot be traced ({reason})") from error


@torch.enable_grad()  # whoever asks for the kernel first
def moving(cell: Cell, weights: dict[str, Tensor], state: Values, x: Tensor) -> tuple[bool, ...]:
    """Of every part of the state, whether it has a gradient."""
    leaves = {name: weight.clone().requires_grad_() for name, weight in weights.items()}
    for _ in state:  # a part may be reached through another one
        state = cell.step(leaves, state, x)
    return tuple(part.requires_grad for part in state)


class _Halves:
    """A traced step, cut in two: what follows from the weights alone, and the rest."""

    def __init__(self, raw: GraphModule, weights: int) -> None:
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
        fixed=recorded(lambda *w: halves.fixed(w), given, breakdown),
        joint=recorded(_with_gradient(halves.live, len(values)), [*values, *outs], breakdown),
        finish=recorded(
            lambda *z: _with_gradient(halves.fixed, len(given))(*z)[1],
            [*given, *values[: len(halves.crossing)]],
            breakdown,
        ),
    )


def _with_gradient(function: Function, count: int) -> Callable[..., tuple[Values, Values]]:
    """(values, gradient of the results) -> results, gradient of the values"""

    @torch.enable_grad()
    def both(*flat: Tensor) -> tuple[Values, Values]:
        values = [value.detach().requires_grad_() for value in flat[:count]]
        outs = function(values)
        total = torch.zeros(())
        for out, slope in reversed(list(zip(outs, flat[count:], strict=True))):
            if out.requires_grad:
                end = out.view_as(out)  # the result itself may be on the way to another one
                end.register_hook(lambda one, slope=slope: slope)
                total = total + end.sum()
        if not total.requires_grad:
            return outs, tuple(torch.zeros_like(value) for value in values)
        found = torch.autograd.grad(total, values, create_graph=True, materialize_grads=True)
        return outs, found

    return both
