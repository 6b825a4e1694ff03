"""Our own graph: few kinds of node, each with a shape in numbers. Equal nodes are one node.

input    a buffer that is there; op: its name
const    numbers known now; extra: all of them, or one for all (op "uniform")
point    one operation on every element; arguments are numbers or broadcast to the shape
view     the same numbers in another order; extra: (offset, *strides) into its dense argument
product  a1 @ b1 + a2 @ b2 + ... + what is left of the arguments, each a matrix or a row;
         extra: how many factors
reduce   sum or amax over axes; extra: the axes; the shape keeps them as 1
join     pieces beside each other; extra: the axis
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

Shape = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Node:
    """A node of the graph; what its parts mean depends on its kind (see above)."""

    kind: str
    op: str
    args: tuple[Node | float, ...]
    shape: Shape
    extra: tuple[float, ...] = ()

    @property
    def nodes(self) -> list[Node]:
        """The arguments that are nodes."""
        return [arg for arg in self.args if isinstance(arg, Node)]

    @property
    def base(self) -> Node:
        """The dense node whose numbers these are."""
        return self.nodes[0] if self.kind == "view" else self

    @property
    def layout(self) -> tuple[int, Shape]:
        """Offset and strides into the base."""
        if self.kind != "view":
            return 0, dense(self.shape)
        offset, *strides = (int(z) for z in self.extra)
        return offset, tuple(strides)

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)

    @property
    def number(self) -> float | None:
        """The number that all elements are known to be."""
        return self.extra[0] if self.op == "uniform" else None

    @property
    def numbers(self) -> tuple[float, ...]:
        """All numbers of a constant."""
        return self.extra * (self.size // len(self.extra))


def dense(shape: Shape) -> Shape:
    """Strides of rows one after the other."""
    return tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))


def broadcast(node: Node, shape: Shape) -> tuple[int, Shape]:
    """Offset and strides that read `node` as if it had `shape`."""
    offset, strides = node.layout
    missing = len(shape) - len(node.shape)
    pairs = zip(node.shape, strides, strict=True)
    return offset, (0,) * missing + tuple(0 if size == 1 else stride for size, stride in pairs)


class Graph:
    """Makes nodes, every distinct one once."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Node] = {}

    def make(
        self,
        kind: str,
        op: str,
        args: tuple[Node | float, ...],
        shape: Shape,
        extra: tuple[float, ...] = (),
    ) -> Node:
        """The node with these parts: the one that was made before, if there is one."""
        key = (kind, op, args, tuple(map(type, args)), shape, tuple(map(repr, extra)))
        return self._made.setdefault(key, Node(kind, op, args, shape, extra))

    def input(self, name: str, shape: Shape) -> Node:
        """A buffer that is there, by its name."""
        return self.make("input", name, (), shape)

    def uniform(self, number: float, shape: Shape) -> Node:
        """The same number everywhere."""
        return self.make("const", "uniform", (), shape, (float(number),))

    def view(self, base: Node, shape: Shape, offset: int, strides: Shape) -> Node:
        """The numbers of a dense node in another order; itself where the order is its own."""
        if (shape, offset, strides) == (base.shape, 0, dense(base.shape)):
            return base
        return self.make("view", "", (base,), shape, (offset, *strides))

    def copy(self, node: Node) -> Node:
        """The same numbers, dense."""
        return node if node.kind != "view" else self.make("point", "copy", (node,), node.shape)

    def point(self, op: str, args: tuple[Node | float, ...], shape: Shape) -> Node:
        """A pointwise operation; adding 0 and multiplying by 1 are left out."""
        plain = tuple(_plain(arg) for arg in args)
        neutral = {"add": 0.0, "mul": 1.0}.get(op)
        for mine, other in ((0, 1), (1, 0)) if neutral is not None else ():
            kept = plain[other]
            if plain[mine] == neutral and isinstance(kept, Node) and kept.shape == shape:
                return kept
        return self.make("point", op, plain, shape)


def _plain(arg: Node | float) -> Node | float:
    if not isinstance(arg, Node):
        return float(arg)
    return arg if arg.number is None else arg.number
