"""What torch's operations mean in our few kinds of node: those that do not go over one by one."""

from collections.abc import Sequence

import torch
from torch import Tensor

from seqbench.engine.fused.ir import Graph, Node, Shape
from seqbench.engine.fused.record import Untraceable

Value = Node | Tensor | float | None | tuple["Value", ...] | list["Value"]


class Operations:
    """`op_name(shape of the result, *arguments)` for torch's operation of that name."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def node(self, value: Value) -> Node:
        """A tensor of numbers known now, as a node."""
        if isinstance(value, Node):
            return value
        assert isinstance(value, Tensor)
        numbers = tuple(value.double().flatten().tolist())
        if len(set(numbers)) == 1:
            return self.graph.uniform(numbers[0], tuple(value.shape))
        return self.graph.make("const", "array", (), tuple(value.shape), numbers)

    def _parts(self, args: Sequence[Value]) -> tuple[Node | float, ...]:
        return tuple(self.node(z) if isinstance(z, Tensor) else z for z in args)  # type: ignore

    def op_add(self, shape: Shape, a: Value, b: Value, alpha: float = 1) -> Node:
        """a + alpha b."""
        return self.graph.point("add", self._parts((a, self._times(b, alpha))), shape)

    def op_sub(self, shape: Shape, a: Value, b: Value, alpha: float = 1) -> Node:
        """a - alpha b."""
        return self.graph.point("sub", self._parts((a, self._times(b, alpha))), shape)

    def op_rsub(self, shape: Shape, a: Value, b: Value, alpha: float = 1) -> Node:
        """b - alpha a."""
        return self.op_sub(shape, b, a, alpha)

    def _times(self, value: Value, alpha: float) -> Value:
        if alpha == 1:
            return value
        (node,) = self._parts([value])
        if not isinstance(node, Node):
            return node * alpha
        return self.graph.point("mul", (node, alpha), node.shape)

    def op_pow(self, shape: Shape, a: Value, power: Value) -> Node:
        """a to a power; a product or a root where the power is 2 or 0.5."""
        if power == 2:
            return self.graph.point("mul", self._parts((a, a)), shape)
        if power == 0.5:
            return self.graph.point("sqrt", self._parts((a,)), shape)
        return self.graph.point("pow", self._parts((a, power)), shape)

    def op_square(self, shape: Shape, a: Value) -> Node:
        """a times a."""
        return self.op_pow(shape, a, 2)

    def op_clamp(self, shape: Shape, a: Value, low: Value = None, high: Value = None) -> Node:
        """a held between two bounds, of which each may be missing."""
        if low is not None:
            a = self.graph.point("maximum", self._parts((a, low)), shape)
        if high is not None:
            a = self.graph.point("minimum", self._parts((a, high)), shape)
        return self.node(a)

    def op_clamp_min(self, shape: Shape, a: Value, low: Value) -> Node:
        """a, but at least `low`."""
        return self.op_clamp(shape, a, low)

    def op_clamp_max(self, shape: Shape, a: Value, high: Value) -> Node:
        """a, but at most `high`."""
        return self.op_clamp(shape, a, None, high)

    def op_mm(self, shape: Shape, a: Value, b: Value) -> Node:
        """The product of two matrices."""
        left, right = self.node(a), self.node(b)
        if right.layout[1][1] != 1:  # columns must lie beside each other to be read as vectors
            right = self.graph.copy(right)
        return self.graph.make("product", "", (left, right), shape, (1,))

    def op_cat(self, shape: Shape, parts: list[Value], axis: int = 0) -> Node:
        """Pieces side by side along an axis."""
        return self.graph.make("join", "", self._parts(parts), shape, (axis % len(shape),))

    def op_slice_scatter(
        self, shape: Shape, a: Value, b: Value, axis: int = 0, start: int = 0, *rest: int
    ) -> Node:
        """A uniform array with one slice replaced by b.

        Raises:
            Untraceable: what is written into is not uniform, or the slice skips elements.
        """
        whole, part = self.node(a), self.node(b)
        sides = []
        if whole.number is None or rest[1:] not in ((), (1,)):
            raise Untraceable("its step writes into a slice, which a kernel does not know")
        start += shape[axis] if start < 0 else 0  # counted from the end
        for size in (start, shape[axis] - start - part.shape[axis]):
            sides.append(self.graph.uniform(whole.number, _resized(shape, axis, size)))
        pieces = [z for z in (sides[0], part, sides[1]) if z.shape[axis]]
        return self.op_cat(shape, pieces, axis)  # type: ignore[arg-type]

    def op_sum(
        self, shape: Shape, a: Value, axes: Value = None, keepdim: bool = False, op: str = "sum"
    ) -> Node:
        """The sum over these axes; None: over all."""
        node = self.node(a)
        count = len(node.shape)
        listed = [axes] if isinstance(axes, int) else list(axes or range(count))  # type: ignore
        over = {int(axis) % count for axis in listed}
        kept = tuple(1 if axis in over else n for axis, n in enumerate(node.shape))
        made = self.graph.make("reduce", op, (node,), kept, tuple(sorted(over)))
        return made if keepdim else self.graph.view(made, shape, 0, _without(kept, over))

    def op_amax(self, shape: Shape, a: Value, axes: Value = None, keepdim: bool = False) -> Node:
        """The largest element over these axes."""
        return self.op_sum(shape, a, axes, keepdim, "amax")

    def op_mean(self, shape: Shape, a: Value, axes: Value = None, keepdim: bool = False) -> Node:
        """The mean over these axes."""
        total = self.op_sum(shape, a, axes, keepdim)
        return self.graph.point("div", (total, self.node(a).size / total.size), shape)


def _resized(shape: Shape, axis: int, size: int) -> Shape:
    return (*shape[:axis], size, *shape[axis + 1 :])


def _without(kept: Shape, over: set[int]) -> Shape:
    strides = torch.empty(kept, device="meta").stride()
    return tuple(int(s) for axis, s in enumerate(strides) if axis not in over)
