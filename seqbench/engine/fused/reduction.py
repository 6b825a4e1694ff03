"""One reduction in C: a sum or a maximum over some axes."""

from collections.abc import Iterator

from seqbench.engine.fused.ir import Node, dense
from seqbench.engine.fused.loops import Memory, index


def reduction(memory: Memory, node: Node) -> Iterator[str]:
    """A sum or a maximum over some axes, in the order of the numbers."""
    (x,) = node.nodes
    pointer, offset, strides = memory.layout(x, x.shape)
    target, into = memory.pointer(node), dense(node.shape)
    first = "0" if node.op == "sum" else "-INFINITY"
    step = {"sum": "{0} + {1}", "amax": "f_maximum({0}, {1})"}[node.op]
    last = len(x.shape) - 1
    yield f"for (int n = 0; n < {node.size}; n++) {target}[n] = {first};"
    for axis, size in enumerate(x.shape[:-1]):
        yield f"for (int i{axis} = 0; i{axis} < {size}; i{axis}++)"
    kept = [0 if axis in node.extra else stride for axis, stride in enumerate(into)]
    number, place = f"{pointer}[{index(offset, strides)}]", f"{target}[{index(0, kept)}]"
    if last in node.extra:
        yield from _across(x.shape[last], f"i{last}", number, place, step, first)
        return
    yield f"EACH for (int i{last} = 0; i{last} < {x.shape[last]}; i{last}++)"
    yield f"{place} = {step.format(place, number)};"


def _across(size: int, i: str, number: str, target: str, step: str, first: str) -> Iterator[str]:
    """Reduce along a row: sixteen partial results, then those in order."""
    whole = size // 16 * 16
    yield "{ float part[16];"
    yield f"for (int l = 0; l < 16; l++) part[l] = {first};"
    yield f"for (int k = 0; k < {whole}; k += 16) for (int l = 0; l < 16; l++) {{"
    yield f"const int {i} = k + l; part[l] = {step.format('part[l]', number)}; }}"
    yield f"for (int {i} = {whole}; {i} < {size}; {i}++)"
    yield f"part[{i} - {whole}] = {step.format(f'part[{i} - {whole}]', number)};"
    yield f"float all = {target};"
    yield f"for (int l = 0; l < 16; l++) all = {step.format('all', 'part[l]')};"
    yield f"{target} = all; }}"
