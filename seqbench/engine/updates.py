"""Updates of a stack, in the loop or played back from a recording of one.

For small cells an update is many short kernels, and the host takes longer to launch them than a GPU
to run them. Where there are graphs, one update is recorded and played back:

- what it reads and writes lies in tensors of its own, and the stack is handed these; where anybody
  else has made the stack other tensors meanwhile (a validation with new best weights), these are
  copied in;
- the number of updates done is a tensor, too. What computes with it is recorded rightly; what
  decides by it, or draws the noise of this step, asks for its value, and is refused;
- as soon as the stack has other trials (some were stopped, a checkpoint was read), the recording is
  given up, and after an ordinary update another one is made;
- only what repeats an ordinary update is used: its loss and its weights, to rounding.

Whatever goes wrong, the loop goes on, and the log says once why.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from seqbench.axes import Tensors
from seqbench.engine.loop import update
from seqbench.engine.machine.graphs import Graph, Steady
from seqbench.engine.optimizers import Optimizer, Slots
from seqbench.engine.stack import Stack
from seqbench.engine.tensors import StackTensors
from seqbench.engine.traces import History
from seqbench.task import Batch, Task

NEAR = 1e-5


def counted(optimize: Optimizer) -> Optimizer:
    """The same with the number of updates on the device, so that no way of updating differs."""

    def run(
        params: Tensors, grads: Tensors, slots: Slots, rates: Tensor, done: int | Tensor
    ) -> tuple[Tensors, Slots]:
        if not isinstance(done, Tensor):
            done = rates.new_full((), done, dtype=torch.float64)
        return optimize(params, grads, slots, rates, done)

    return run


class Recording:
    """One update of a stack, with the tensors that it reads and writes."""

    def __init__(self, stack: Stack, batch: Batch, task: Task, optimize: Optimizer, graph: Graph):
        self.task, self.optimize, self.graph = task, optimize, graph
        self.batch, self.twin = batch.map(Tensor.clone), copy.copy(stack)
        self.done = stack.tensors.rates.new_full((), stack.done, dtype=torch.float64)
        self.tensors: StackTensors = tree_map(Tensor.clone, stack.tensors)
        with Steady():
            graph.rehearse(self._update)
        graph.record(self._update)
        self._take(stack)  # rehearsed and recorded work may have been done

    def _update(self) -> None:
        vars(self.twin).update(tensors=self.tensors, done=self.done, history=History())
        update(self.twin, self.task, self.batch, self.optimize)
        assert vars(self.twin)["done"] is self.done, "updates done were not counted in place"
        _copy(self.tensors, self.twin.tensors)
        (self.quantities,) = self.twin.history.updates

    def _take(self, stack: Stack) -> None:
        """Go on where the stack is."""
        _copy(self.tensors, stack.tensors)
        self.done.fill_(stack.done)

    def lend(self, stack: Stack) -> None:
        """From now on the stack is what the recording reads and writes."""
        self._take(stack)
        stack.tensors = self.tensors

    def fits(self, stack: Stack, batch: Batch) -> bool:
        """Whether the stack has the same trials, and the batch the shape that was recorded."""
        return stack.trials is self.twin.trials and _shapes(batch) == _shapes(self.batch)

    def repeats(self, stack: Stack) -> bool:
        """Whether it ends where the stack now is: the weights, and the last update's history."""
        mine = [*self.tensors.params.values(), self.quantities]
        theirs = [*stack.params.values(), stack.history.updates[-1]]
        pairs = zip(mine, theirs, strict=True)
        return all(torch.allclose(*pair, rtol=NEAR, atol=NEAR, equal_nan=True) for pair in pairs)

    def play(self, stack: Stack, batch: Batch) -> None:
        """An update of a stack that it fits."""
        if stack.tensors is not self.tensors:
            self.lend(stack)
        for recorded, new in zip(_parts(self.batch), _parts(batch), strict=True):
            recorded.copy_(new)
        self.graph.replay()
        stack.history.updates.append(self.quantities.clone())
        stack.done += 1


def _copy(into: StackTensors, new: StackTensors) -> None:
    """The numbers of one record into the tensors of another one."""
    for target, source in zip(tree_leaves(into), tree_leaves(new), strict=True):
        if target is not source:
            target.copy_(source)


def _parts(batch: Batch) -> list[Tensor]:
    return [part for part in vars(batch).values() if part is not None]


def _shapes(batch: Batch) -> list[torch.Size]:
    return [part.shape for part in _parts(batch)]


class Updates:
    """Makes the updates of one stack: from a recording where there is one, else in the loop."""

    def __init__(
        self, task: Task, optimize: Optimizer, graph: type[Graph] | None, say: Callable[[str], None]
    ):
        self.task, self.graph, self.say = task, graph, say
        self.optimize = counted(optimize) if graph else optimize
        self.recording: Recording | None = None
        self.seen: Tensors | None = None  # the weights after the last update

    def __call__(self, stack: Stack, batch: Batch) -> None:
        if self.recording and self.recording.fits(stack, batch):
            self.recording.play(stack, batch)
        elif self.graph and self.seen is stack.params:  # only now an optimizer has all its slots
            self._record(stack, batch, self.graph)
        else:
            self.recording = None
            update(stack, self.task, batch, self.optimize)
        self.seen = stack.params

    def _record(self, stack: Stack, batch: Batch, kind: type[Graph]) -> None:
        """One ordinary update, and a recording that repeats it; or no more recordings."""
        made, why = None, "it does not repeat an ordinary one"
        try:
            made = Recording(stack, batch, self.task, self.optimize, kind())
            made.graph.replay()
        except Exception as error:  # of the GPU, of a variant: the loop below is there for all
            made, why = None, str(error).partition("\n")[0]
        update(stack, self.task, batch, self.optimize)
        if made and made.repeats(stack):
            made.lend(stack)
            self.recording = made
        else:
            self.graph = None
            self.say(f"updates of {len(stack.trials)} trials are launched one by one: {why}")
