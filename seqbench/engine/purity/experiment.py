"""Run something alone, in company, in another order and again, and compare the results.

Neighbors change nothing but numbers: shapes stay, so the same operations run, and not a single bit
of a pure result may differ. Where the place or the number of trials changes, vector units may round
the last digits in another way, and results need to agree to these only.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from seqbench.axes import Tensors
from seqbench.engine.purity.held import generators, held, prove_import, prove_properties
from seqbench.engine.purity.process import put_back, settings
from seqbench.engine.purity.watch import Watch
from seqbench.engine.rules import Impure, files, impure
from seqbench.remedy import Trajectory
from seqbench.task import Batch

TRIALS = 5  # no other size of an experiment, so that this axis is known by it
NEAR = 1e-3  # relative; rounding is a thousandth of it, what depends on its place a hundred times

Made = TypeVar("Made")
Run = Callable[[Sequence[int]], Tensors]  # trials by number -> their results, (S, ...) each
Judge = Callable[[Run, Watch], str | None]  # the rule that is broken


class Subject(NamedTuple):
    """A variant, and what it held before anything was asked of it."""

    variant: object
    before: object

    @classmethod
    def of(cls, variant: object) -> "Subject":
        """Taken before the first call of a verb.

        Raises:
            Impure: its file or a cached property gives other values each time.
        """
        prove_import(variant)
        prove_properties(variant)
        return cls(variant, held(variant))

    def same(self, verb: str) -> None:
        """Refuse a variant that holds something else since it was asked for a verb.

        Raises:
            Impure: names the verb.
        """
        if held(self.variant) != self.before:
            raise impure("self", self.variant, verb)

    def prove(self, verb: str, run: Run, *, wild: bool = False) -> None:
        """Refuse a variant whose verb, as `run` calls it, is no pure function of its trial's rows.

        wild: with numbers that training may never meet, where a variant may raise what it likes.

        Raises:
            Impure: names the line and the rule.
        """
        self._judge(verb, run, self._wild if wild else self._tame, raises=wild)

    def beside(self, verb: str, run: Run) -> None:
        """Refuse a variant whose first trial notices the others; it may raise what it likes.

        Raises:
            Impure: names the line and the rule.
        """
        self._judge(verb, run, self._first, raises=True)

    def _judge(self, verb: str, run: Run, how: Judge, *, raises: bool) -> None:
        watch, shared = Watch(files(self.variant), TRIALS), settings()
        try:
            broken = how(run, watch)
        except Exception as error:
            if raises and not isinstance(error, Impure):
                return
            raise
        finally:
            changed = put_back(shared)
        if changed:
            raise impure("process", self.variant, verb, more=changed)
        if broken:
            raise impure(broken, self.variant, verb, watch.lines.get(broken))

    def _tame(self, run: Run, watch: Watch) -> str | None:
        everybody, drawn = range(TRIALS), generators()
        with watch:
            first = run(everybody)
        if "frozen" in watch.lines:
            return "frozen"
        if generators() != drawn:
            return "draws"
        again = run(everybody)
        if held(self.variant) != self.before:
            return "self"
        if not equal(again, first):
            return "again"
        if not _alone(run, first, (0, TRIALS - 1)):
            return "company"
        order = [*reversed(range(1, TRIALS))]
        return None if near(run(order), _of(first, order)) else "order"

    def _wild(self, run: Run, watch: Watch) -> str | None:
        broken = _company(run, (0, TRIALS - 1), watch)
        return broken or (None if held(self.variant) == self.before else "self")

    def _first(self, run: Run, watch: Watch) -> str | None:
        return _company(run, (0,), watch)


def _company(run: Run, rows: Sequence[int], watch: Watch) -> str | None:
    if _alone(run, run(range(TRIALS)), rows):
        return None
    with watch:  # which costs as much as the run itself
        run(range(TRIALS))
    return "company"


def _alone(run: Run, first: Tensors, rows: Sequence[int]) -> bool:
    """Whether trials give the same among copies of themselves as they did in company."""
    return all(equal(_of(run([row] * TRIALS), [row]), _of(first, [row])) for row in rows)


def _of(results: Tensors, rows: Sequence[int]) -> Tensors:
    return {name: part[[*rows]] for name, part in results.items()}


def equal(ours: Tensors, theirs: Tensors) -> bool:
    """Whether two results are the same to the bit; not-a-number equals itself."""
    return ours.keys() == theirs.keys() and all(
        torch.equal(part.nan_to_num(0), theirs[name].nan_to_num(0))
        and torch.equal(part.isnan(), theirs[name].isnan())
        for name, part in ours.items()
    )


def near(ours: Tensors, theirs: Tensors) -> bool:
    """Whether the finite numbers of two results agree but for rounding."""
    pairs = [[z.double().nan_to_num(0, 0, 0) for z in (ours[k], theirs[k])] for k in ours]
    return all((a - b).norm() <= NEAR * b.norm() + 1e-6 for a, b in pairs)


def untouched(variant: object, verb: str, call: Callable[..., Made], *given: object) -> Made:
    """What a verb makes of what it is given, and writes nothing into.

    Raises:
        Impure: it changes a tensor in place, or a dictionary, or a setting of the whole process.
    """
    before, shared = _versions(given), settings()
    try:
        made = call(*given)
    finally:
        changed = put_back(shared)
    if changed:
        raise impure("process", variant, verb, more=changed)
    if _versions(given) != before:
        raise impure("inputs", variant, verb)
    return made


def _versions(given: Sequence[object]) -> list[tuple[int, int, bytes]]:
    """Which tensors there are, and what is in them: `.data` counts no version."""
    opened = [vars(part) if isinstance(part, Batch | Trajectory) else part for part in given]
    leaves = (leaf for leaf in tree_leaves(opened) if isinstance(leaf, Tensor))
    with torch._C.DisableTorchFunction():  # whoever watches is not to see this
        return [(id(leaf), leaf._version, leaf.detach().numpy().tobytes()) for leaf in leaves]
