"""What the two functions compute, and what the first keeps on a tape for the second.

The tape has the results of products, reductions and costly functions; what else the pass
backward needs it computes again from these, and states it reads where they were written.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seqbench.engine.fused.ir import Graph, Node
from seqbench.engine.fused.lower import Lowering
from seqbench.engine.fused.numerics import COSTLY
from seqbench.engine.fused.trace import Traced


@dataclass(frozen=True)
class Plan:
    """Inputs and results of the three graphs, as nodes of one graph."""

    weights: list[Node]
    fixed: list[Node]  # as the step reads them
    state: list[Node]
    x: Node
    slopes: list[Node]  # gradient of the new state
    sums: list[Node]  # gradient of `fixed`, over all steps
    made: list[Node]  # `fixed`, from the weights
    new: list[Node]  # the new state
    back: list[Node]  # gradients of fixed, state and x
    last: list[Node]  # gradients of the weights
    tape: list[Node]
    moving: tuple[bool, ...]  # of every part of the state, whether it has a gradient


def plan(traced: Traced) -> Plan:
    """Lower the graphs, gather products, choose the tape."""
    graph = Graph()
    lower = Lowering(graph)

    def inputs(letter: str, shapes: Iterable[tuple[int, ...]]) -> list[Node]:
        return [graph.input(f"{letter}{n}", shape) for n, shape in enumerate(shapes)]

    holes = [_shapes(module) for module in (traced.fixed, traced.joint)]
    parts = len(traced.widths)
    weights, fixed = inputs("w", holes[0]), inputs("f", holes[1][: -2 * parts - 1])
    state, x = inputs("s", holes[1][-2 * parts - 1 : -parts - 1]), holes[1][-parts - 1]
    slopes, sums = inputs("d", holes[1][-parts:]), inputs("e", [node.shape for node in fixed])
    moving = [*fixed, *state, graph.input("x", x), *slopes]
    (made,) = lower.run(traced.fixed, weights)
    new, back = lower.run(traced.joint, moving)
    (last,) = lower.run(traced.finish, [*weights, *sums])
    results = _gathered(graph, [*new, *back])
    new, back = results[:parts], results[parts:]
    tape = _tape(back, set(new), set(slopes), set(state) | {moving[-parts - 1]})
    here = (weights, fixed, state, moving[-parts - 1], slopes, sums)
    return Plan(*here, made, new, back, last, tape, traced.moving)


def _shapes(module: object) -> list[tuple[int, ...]]:
    nodes = module.graph.nodes  # type: ignore[attr-defined]
    return [tuple(node.meta["val"].shape) for node in nodes if node.op == "placeholder"]


def reaches(nodes: Iterable[Node], leaves: set[Node]) -> set[Node]:
    """All nodes behind `nodes` that depend on one of the leaves."""
    known: dict[Node, bool] = {}
    stack = list(nodes)
    while stack:
        node = stack[-1]
        todo = [arg for arg in node.nodes if arg not in known]
        if node in leaves or not todo:
            known[node] = node in leaves or any(known[arg] for arg in node.nodes)
            stack.pop()
        else:
            stack += todo
    return {node for node, depends in known.items() if depends}


def _tape(back: list[Node], new: set[Node], slopes: set[Node], moving: set[Node]) -> list[Node]:
    from_slopes = reaches(back, slopes)
    from_moving = reaches(back, moving)
    kept, seen = dict[Node, None](), set[Node]()
    stack = [node.base for node in back]
    while stack:
        node = stack.pop()
        if node in seen or node in new or node not in from_moving | from_slopes:
            continue
        seen.add(node)
        costly = node.kind in ("product", "reduce") or node.op in COSTLY
        if node not in from_slopes and costly:
            kept[node] = None
        else:
            stack += [arg.base for arg in node.nodes]
    return [node for node in kept if node not in moving]


def _gathered(graph: Graph, results: list[Node]) -> list[Node]:
    """The same graph, with sums of products and inputs as one product each."""
    order, seen, stack = list[Node](), set[Node](), [(node, False) for node in results]
    uses = Counter(results)
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            uses.update(node.nodes)
            stack += [(node, True), *((arg, False) for arg in node.nodes)]
    better: dict[Node, Node] = {}
    for node in order:
        args = tuple(better[arg] if isinstance(arg, Node) else arg for arg in node.args)
        once = {better[arg] for arg in node.nodes if uses[arg] == 1 and arg.shape == node.shape}
        better[node] = _merged(graph, node, args, once) or (
            graph.make(node.kind, node.op, args, node.shape, node.extra)
        )
    return [better[node] for node in results]


def _merged(graph: Graph, node: Node, args: Sequence[Node | float], once: set[Node]) -> Node | None:
    addends = [arg for arg in args if isinstance(arg, Node)]
    if node.op != "add" or len(addends) < 2:
        return None
    products = [arg for arg in addends if arg in once and arg.kind == "product"]
    rest = [arg for arg in addends if arg not in products]
    if not products or any(_unfit(arg) for arg in rest):
        return None
    factors, plus = list[Node](), list[Node]()
    for made in products:
        count = 2 * int(made.extra[0])
        factors += made.nodes[:count]
        plus += made.nodes[count:]
    extra = (len(factors) // 2,)
    return graph.make("product", "", (*factors, *plus, *rest), node.shape, extra)


def _unfit(node: Node) -> bool:
    """Whether its columns do not lie beside each other in a buffer; a chosen row will get one."""
    kept = node.base.kind == "input" or (node.base.op == "where" and node.base.shape[:1] == (1,))
    return not kept or node.layout[1][-1:] != (1,) or node.shape[-1] == 1
