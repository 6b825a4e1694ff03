"""The order of work is that of C; what is written is Triton."""

from collections.abc import Iterator, Sequence

from seqbench.engine.fused.gpu.pieces import GpuMemory, loop, product, reduction
from seqbench.engine.fused.ir import Node
from seqbench.engine.fused.loops import Item
from seqbench.engine.fused.schedule import Writer


class GpuWriter(Writer):
    """Turns goals into lines of Triton."""

    def __init__(self, names: dict[Node, str]) -> None:
        super().__init__(0, names)
        self.memory: GpuMemory = GpuMemory(names)

    def alone(self, item: Item) -> bool:
        return isinstance(item, Node) and item.kind != "point"

    def single(self, node: Node) -> Iterator[str]:
        if node.kind == "product":
            yield from product(self.memory, node, self.direct.get(node))
        else:
            yield from reduction(self.memory, node)
        yield "tl.debug_barrier()"

    def together(self, group: Sequence[Item], kept: set[Node]) -> Iterator[str]:
        yield from loop(self.memory, group, kept)
        yield "tl.debug_barrier()"
