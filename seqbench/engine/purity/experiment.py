"""Run something alone, in company, in another order and again, and compare the results.

Neighbors change nothing but numbers: shapes stay, so the same operations run, and not a single bit
of a pure result may differ. Where the place or the number of trials changes, vector units may round
the last digits in another way, and results need to agree to these only.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.utils._pytree import tree_leaves

from seqbench.axes import Tensors
from seqbench.engine.purity.rules import Impure, files, impure
from seqbench.engine.purity.watch import Watch

TRIALS = 5  # no other size of an experiment, so that this axis is known by it
NEAR = 1e-3  # relative; rounding is a thousandth of it, what depends on its place a hundred times

Made = TypeVar("Made")
Run = Callable[[Sequence[int]], Tensors]  # trials by number -> their results, (S, ...) each


def prove(variant: object, verb: str, run: Run, *, wild: bool = False) -> None:
    """Refuse a variant whose verb, as `run` calls it, is no pure function of each trial's rows.

    wild: with numbers that training may never meet, where a variant may raise what it likes.

    Raises:
        Impure: names the line and the rule.
    """
    watch = Watch(files(variant), TRIALS)
    try:
        broken = _broken(variant, run, watch, wild)
    except Exception as error:
        if wild and not isinstance(error, Impure):
            return
        raise
    if broken:
        raise impure(broken, variant, verb, watch.lines.get(broken))


def _broken(variant: object, run: Run, watch: Watch, wild: bool) -> str | None:
    everybody, before, drawn = range(TRIALS), contents(variant), generators()
    with watch:
        first = run(everybody)
    if "frozen" in watch.lines:
        return "frozen"
    if generators() != drawn:
        return "draws"
    again = run(everybody)
    if contents(variant) != before:
        return "self"
    if not equal(again, first):
        return "again"
    for row in everybody if wild else (0, TRIALS - 1):
        if not equal(_of(run([row] * TRIALS), [row]), _of(first, [row])):
            return "company"
    orders = [] if wild else [[*reversed(everybody)], [0, 1]]
    return None if all(near(run(order), _of(first, order)) for order in orders) else "order"


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
        Impure: it changes a tensor in place, or a dictionary.
    """
    before = _versions(given)
    made = call(*given)
    if _versions(given) != before:
        raise impure("inputs", variant, verb)
    return made


def _versions(given: object) -> list[tuple[int, int]]:
    leaves = (leaf for leaf in tree_leaves(given) if isinstance(leaf, Tensor))
    return [(id(leaf), leaf._version) for leaf in leaves]


def generators() -> tuple[object, ...]:
    """The states of all global random generators."""
    numpy = np.random.get_state(legacy=False)
    return torch.get_rng_state().numpy().tobytes(), random.getstate(), repr(contents(numpy))


def contents(value: object) -> object:
    """Everything that a variant holds, in a form that can be compared later."""
    if isinstance(value, Tensor | np.ndarray):
        return type(value).__name__, np.asarray(torch.as_tensor(value).detach()).tobytes()
    if isinstance(value, Generator):
        return contents(value.get_state())
    if isinstance(value, nn.Module):
        return contents(value.state_dict())
    if isinstance(value, Mapping):
        return [(repr(key), contents(part)) for key, part in value.items()]
    if isinstance(value, list | tuple | set | frozenset):
        return [contents(part) for part in value]
    return contents(vars(value)) if hasattr(value, "__dict__") else repr(value)
