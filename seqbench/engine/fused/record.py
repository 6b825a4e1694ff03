"""Run a function on tensors and write down what it calls, as a graph of elementary operations.

Tensors are known by their identity, those given and all that follow from them. What follows from
none of these is not written down: it is a constant from the moment it meets one of them.
"""

import operator
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.fx import Graph, GraphModule, Node
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

from seqbench.engine.dispatch import Mode

Breakdown = Callable[[OpOverload], Iterable[Callable[..., object]]]

_REFUSED = {
    torch.Tag.data_dependent_output: "looks at numbers",
    torch.Tag.dynamic_output_shape: "may need numbers for a shape",
    torch.Tag.inplace_view: "changes a shape in place",
    torch.Tag.nondeterministic_seeded: "draws random numbers",
}
_NUMBERS = {"tolist", "numpy", "__array__", "__dlpack__"}


class Untraceable(Exception):
    """The step cannot become a kernel; the message says why, in one sentence."""


def recorded(
    function: Callable[..., object], examples: Sequence[Tensor], breakdown: Breakdown
) -> GraphModule:
    """The graph of function(*examples), in which nothing happens in place.

    breakdown: what to call instead of an operation; what answers NotImplemented is passed over.
    Every node that makes a tensor has an example of it in `meta["val"]`.

    Raises:
        Untraceable: it looks at numbers, draws some, or writes where others read, too.
    """
    given = [example.clone() for example in examples]  # one tensor is one placeholder
    record = _Record(given, breakdown)
    with _Blind(record), record:
        outs = function(*given)
    record.graph.output(tree_map(record.argument, outs))
    record.graph.eliminate_dead_code()
    return GraphModule(record.constants, record.graph)


class _Blind(TorchFunctionMode):
    """While it is active, numbers do not leave their tensors unnoticed, and who cuts is known.

    Autograd, too, detaches what it saves: that cuts nothing where a step differentiates by itself.
    """

    def __init__(self, record: "_Record") -> None:
        super().__init__()
        self.record = record

    def __torch_function__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        name = getattr(function, "__name__", "")
        if name in _NUMBERS:
            raise Untraceable(f"its step cannot be traced ({name} looks at numbers)")
        before, self.record.cuts = self.record.cuts, name.startswith("detach")
        try:
            return function(*args, **(kwargs or {}))
        finally:
            self.record.cuts = before


class _Record(Mode):
    """While it is active, what is called becomes a node."""

    def __init__(self, given: Sequence[Tensor], breakdown: Breakdown) -> None:
        super().__init__()
        self.breakdown = breakdown
        self.graph, self.constants = Graph(), torch.nn.Module()
        self.seen = dict[int, tuple[Tensor, Node]]()  # held, so that an id stays theirs
        self.stored = Counter[int]()  # how many of them share some memory
        self.given = {id(example) for example in given}
        self.cuts = False  # whether the step itself asks for a detach
        for n, example in enumerate(given):
            self._name(example, self.graph.placeholder(f"given_{n}"))

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        kwargs = kwargs or {}
        leaves = (leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor))
        follows = any(self.stored[_memory(leaf)] for leaf in leaves)
        for tag, what in _REFUSED.items():
            if tag in func.tags and (follows or tag is torch.Tag.nondeterministic_seeded):
                raise Untraceable(f"its step cannot be traced ({func} {what})")
        if not follows:
            return func(*args, **kwargs)
        for instead in chain([func.decompose], self.breakdown(func)):
            with self:
                out = instead(*args, **kwargs)
            if out is not NotImplemented:
                return out
        if func is torch.ops.aten.detach.default and not self.cuts:
            out = func(*args)
            self.stored[_memory(out)] += 1
            self.seen[id(out)] = (out, self.seen[id(args[0])][1])
            return out
        if func._schema.is_mutable:
            return self._replaced(func, args, kwargs)
        sent, words = tree_map(self.argument, (args, kwargs))
        out = func(*args, **kwargs)
        if isinstance(out, Tensor | tuple | list):
            self._name(out, self.graph.call_function(func, sent, words))
        return out

    def _replaced(self, func: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
        """What an operation in place would write is another tensor, by the same name."""
        name, place = func.overloadpacket.__name__, args[0]
        shared = self.stored[_memory(place)] != (id(place) in self.seen)
        if not name.endswith("_") or shared or id(place) in self.given:
            raise Untraceable(f"its step cannot be traced ({func} writes where others read)")
        with self:
            pure = getattr(getattr(torch.ops.aten, name.removesuffix("_")), func._overloadname)
            made = pure(*args, **kwargs).to(place.dtype)
        self.stored[_memory(place)] += id(place) not in self.seen
        self.seen[id(place)] = (place, self.seen[id(made)][1])
        return place

    def _name(self, made: Tensor | Sequence[Tensor | None] | None, node: Node) -> None:
        node.meta["val"] = made
        if isinstance(made, Tensor):
            self.stored[_memory(made)] += id(made) not in self.seen
            self.seen.setdefault(id(made), (made, node))
            return
        for n, part in enumerate(made or ()):
            self._name(part, self.graph.call_function(operator.getitem, (node, n)))

    def argument(self, value: object) -> object:
        """What stands for a value in the graph."""
        if not isinstance(value, Tensor):
            return value
        if id(value) in self.seen:
            return self.seen[id(value)][1]
        if self.stored[_memory(value)]:
            raise Untraceable("its step cannot be traced (it writes into a part of a constant)")
        name = f"constant_{len(self.graph.nodes)}"
        setattr(self.constants, name, value.clone())  # it may change later, in place
        return self.graph.get_attr(name)


def _memory(value: Tensor) -> int:
    return value.untyped_storage()._cdata
