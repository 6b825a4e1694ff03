"""The Triton source of one kernel: `forward` and `backward`, one program per trial.

The buffers are those of ../emit.py. A program walks through its trial's steps by itself; weights,
state and scratch memory stay in the caches of the processor that it runs on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from seqbench.engine.fused.emit import Backward, Forward, Function
from seqbench.engine.fused.gpu import helpers, numerics
from seqbench.engine.fused.gpu.pieces import BLOCK, LEAST, GpuMemory, block, rounded
from seqbench.engine.fused.gpu.schedule import GpuWriter
from seqbench.engine.fused.ir import Graph, Node
from seqbench.engine.fused.loops import Goal
from seqbench.engine.fused.plan import Plan

HEAD = "import triton\nimport triton.language as tl\n"


@dataclass(frozen=True)
class Emitted:
    """A step as a source in Triton, and what its functions must be given."""

    source: str
    tape: int  # numbers for each step
    scratch: dict[str, int]  # numbers for each trial, by function
    tables: dict[str, list[float]]  # constants, by function


def emit(plan: Plan, need_x: bool) -> Emitted:
    """The whole source. need_x: whether the gradient of x is wanted"""
    offsets, total = dict[Node, str](), 0
    for node in plan.tape:
        offsets[node] = f"(tape + {total})"
        total += rounded(node.size)
    functions = [_GpuForward(plan, offsets, total), _GpuBackward(plan, offsets, total)]
    functions[1].need_x = need_x
    parts = [HEAD, numerics.SOURCE, helpers.SOURCE]
    parts += ["\n".join(function.text()) for function in functions]
    return Emitted(
        "\n".join(parts) + "\n",
        total,
        {function.name: function.memory.arena for function in functions},
        {function.name: function.numbers() for function in functions},
    )


class _Gpu(Function):
    """What both functions share."""

    memory: GpuMemory
    need_x = False
    wishes: tuple[str, ...] = ()  # constants that choose what a launch does

    def __init__(self, plan: Plan, tape: dict[Node, str], length: int) -> None:
        super().__init__(plan, 0, tape, length)
        self.writer = GpuWriter(self.memory.names)
        self.memory = self.writer.memory

    def buffers(self) -> list[str]:
        """Names of the pointers, in the order of ../sequence.py."""
        inputs = [*self.plan.weights, self.plan.x, *self.plan.state]
        return [f"{node.op}_" for node in inputs] + ["tape_"]

    def numbers(self) -> list[float]:
        """All tables of constants, one after the other."""
        found = []
        for node in self.memory.tables:
            found += [*node.numbers, *[0.0] * (rounded(node.size) - node.size)]
        return found

    def text(self) -> Iterator[str]:
        body = list(self.body())
        names = [*self.buffers(), "arena_", "tables_", "steps"]
        names += [f"{wish}: tl.constexpr" for wish in self.wishes]
        yield '\n\n@triton.jit(do_not_specialize=["steps"])'
        yield f"def {self.name}({', '.join(names)}):"
        lines = ["trial = tl.program_id(0).to(tl.int64)"]
        lines += [f"arena = arena_ + trial * {self.memory.arena}", *self.memory.head]
        lines += [f"{w.op} = {w.op}_ + trial * {w.size}" for w in self.plan.weights]
        yield from _indented([*lines, *body])

    def moment(self, count: int = 0) -> Iterator[str]:
        """Pointers of step t."""
        yield f"x = x_ + (trial * steps + t) * {self.plan.x.size}"
        for k, part in enumerate(self.plan.state):
            yield f"s{k} = s{k}_ + (trial * (steps + 1) + t) * {part.size}"
            yield f"n{k} = s{k} + {part.size}"

    def put(self, source: Node, target: str, add: bool = False) -> list[str]:
        """Lines that copy or add."""
        return list(self.writer.together([Goal(source, target, add)], set()))

    def clear(self, node: Node, target: str) -> list[str]:
        return self.put(Graph().uniform(0.0, node.shape), target)


class _GpuForward(_Gpu, Forward):
    wishes = ("KEEP",)

    def body(self) -> Iterator[str]:
        yield from self.fixed()
        self.memory.names |= self.tape
        spare = self.memory.room(self.length)
        goals = [Goal(node, f"n{k}") for k, node in enumerate(self.plan.new)]
        before, inside = self.split(goals, self.plan.tape)
        yield from [*before, "t = 0", "while t < steps:"]
        yield from _indented([*self.moment(), f"tape = {spare}"])
        yield from _indented(["if KEEP:", f"    tape = {self.taped()}", *inside, "t += 1"])

    def taped(self) -> str:
        return f"tape_ + (trial * steps + t) * {self.length}"


class _GpuBackward(_Gpu, Backward):
    @property
    def wishes(self) -> tuple[str, ...]:  # type: ignore[override]
        return (*(f"G{k}" for k in range(len(self.plan.state))), "LIMITED")

    def buffers(self) -> list[str]:
        parts, weights = range(len(self.plan.state)), range(len(self.plan.weights))
        more = [*(f"g{k}_" for k in parts), "dx_", *(f"dw{n}_" for n in weights), "limits_"]
        return super().buffers() + more

    def body(self) -> Iterator[str]:
        plan = self.plan
        yield from self.fixed()
        before, inside = self.readied()
        yield from before
        for node in plan.sums:
            yield from self.clear(node, self.memory.names[node])
        rooms = [self.memory.room(2 * rounded(part.size)) for part in plan.state]
        for part, room in zip(plan.state, rooms, strict=True):
            yield from self.clear(part, room)
        yield from ["t = steps - 1", "while t >= 0:"]
        yield from _indented([*self.moment(), *self.turned(rooms), *self.limited()])
        yield from _indented([*self.added(), *inside, "t -= 1"])
        yield from self.finish()

    def moment(self, count: int = 0) -> Iterator[str]:
        yield from super().moment()
        yield f"tape = tape_ + (trial * steps + t) * {self.length}"
        yield f"dx = dx_ + (trial * steps + t) * {self.plan.x.size}"

    def turned(self, rooms: list[str]) -> Iterator[str]:
        """d: from step t + 1; o: for step t - 1. They take turns."""
        yield "turn = (steps - 1 - t) % 2"
        for k, (part, room) in enumerate(zip(self.plan.state, rooms, strict=True)):
            yield f"d{k} = {room} + turn * {rounded(part.size)}"
            yield f"o{k} = {room} + (1 - turn) * {rounded(part.size)}"

    def limited(self) -> Iterator[str]:
        """What step t + 1 hands back is shortened to the limit of step t, if there are limits."""
        given = {d: f"{size}, {block(size, BLOCK, LEAST)}" for d, size in self.handed.items()}
        yield "if LIMITED:"
        total = " + ".join(f"squared({d}, {z})" for d, z in given.items())
        lines = [
            "limit = tl.load(limits_ + trial * steps + t)",
            f"square = {total}",
            "tl.debug_barrier()",
        ]
        lines += [f"shorten({d}, square, limit, {z})" for d, z in given.items()]
        yield from _indented([*lines, "tl.debug_barrier()"] if given else ["pass"])

    def added(self) -> Iterator[str]:
        """What the readout of step t adds."""
        for k, part in enumerate(self.plan.state):
            g = Graph().input(f"g{k}", part.shape)
            self.memory.names[g] = f"g{k}"
            yield f"if G{k}:"
            start = f"g{k} = g{k}_ + (trial * steps + t) * {part.size}"
            yield from _indented([start, *self.put(g, f"d{k}", add=True)])

    def finish(self, first: int = 0) -> Iterator[str]:
        self.writer.done |= set(self.plan.sums)
        goals = []
        for n, (node, weight) in enumerate(zip(self.plan.last, self.plan.weights, strict=True)):
            yield f"dw{n} = dw{n}_ + trial * {weight.size}"
            goals.append(Goal(node, f"dw{n}"))
        yield from self.once(goals)


def _indented(lines: list[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)
