"""Pieces of C: one loop over a run of pointwise operations, or one product; and their memory.

A loop reads each operand once, keeps what only the run itself needs in a register, and writes
the rest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from seqbench.engine.fused.ir import Node, Shape, broadcast, dense
from seqbench.engine.fused.numerics import POINT, literal
from seqbench.engine.fused.product import Layout, Product, product


@dataclass(frozen=True, eq=False)
class Goal:
    """Numbers that must end up somewhere: target (+)= source."""

    source: Node
    target: str
    add: bool = False
    offset: int = 0
    strides: Shape | None = None  # of the target; None: dense
    part_of: Node | None = None  # the join that this is a piece of


Item = Node | Goal


def operands(item: Item) -> list[Node]:
    """The nodes whose numbers are read to make an item."""
    return [item.source] if isinstance(item, Goal) else item.nodes


def shape_of(item: Item) -> Shape:
    """The shape of what an item makes."""
    return item.source.shape if isinstance(item, Goal) else item.shape


class Memory:
    """Where numbers are: C pointers by node, and scratch memory for the whole function."""

    def __init__(self, names: dict[Node, str]) -> None:
        self.names = names
        self.arena = 0  # numbers of scratch memory
        self.head: list[str] = []  # declarations before all loops
        self.tables: dict[Node, str] = {}  # constants

    def room(self, size: int) -> str:
        """Scratch memory for the whole function."""
        name = f"v{len(self.head)}"
        self.head.append(f"float *const {name} = arena + {self.arena};")
        self.arena += -(-size // 16) * 16
        return name

    def pointer(self, base: Node) -> str:
        """The C expression for where a dense node's numbers begin; makes room if there is none."""
        if base not in self.names:
            if base.kind == "const":
                self.names[base] = f"table{len(self.tables)}"
                self.tables[base] = ", ".join(map(literal, base.numbers))
            else:
                self.names[base] = self.room(base.size)
        return self.names[base]

    def layout(self, node: Node, shape: Shape) -> Layout:
        """Pointer, offset and strides that read a node as if it had `shape`."""
        return (self.pointer(node.base), *broadcast(node, shape))


def matrix(memory: Memory, node: Node, goal: Goal | None, lanes: int) -> Iterator[str]:
    """A sum of products, into its own memory or where a goal wants it."""
    target = goal.target if goal else memory.pointer(node)
    count = 2 * int(node.extra[0])
    factors = [
        (memory.layout(a, a.shape), memory.layout(b, b.shape), a.shape[1])
        for a, b in zip(node.nodes[:count:2], node.nodes[1:count:2], strict=True)
    ]
    plus = [memory.layout(z, node.shape) for z in node.nodes[count:]]
    rows, columns = node.shape
    yield from product(
        Product(rows, columns, factors, plus, target, bool(goal and goal.add)), lanes
    )


@dataclass(frozen=True)
class Run:
    """A run of pointwise operations on one shape, before it is written in some language."""

    made: list[Node]
    loads: list[Layout]
    stores: list[tuple[Layout, Node, bool]]  # where, what, whether it is added
    sizes: list[int]  # of the axes, neighbors merged where they can be
    strides: list[list[int]]  # along these, of all loads and then of all stores
    shape: Shape

    @property
    def places(self) -> list[tuple[Layout, list[int]]]:
        """What is read, then what is written, each with its strides."""
        layouts = [*self.loads, *(place for place, _, _ in self.stores)]
        return list(zip(layouts, self.strides, strict=True))

    def value(
        self, memory: Memory, arg: Node | float, write: Callable[[float], str], mark: str = ""
    ) -> str:
        """A number, or the register (l: loaded, a: made here) that an argument is in."""
        number = arg.number if isinstance(arg, Node) else arg
        if number is not None:
            return write(number)
        assert isinstance(arg, Node)
        if arg in self.made:
            return f"a{self.made.index(arg)}{mark}"
        return f"l{self.loads.index(memory.layout(arg, self.shape))}{mark}"


def run(memory: Memory, group: Sequence[Item], kept: set[Node]) -> Run:
    """What a group reads, makes and writes; kept: nodes that go to memory."""
    shape = shape_of(group[0])
    made = [item for item in group if isinstance(item, Node)]
    loads = dict.fromkeys(
        memory.layout(node, shape)
        for item in group
        for node in operands(item)
        if node not in made and node.number is None
    )
    stores = [_store(memory, item) for item in group if isinstance(item, Goal) or item in kept]
    layouts = [*loads, *(place for place, _, _ in stores)]
    sizes, strides = collapse(shape, [own for _, _, own in layouts])
    return Run(made, list(loads), stores, sizes, strides, shape)


def loop(memory: Memory, group: Sequence[Item], kept: set[Node]) -> Iterator[str]:
    """A run of pointwise operations on one shape; kept: nodes that go to memory."""
    found = run(memory, group, kept)
    at = [f"{z[0]}[{index(z[1], strides)}]" for z, strides in found.places]

    def value(arg: Node | float) -> str:
        return found.value(memory, arg, literal)

    for axis, size in enumerate(found.sizes):
        each = "EACH " if axis == len(found.sizes) - 1 else ""
        yield f"{each}for (int i{axis} = 0; i{axis} < {size}; i{axis}++)"
    reads = [f"const float l{n} = {place};" for n, place in enumerate(at[: len(found.loads)])]
    sums = [
        f"const float {value(z)} = {POINT[z.op].format(*map(value, z.args))};" for z in found.made
    ]
    writes = [
        f"{place} {'+=' if add else '='} {value(source)};"
        for (_, source, add), place in zip(found.stores, at[len(found.loads) :], strict=True)
    ]
    yield from ("{", *reads, *sums, *writes, "}")


def _store(memory: Memory, item: Item) -> tuple[Layout, Node, bool]:
    if isinstance(item, Node):
        return memory.layout(item, item.shape), item, False
    place = (item.target, item.offset, item.strides or dense(item.source.shape))
    return place, item.source, item.add


def index(offset: int, strides: Sequence[int]) -> str:
    """The C expression for a place in memory, by the loop variables i0, i1, ..."""
    terms = [f"i{axis} * {stride}" for axis, stride in enumerate(strides) if stride]
    return " + ".join([str(offset), *terms])


def collapse(shape: Shape, strides: Sequence[Shape]) -> tuple[list[int], list[list[int]]]:
    """Fewer, longer axes, where all agree that two lie one after the other."""
    sizes, merged = list[int](), [list[int]() for _ in strides]
    for axis, size in enumerate(shape):
        if size == 1:
            continue
        here = [z[axis] for z in strides]
        if sizes and all(m[-1] == z * size for m, z in zip(merged, here, strict=True)):
            sizes[-1] *= size
            for m, z in zip(merged, here, strict=True):
                m[-1] = z
        else:
            sizes.append(size)
            for m, z in zip(merged, here, strict=True):
                m.append(z)
    return sizes, merged
