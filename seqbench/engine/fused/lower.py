"""From a traced graph of torch operations to ours: the list of what a kernel can do.

Operations that only look at the same numbers otherwise (slice, transpose, expand, ...) are not
listed: torch itself applies them to an empty tensor of the same layout, and we read the new one.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.fx import GraphModule
from torch.fx import Node as Call
from torch.fx.node import map_arg

from seqbench.engine.fused.ir import Node
from seqbench.engine.fused.operations import Operations, Value
from seqbench.engine.fused.record import Untraceable

POINT = {  # torch's name -> ours, where arguments go over one by one
    name: name
    for name in (
        "neg", "mul", "div", "sigmoid", "tanh", "exp", "expm1", "log", "log1p", "sin", "cos",
        "sqrt", "rsqrt", "abs", "sign", "floor", "reciprocal", "erf", "relu", "maximum", "minimum",
        "where", "eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_not",
        "remainder",
    )
}  # fmt: skip
POINT |= {
    "sgn": "sign",
    "bitwise_and": "logical_and",
    "bitwise_or": "logical_or",
    "bitwise_not": "logical_not",
}
SAME = {"clone", "detach", "alias", "lift_fresh_copy", "contiguous", "_to_copy"}
VIEW = {"_unsafe_view", "reshape"}
FILLED = {
    "zeros_like": 0.0, "ones_like": 1.0, "new_zeros": 0.0, "new_ones": 1.0, "full_like": None,
    "new_full": None,
}  # fmt: skip


def knows(operation: OpOverload) -> bool:
    """Whether a kernel can do it in one piece."""
    name = operation.overloadpacket.__name__
    return name in {*POINT, *SAME, *VIEW, *FILLED} or hasattr(Operations, f"op_{name}")


class Lowering(Operations):
    """Walks a traced graph once; `inputs` are our nodes for its placeholders."""

    def run(self, module: GraphModule, inputs: Sequence[Node]) -> list[list[Node]]:
        """Our nodes for what the graph returns, one list for every tuple."""
        env: dict[Call, Value] = {}
        waiting = iter(inputs)
        for call in module.graph.nodes:
            if call.op == "placeholder":
                env[call] = next(waiting)
            elif call.op == "get_attr":
                env[call] = getattr(module, str(call.target))
            elif call.op == "call_function":
                args, kwargs = _filled(call.args, env), _filled(call.kwargs, env)
                env[call] = self.call(call, args, kwargs)  # type: ignore[arg-type]
        outs = _filled(list(module.graph.nodes)[-1].args[0], env)
        groups = outs if isinstance(outs[0], list | tuple) else [outs]  # type: ignore[index]
        return [[self.node(out) for out in group] for group in groups]  # type: ignore[union-attr]

    def call(self, call: Call, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
        """What a traced call becomes: a node, or a value where no node is among its arguments."""
        target = call.target
        name = getattr(target, "overloadpacket", target).__name__  # type: ignore[union-attr]
        if name == "getitem":
            return args[0][args[1]]  # type: ignore[index]
        if not any(isinstance(arg, Node) for arg in _flat((*args, *kwargs.values()))):
            device = {"device": "cpu"} if "device" in kwargs else {}
            return target(*args, **(kwargs | device))  # type: ignore[operator]
        seen = call.meta.get("val")
        shape = tuple(seen.shape) if isinstance(seen, Tensor) else ()
        choice = name == "where" and all(_small(z) for z in args[1:])
        known = (
            choice
            or name == "sum"
            or not isinstance(seen, Tensor)
            or seen.dtype in (torch.float32, torch.bool)
        )
        if not known:
            raise Untraceable(f"its step makes {seen.dtype} numbers with {name}")  # type: ignore
        if name in FILLED:
            number = FILLED[name] if FILLED[name] is not None else args[-1]
            return self.graph.uniform(float(number), shape)  # type: ignore[arg-type]
        if name in POINT and not kwargs:
            return self.graph.point(POINT[name], self._parts(args), shape)
        if own := getattr(self, f"op_{name}", None):
            return own(shape, *args, **kwargs)
        if name in SAME:
            return args[0]
        if name in VIEW:
            target = torch.ops.aten.view.default
        return self._view(name, target, args, kwargs)  # type: ignore[arg-type]

    def _view(
        self,
        name: str,
        target: Callable[..., Tensor | list[Tensor]],
        args: tuple[Value, ...],
        kwargs: dict[str, Value],
    ) -> Value:
        node = args[0]
        assert isinstance(node, Node)
        try:
            seen = target(_empty(node), *args[1:], **kwargs)
        except RuntimeError:
            node = self.graph.copy(node)
            seen = target(_empty(node), *args[1:], **kwargs)
        parts = [seen] if isinstance(seen, Tensor) else list(seen)
        if not all(part._is_view() for part in parts):
            raise Untraceable(f"its step uses {name}, which a kernel does not know")
        found: list[Value] = [
            self.graph.view(
                node.base, tuple(part.shape), int(part.storage_offset()), tuple(part.stride())
            )
            for part in parts
        ]
        return found[0] if isinstance(seen, Tensor) else tuple(found)


def _filled(args: object, env: dict[Call, Value]) -> Value:
    return map_arg(args, env.__getitem__)  # type: ignore


def _empty(node: Node) -> Tensor:
    offset, strides = node.layout
    base = torch.empty(node.base.size, device="meta")
    return base.as_strided(node.shape, strides, offset)


def _small(value: Value) -> bool:
    """Whether these are numbers that a float32 holds, though they may be integers."""
    return not isinstance(value, Node) and bool(torch.as_tensor(value).abs().max() <= 2**24)


def _flat(values: Sequence[Value]) -> list[Value]:
    found: list[Value] = []
    for value in values:
        found += _flat(value) if isinstance(value, list | tuple) else [value]
    return found
