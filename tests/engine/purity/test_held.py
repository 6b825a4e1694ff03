"""What lies in a module or a class stays as it is, and is the same at every import."""

import sys
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from seqbench.cell import Cell
from seqbench.engine.purity.variants import prove_cell
from seqbench.engine.rules import Impure

Load = Callable[..., Cell]
TEXT = """\
import random
import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from seqbench.cell import affine
from seqbench.cells.rnn import Rnn

{above}


@dataclass(frozen=True, kw_only=True)
class Held(Rnn):
    {inside}

    def step(self, params, state, x):
        a = affine(params, x, *state)
        {body}
        return (a.tanh(),)
"""
FIRST = "if {0} is None: {0} = float(params['U'].norm())"


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Load]:
    def load(above: str = "", inside: str = "", body: str = "") -> Cell:
        (file := tmp_path / "held_cell.py").write_text(
            TEXT.format(above=above, inside=inside, body=body)
        )
        spec = spec_from_file_location("held_cell", file)
        assert spec and spec.loader
        sys.modules["held_cell"] = module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.Held()  # type: ignore[no-any-return]

    yield load
    sys.modules.pop("held_cell", None)


KEPT = {
    "a variable": ("S = None", "", f"global S\n        {FIRST.format('S')}\n        a = a * S"),
    "a list": ("L = []", "", "L.append(1)"),
    "a dictionary": ("D = {}", "", "D.setdefault('n', len(x))"),
    "a counter": ("N = 0", "", "global N; N += 1"),
    "a tensor": ("T = torch.zeros(1)", "", "T.add_(1)"),
    "an attribute": ("", "S = None", FIRST.format("Held.S")),
    "a generator": ("G = np.random.default_rng(1)", "", "a = a * float(G.random())"),
    "a default": ("def f(x, seen=[]):\n    seen.append(1)\n    return x", "", "a = f(a)"),
    "a property": (
        "",
        "@cached_property\n    def memo(self): return {}",
        "self.memo.setdefault('n', 1)",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_in_a_module_or_class_is_seen(name: str, held: Load) -> None:
    with pytest.raises(Impure, match="from one call to the next"):
        prove_cell(held(*KEPT[name]))


DRAWN = [
    "random.uniform(0, 1)",
    "np.random.default_rng().random()",
    "np.random.default_rng()",
    "torch.rand(())",
    "time.time()",
]


@pytest.mark.parametrize("value", DRAWN)
def test_constants_that_each_import_draws_are_refused(value: str, held: Load) -> None:
    with pytest.raises(Impure, match="each time that it is imported"):
        prove_cell(held(f"C = {value}"))
    with pytest.raises(Impure, match="each time that it is imported"):
        prove_cell(held("", f"C = {value}"))


def test_a_property_made_of_knobs_and_a_constant_are_not_refused(held: Load) -> None:
    cached = "@cached_property\n    def scale(self): return torch.tensor(self.gain)"
    prove_cell(held("C = torch.rand(3, generator=torch.Generator().manual_seed(1))", cached))
    prove_cell(held("C = {'a': torch.tanh}", cached, "a = a * self.scale"))


def test_a_property_that_draws_is_refused(held: Load) -> None:
    cached = "@cached_property\n    def scale(self): return random.random()"
    with pytest.raises(Impure, match="held_cell.py, line 1"):
        prove_cell(held("", cached, "a = a * self.scale"))
