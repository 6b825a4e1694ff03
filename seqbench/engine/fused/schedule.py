"""The order of work: what can be computed goes into as few loops as possible."""

from collections.abc import Iterable, Iterator, Sequence

from seqbench.engine.fused.ir import Node, dense
from seqbench.engine.fused.loops import (
    Goal,
    Item,
    Memory,
    loop,
    matrix,
    operands,
    shape_of,
)
from seqbench.engine.fused.numerics import CALLS
from seqbench.engine.fused.reduction import reduction


def needed(wanted: Iterable[Node], given: Iterable[Node]) -> list[Node]:
    """Every node to be computed, arguments first."""
    seen, order = set(given), list[Node]()
    stack = [(node.base, False) for node in wanted]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif node not in seen and node.kind not in ("input", "const"):
            seen.add(node)
            stack += [(node, True), *((arg.base, False) for arg in node.nodes)]
    return order


class Writer:
    """Turns goals into lines of C; `names` are the pointers of what exists.

    What depends on the language is in `alone`, `single`, `together` and the memory.
    """

    def __init__(self, lanes: int, names: dict[Node, str]) -> None:
        self.lanes, self.memory = lanes, Memory(names)
        self.done = set(names)
        self.direct: dict[Node, Goal] = {}

    def write(self, nodes: Sequence[Node], goals: Sequence[Goal], kept: set[Node]) -> Iterator[str]:
        """Everything that is to be computed, in an order in which it can be.

        kept: nodes that are read later, by somebody else
        """
        waiting: list[Item] = [*self._items(nodes, goals)]
        before, self.done = self.done, set(self.done)
        readers = [(arg, item) for item in waiting for arg in operands(item)]
        self._claim(waiting, readers)
        while waiting:
            group = self._next(waiting)
            assert group, "a circle in the graph"
            waiting = [item for item in waiting if item not in group]
            if self.alone(group[0]):
                yield from self.single(group[0])  # type: ignore[arg-type]
            else:
                inside = set(group)
                read = {node.base for node, item in readers if item not in inside}
                yield from self.together(group, kept | read)
            self.done |= {item for item in group if isinstance(item, Node)}
            parts = {item.part_of for item in waiting if isinstance(item, Goal)}
            ended = {item.part_of for item in group if isinstance(item, Goal) and item.part_of}
            self.done |= ended - parts
        self.done = before | kept

    def _items(self, nodes: Sequence[Node], goals: Sequence[Goal]) -> Iterator[Item]:
        for node in nodes:
            if node.kind != "join":
                yield node
                continue
            axis, place, offset = int(node.extra[0]), self.memory.pointer(node), 0
            for piece in node.nodes:
                yield Goal(piece, place, False, offset, dense(node.shape), node)
                offset += piece.shape[axis] * dense(node.shape)[axis]
        yield from goals

    def _claim(self, waiting: list[Item], readers: list[tuple[Node, Item]]) -> None:
        """A product that only one goal reads is written where the goal wants it."""
        bases = [node.base for node, _ in readers]
        for item in [*waiting]:
            if not isinstance(item, Goal) or item.source.kind != "product" or item.strides:
                continue
            if item.source not in self.memory.names and bases.count(item.source) == 1:
                self.direct[item.source] = item
                waiting.remove(item)

    def _next(self, waiting: list[Item]) -> list[Item]:
        for item in waiting:
            if self.alone(item) and self._ready(item, set()):
                return [item]
        group: list[Item] = []
        inside: set[Node] = set()
        for item in waiting:
            if group and shape_of(item) != shape_of(group[0]) or self.alone(item):
                continue
            if self._ready(item, inside):
                group.append(item)
                inside |= {item} if isinstance(item, Node) else set()
        return group

    def _ready(self, item: Item, inside: set[Node]) -> bool:
        return all(
            node.base in self.done
            or node.base.kind in ("input", "const")
            or (node in inside and node.shape == shape_of(item))
            for node in operands(item)
        )

    def alone(self, item: Item) -> bool:
        """Products, reductions and calls of the C library do not share a loop."""
        return isinstance(item, Node) and (item.kind != "point" or item.op in CALLS)

    def single(self, node: Node) -> Iterator[str]:
        """Lines for one node that stands alone."""
        if node.kind == "product":
            return matrix(self.memory, node, self.direct.get(node), self.lanes)
        if node.kind == "reduce":
            return reduction(self.memory, node)
        return self.together([node], {node})

    def together(self, group: Sequence[Item], kept: set[Node]) -> Iterator[str]:
        """Lines for a run of pointwise operations; kept: what goes to memory"""
        return loop(self.memory, group, kept)
