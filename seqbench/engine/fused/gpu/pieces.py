"""Pieces of Triton: one run of pointwise operations, one reduction, one sum of products.

A piece works on blocks, whose sizes are powers of two; what lies beyond the numbers is masked. All
threads of a program wait for each other after every piece: what one writes another may read.
Names are never used twice: a variable in a loop keeps its first type.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from math import prod

from seqbench.engine.fused.gpu.numerics import POINT, literal
from seqbench.engine.fused.ir import Node, dense
from seqbench.engine.fused.loops import Goal, Item, Memory, Run, run
from seqbench.engine.fused.product import Layout

BLOCK = 2048  # numbers that all threads of a program hold at once
ROWS, COLUMNS, DEPTH = 32, 64, 32  # the largest tile of a product
LEAST = 16  # of what the hardware multiplies; thinner factors go one column at a time


class GpuMemory(Memory):
    """Scratch memory of one trial; tables of constants lie in a buffer of their own."""

    def __init__(self, names: dict[Node, str]) -> None:
        super().__init__(names)
        self.fresh = count()

    def room(self, size: int) -> str:
        name = f"v{len(self.head)}"
        self.head.append(f"{name} = arena + {self.arena}")
        self.arena += rounded(size)
        return name

    def pointer(self, base: Node) -> str:
        """Where a node's numbers begin; a constant is given a place in the tables."""
        if base.kind == "const" and base not in self.names:
            self.names[base] = f"(tables_ + {sum(rounded(node.size) for node in self.tables)})"
            self.tables[base] = ""
        return super().pointer(base)


def rounded(size: int) -> int:
    """Room for `size` numbers, so that what follows begins where a vector may."""
    return -(-size // 16) * 16


def block(size: int, most: int, least: int = 1) -> int:
    """The power of two that holds `size`, within bounds that are powers of two."""
    return min(most, max(least, 1 << (size - 1).bit_length()))


def place(number: str, sizes: Sequence[int], strides: Sequence[int]) -> str:
    """Where element `number` of an array of these sizes lies; always a block."""
    if tuple(strides) == dense(tuple(sizes)) and strides:
        return number
    terms = []
    for axis, stride in enumerate(strides):
        after, size = prod(sizes[axis + 1 :]), sizes[axis]
        part = number if after == 1 else f"{number} // {after}"
        part = part if axis == 0 else f"{part} % {size}"
        part = part if stride == 1 else f"{part} * {stride}"
        terms += [part] * (stride != 0 and size != 1)
    return " + ".join(terms or [f"{number} * 0"])


def _over(name: str, size: int, step: int, lines: list[str]) -> list[str]:
    """The lines for every block; `name` is where it starts."""
    if size <= step:
        return [f"{name} = 0", *lines]
    return [f"for {name} in range(0, {size}, {step}):", *(f"    {line}" for line in lines)]


def loop(memory: GpuMemory, group: Sequence[Item], kept: set[Node]) -> Iterator[str]:
    """A run of pointwise operations on one shape; kept: nodes that go to memory."""
    found, mark = run(memory, group, kept), f"_{next(memory.fresh)}"
    size, n, inside = prod(found.sizes), f"n{mark}", f"inside{mark}"
    step = block(size, BLOCK, LEAST)

    def number(z: float) -> str:
        return f"tl.full(({step},), {literal(z)}, tl.float32)"

    def value(arg: Node | float) -> str:
        return found.value(memory, arg, number, mark)

    wheres = [place(n, found.sizes, strides) for _, strides in found.places]
    names = {text: f"i{k}{mark}" for k, text in enumerate(dict.fromkeys(wheres))}
    at = [
        f"{pointer} + {offset} + {names[text]}"
        for ((pointer, offset, _), _), text in zip(found.places, wheres, strict=True)
    ]
    lines = [f"{n} = start{mark} + tl.arange(0, {step})", f"{inside} = {n} < {size}"]
    lines += [f"{name} = {text}" for text, name in names.items()]
    reads = enumerate(at[: len(found.loads)])
    lines += [f"l{k}{mark} = tl.load({z}, mask={inside}, other=0.0)" for k, z in reads]
    lines += [f"{value(z)} = {POINT[z.op].format(*map(value, z.args))}" for z in found.made]
    lines += _stores(found, at[len(found.loads) :], inside, value)
    yield from _over(f"start{mark}", size, step, lines)


def _stores(found: Run, at: list[str], inside: str, value: Callable[[Node], str]) -> Iterator[str]:
    """What is added twice to the same numbers is added by threads that wait for each other."""
    touched = set[str]()
    for ((pointer, *_), source, add), target in zip(found.stores, at, strict=True):
        if add and pointer in touched:
            yield "tl.debug_barrier()"
        touched.add(pointer)
        old = f"tl.load({target}, mask={inside}, other=0.0) + " if add else ""
        yield f"tl.store({target}, {old}{value(source)}, mask={inside})"


def reduction(memory: GpuMemory, node: Node) -> Iterator[str]:
    """A sum or a maximum over some axes: block by block, then within the block."""
    (x,), mark, kept, size = node.nodes, f"_{next(memory.fresh)}", node.size, node.nodes[0].size
    over, first = size // kept, literal(0.0 if node.op == "sum" else -float("inf"))
    wide = block(over, BLOCK // LEAST)
    tall = block(kept, BLOCK // wide)
    q, r, z, all_ = (f"{letter}{mark}" for letter in ("q", "r", "z", "all"))
    axes: list[list[int]] = [[], []]
    for axis in range(len(x.shape)):
        axes[axis in node.extra].append(axis)
    pointer, offset, strides = memory.layout(x, x.shape)
    at = [
        place(name, [x.shape[axis] for axis in mine], [strides[axis] for axis in mine])
        for name, mine in zip((q, r), axes, strict=True)
    ]
    inner = [
        f"{r} = by{mark} + tl.arange(0, {wide})[None, :]",
        f"{z} = tl.load({pointer} + {offset} + {at[0]} + {at[1]}, "
        f"mask=({q} < {kept}) & ({r} < {over}), other={first})",
        f"{all_} = {all_} + {z}" if node.op == "sum" else f"{all_} = f_maximum({all_}, {z})",
    ]
    result = f"tl.sum({all_}, 1)" if node.op == "sum" else f"most({all_})"
    lines = [
        f"{q} = start{mark} + tl.arange(0, {tall})[:, None]",
        f"{all_} = tl.full(({tall}, {wide}), {first}, tl.float32)",
        *_over(f"by{mark}", over, wide, inner),
        f"tl.store({memory.pointer(node)} + {q}, {result}[:, None], mask={q} < {kept})",
    ]
    yield from _over(f"start{mark}", kept, tall, lines)


def product(memory: GpuMemory, node: Node, goal: Goal | None) -> Iterator[str]:
    """A sum of products, into its own memory or where a goal wants it."""
    mark, (rows, columns), many = f"_{next(memory.fresh)}", node.shape, 2 * int(node.extra[0])
    tall, wide = block(rows, ROWS, LEAST), block(columns, COLUMNS, LEAST)
    c, i, j, at, inside = (f"{name}{mark}" for name in ("c", "i", "j", "at", "inside"))
    target = goal.target if goal else memory.pointer(node)
    lines = [
        f"{i} = row{mark} + tl.arange(0, {tall})",
        f"{j} = column{mark} + tl.arange(0, {wide})",
        f"{at} = {target} + {i}[:, None] * {columns} + {j}[None, :]",
        f"{inside} = ({i}[:, None] < {rows}) & ({j}[None, :] < {columns})",
        f"{c} = tl.zeros(({tall}, {wide}), tl.float32)",
    ]
    for made in node.nodes[many:]:
        pointer, offset, (down, across) = memory.layout(made, node.shape)
        element = f"{pointer} + {offset} + {i}[:, None] * {down} + {j}[None, :] * {across}"
        lines.append(f"{c} += tl.load({element}, mask={inside}, other=0.0)")
    for a, b in zip(node.nodes[:many:2], node.nodes[1:many:2], strict=True):
        sizes = f"{rows}, {columns}, {a.shape[1]}, {block(a.shape[1], DEPTH, LEAST)}"
        name = "dot" if a.shape[1] >= LEAST else "thin"
        left, right = (memory.layout(z, z.shape) for z in (a, b))
        factors = f"{_start(left)}, {_start(right)}, {i}, {j}, {sizes}"
        strides = ", ".join(map(str, (*left[2], *right[2])))
        lines.append(f"{c} = {name}({c}, {factors}, {strides})")
    old = f"tl.load({at}, mask={inside}, other=0.0) + " if goal and goal.add else ""
    lines.append(f"tl.store({at}, {old}{c}, mask={inside})")
    lines = _over(f"column{mark}", columns, wide, lines)
    yield from _over(f"row{mark}", rows, tall, lines)


def _start(layout: Layout) -> str:
    return f"{layout[0]} + {layout[1]}"
