"""The C source of one kernel: `forward` and `backward` over trials and steps.

All buffers are dense: weights (S, rows, columns), x (S, T, B, I), every part of the state
(S, T + 1, B, width) with the start in front, the tape (S, T, numbers of one step).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from seqbench.engine.fused.ir import Node
from seqbench.engine.fused.loops import Goal
from seqbench.engine.fused.numerics import SOURCE
from seqbench.engine.fused.plan import Plan, reaches
from seqbench.engine.fused.schedule import Writer, needed


@dataclass(frozen=True)
class Emitted:
    """A step as a source in C."""

    source: str
    tape: int  # numbers for each step


def emit(plan: Plan, lanes: int, need_x: bool) -> Emitted:
    """The whole source. need_x: whether the gradient of x is wanted"""
    offsets, total = list[int](), 0
    for node in plan.tape:
        offsets.append(total)
        total += -(-node.size // 16) * 16
    kept = {node: f"tape + {offset}" for node, offset in zip(plan.tape, offsets, strict=True)}
    kept = {node: f"({place})" for node, place in kept.items()}
    forward, backward = Forward(plan, lanes, kept, total), Backward(plan, lanes, kept, total)
    backward.need_x = need_x
    parts = [SOURCE, *forward.text(), *backward.text()]
    return Emitted("\n".join(parts) + "\n", total)


class Function(ABC):
    """What both functions share: weights, what is fixed, the loop over trials."""

    name = ""

    def __init__(self, plan: Plan, lanes: int, tape: dict[Node, str], length: int) -> None:
        self.plan, self.tape, self.length = plan, tape, length
        names = {node: node.op for node in [*plan.weights, *plan.state, plan.x]}
        self.writer = Writer(lanes, names)
        self.memory = self.writer.memory
        self.moving = {*plan.state, plan.x, *plan.slopes}

    def text(self) -> Iterator[str]:
        """Lines of C."""
        body = list(self.body())
        yield f"int {self.name}(long first, long last, long steps, long keep, float *const *p) {{"
        yield f"float *arena = aligned_alloc(64, {self.memory.arena * 4 + 64});"
        yield "if (!arena) return 1;"
        yield from self.memory.head
        for node, numbers in self.memory.tables.items():
            yield f"static const float {self.memory.names[node]}[] = {{{numbers}}};"
        yield "for (long trial = first; trial < last; trial++) {"
        for n, weight in enumerate(self.plan.weights):
            yield f"const float *const {weight.op} = p[{n}] + trial * {weight.size};"
        yield from body
        yield "}"
        yield "free(arena);"
        yield "return 0; }"

    def fixed(self) -> Iterator[str]:
        """What the step needs of the weights; a weight that it reads as it is stays there."""
        goals, ready = list[Goal](), set[Node]()
        for node, source in zip(self.plan.fixed, self.plan.made, strict=True):
            if source in self.plan.weights:
                self.memory.names[node] = source.op
            else:
                self.memory.names[node] = self.memory.room(node.size)
                goals.append(Goal(source, self.memory.names[node]))
            self.memory.names.setdefault(source, self.memory.names[node])
            ready |= {node} if source.kind == "view" else {node, source}
        yield from self.once(goals)
        self.writer.done |= ready

    def once(self, goals: list[Goal]) -> Iterator[str]:
        """Lines outside the loop over time."""
        nodes = needed([goal.source for goal in goals], self.writer.done)
        yield from self.writer.write(nodes, goals, set())

    def split(self, goals: list[Goal], kept: list[Node]) -> tuple[list[str], list[str]]:
        """Lines before the loop over time and inside it."""
        wanted = [goal.source for goal in goals] + kept
        nodes, late = needed(wanted, self.writer.done), reaches(wanted, self.moving)
        early = [node for node in nodes if node not in late]
        inside = [node for node in nodes if node in late]
        before = list(self.writer.write(early, [], set(early)))
        return before, list(self.writer.write(inside, goals, set(kept)))

    @abstractmethod
    def body(self) -> Iterator[str]:
        """Lines inside the loop over trials."""

    def moment(self, count: int) -> Iterator[str]:
        """Pointers of step t; count: how many pointers stand before x."""
        x = self.plan.x
        yield f"const float *const x = p[{count}] + (trial * steps + t) * {x.size};"
        for k, part in enumerate(self.plan.state):
            place = f"p[{count + 1 + k}] + (trial * (steps + 1) + t) * {part.size}"
            yield f"float *const s{k} = {place}; float *const n{k} = s{k} + {part.size};"
        place = f"p[{count + 1 + len(self.plan.state)}]"
        yield f"float *const tape = {place} + (keep ? trial * steps + t : trial) * {self.length};"


class Forward(Function):
    """The pass forward: all steps, and on the tape what the pass back needs of each."""

    name = "forward"

    def body(self) -> Iterator[str]:
        """Lines of one trial: weights, first state, then the loop over time."""
        yield from self.fixed()
        self.memory.names |= self.tape
        goals = [Goal(node, f"n{k}") for k, node in enumerate(self.plan.new)]
        before, inside = self.split(goals, self.plan.tape)
        yield from before
        yield "for (long t = 0; t < steps; t++) {"
        yield from self.moment(len(self.plan.weights))
        yield from inside
        yield "}"


class Backward(Function):
    """The pass back: from the gradients of all states to those of weights, start and x."""

    name, need_x = "backward", False

    def body(self) -> Iterator[str]:
        """Lines of one trial: the loop over time from its end, then sums over all steps."""
        plan, parts = self.plan, len(self.plan.state)
        first = len(plan.weights) + 2 + parts  # pointers that forward has, too
        yield from self.fixed()
        before, inside = self.readied()
        yield from before
        for node in plan.sums:
            yield f"memset({self.memory.names[node]}, 0, {4 * node.size});"
        for k, part in enumerate(plan.state):
            rooms = self.memory.room(part.size), self.memory.room(part.size)
            yield f"float *d{k} = {rooms[0]}, *o{k} = {rooms[1]}, *swap{k};"
            yield f"memset(d{k}, 0, {4 * part.size});"
        yield "for (long t = steps - 1; t >= 0; t--) {"
        yield from self.moment(len(plan.weights))
        yield from self.bounded(first + parts + 1 + len(plan.weights))
        yield f"float *const dx = p[{first + parts}] + (trial * steps + t) * {plan.x.size};"
        for k, part in enumerate(plan.state):
            yield f"const float *const g{k} = p[{first + k}] + (trial * steps + t) * {part.size};"
            yield f"if (p[{first + k}]) EACH for (int n = 0; n < {part.size}; n++)"
            yield f"d{k}[n] += g{k}[n];"
        yield from inside
        for k in range(parts):
            yield f"swap{k} = d{k}; d{k} = o{k}; o{k} = swap{k};"
        yield "(void)dx; }"
        yield from self.finish(first + parts + 1)

    def readied(self) -> tuple[list[str], list[str]]:
        """Lines before the loop over time and inside it, once all that they read has a name."""
        plan = self.plan
        names = {node: f"n{k}" for k, node in enumerate(plan.new)} | self.tape
        names |= {node: node.op for node in plan.slopes}
        names |= {node: self.memory.room(node.size) for node in plan.sums}
        self.memory.names |= names
        self.writer.done |= set(names) - set(plan.sums)
        return self.split(self.goals(), [])

    @property
    def handed(self) -> dict[str, int]:
        """Names and sizes of the gradients that one step hands back to the one before."""
        parts = zip(self.plan.state, self.plan.moving, strict=True)
        return {f"d{k}": part.size for k, (part, moving) in enumerate(parts) if moving}

    def bounded(self, place: int) -> Iterator[str]:
        """What step t + 1 hands back is shortened to the limit of step t, if there are limits."""
        sizes = self.handed
        yield f"const float limit = p[{place}] ? p[{place}][trial * steps + t] : INFINITY;"
        yield "if (limit < INFINITY) {"
        squares = " + ".join(f"squared({z}, {n})" for z, n in sizes.items()) or "0"
        yield f"const float factor = shortened({squares}, limit);"
        for name, size in sizes.items():
            yield f"EACH for (int n = 0; n < {size}; n++)"
            yield f"{name}[n] = limit == 0 ? 0 : {name}[n] * factor;"
        yield "}"

    def goals(self) -> list[Goal]:
        """Where each result of a step back goes: sums, the state's gradient, x's."""
        plan = self.plan
        count = len(plan.fixed)
        found = []
        for node, place in zip(plan.back[:count], plan.sums, strict=True):
            found += _summands(node, self.memory.names[place])
        states = plan.back[count : count + len(plan.state)]
        found += [Goal(node, f"o{k}") for k, node in enumerate(states)]
        return found + [Goal(plan.back[-1], "dx")] * self.need_x

    def finish(self, first: int) -> Iterator[str]:
        """From the sums over all steps to the gradients of the weights."""
        self.writer.done |= set(self.plan.sums)
        goals = []
        for n, (node, weight) in enumerate(zip(self.plan.last, self.plan.weights, strict=True)):
            yield f"float *const dw{n} = p[{first + n}] + trial * {weight.size};"
            goals.append(Goal(node, f"dw{n}"))
        yield from self.once(goals)


def _summands(node: Node, place: str) -> list[Goal]:
    """Each product goes into the sum by itself."""
    if node.number == 0:
        return []
    split = node.op == "add" and all(arg.shape == node.shape for arg in node.nodes)
    if split and len(node.nodes) == 2:
        return [goal for arg in node.nodes for goal in _summands(arg, place)]
    return [Goal(node, place, add=True)]
