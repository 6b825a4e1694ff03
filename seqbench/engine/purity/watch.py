"""Looks over a variant's shoulder while it runs: which of its lines break which rule."""

import sys
from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from seqbench.engine.rules import Line

_NUMBERS = {"item", "tolist", "numpy", "equal", "allclose", "__bool__", "__float__", "__int__"}


class Watch(TorchFunctionMode):
    """Notes the first line of some files that ...

    frozen   uses a weight of a torch.nn module
    draws    draws from torch's global generator
    company  has something of all `trials` and makes one thing of it: suspicious, not forbidden
    """

    def __init__(self, files: Iterable[str], trials: int):
        super().__init__()
        self.files, self.trials = set(files), trials
        self.lines: dict[str, Line | None] = {}

    def __torch_function__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        before = torch.get_rng_state()
        made = function(*args, **(kwargs or {}))
        given = _tensors((args, kwargs))
        if any(isinstance(part, Parameter) for part in given):
            self._note("frozen")
        if not torch.equal(before, torch.get_rng_state()):
            self._note("draws")
        looks = getattr(function, "__name__", "") in _NUMBERS
        parts = _tensors(made)
        joined = bool(parts) and not any(self._has_trials(part) for part in parts)
        if (looks or joined) and any(self._has_trials(part) for part in given):
            self._note("company")
        return made

    def _has_trials(self, part: Tensor) -> bool:
        return part.dim() > 0 and part.shape[0] == self.trials

    def _note(self, rule: str) -> None:
        """Remember the innermost line of the files, if it is the first."""
        frame = sys._getframe(2)
        while frame and frame.f_code.co_filename not in self.files:
            frame = frame.f_back  # type: ignore[assignment]
        if frame:
            line = (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
            self.lines.setdefault(rule, line)
        elif rule != "company":
            self.lines.setdefault(rule, None)


def _tensors(tree: object) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]
