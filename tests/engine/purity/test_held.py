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
NAMES = "pack", "pack.helper", "pack.held_cell"
TEXT = """\
import itertools
import random
import time
from collections import deque
from dataclasses import dataclass
from functools import cache, cached_property, partial
from types import SimpleNamespace

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
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    def load(above: str = "", inside: str = "", body: str = "") -> Cell:
        (tmp_path / "pack").mkdir(exist_ok=True)
        (tmp_path / "pack/helper.py").write_text("SEEN = []\n")
        (file := tmp_path / "pack/held_cell.py").write_text(
            TEXT.format(above=above, inside=inside, body=body)
        )
        for name in NAMES:
            sys.modules.pop(name, None)
        monkeypatch.syspath_prepend(tmp_path)
        spec = spec_from_file_location("pack.held_cell", file)
        assert spec and spec.loader
        sys.modules["pack.held_cell"] = module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.Held()  # type: ignore[no-any-return]

    yield load
    for name in NAMES:
        sys.modules.pop(name, None)


KEPT = {
    "a variable": ("S = None", "", f"global S\n        {FIRST.format('S')}\n        a = a * S"),
    "a list": ("L = []", "", "L.append(1)"),
    "a dictionary": ("D = {}", "", "D.setdefault('n', len(x))"),
    "a counter": ("N = 0", "", "global N; N += 1"),
    "a tensor": ("T = torch.zeros(1)", "", "T.add_(1)"),
    "an attribute": ("", "S = None", FIRST.format("Held.S")),
    "a generator": ("G = np.random.default_rng(1)", "", "a = a * float(G.random())"),
    "a namespace": ("S = SimpleNamespace(n=None)", "", FIRST.format("S.n")),
    "one in a list": ("S = [SimpleNamespace(n=None)]", "", FIRST.format("S[0].n")),
    "a queue": ("S = deque(maxlen=1)", "", "S or S.append(float(x.abs().mean()))"),
    "an iterator": ("S = itertools.count()", "", "a = a * (1 if next(S) < 600 else 0.5)"),
    "a generator function": ("S = (n for n in range(9000))", "", "next(S)"),
    "a buffer": ("S = torch.nn.BatchNorm1d(8)", "", "S.running_mean += 1"),
    "an own object": ("class Own:\n    n = 0\nS = Own()", "", "S.n += 1"),
    "an own class": ("class Own:\n    n = 0", "", "Own.n += 1"),
    "slots": ("class Own:\n    __slots__ = ('n',)\nS = Own()\nS.n = 0", "", "S.n += 1"),
    "a closure": (
        "def make():\n    kept = []\n    return lambda: kept.append(1)\nf = make()",
        "",
        "f()",
    ),
    "a part of a call": ("S = partial(lambda kept: kept.append(1), [])", "", "S()"),
    "a method": ("S = [].append", "", "S(1)"),
    "a module": ("import pack.helper as it", "", "it.SEEN.append(1)"),
    "a static method": (
        "",
        "@staticmethod\n    def f(seen=[]): seen.append(1)",
        "self.f()",
    ),
    "a default": ("def f(x, seen=[]):\n    seen.append(1)\n    return x", "", "a = f(a)"),
    "a property": (
        "",
        "@cached_property\n    def memo(self): return {}",
        "self.memo.setdefault('n', 1)",
    ),
    "an attribute of a tensor": ("S = torch.zeros(1)\nS.n = 0", "", "S.n += 1"),
    "an attribute of a list": ("class Own(list): pass\nS = Own()\nS.n = 0", "", "S.n += 1"),
    "an array of objects": ("S = np.array([[], None], dtype=object)", "", "S[0].append(1)"),
    "an array of records": ("S = np.zeros(1, [('a', 'i1'), ('b', 'f8')])", "", "S['b'] += 1"),
    "a weak dictionary": (
        "import weakref\nS = weakref.WeakKeyDictionary()",
        "",
        "S[torch.tanh] = S.get(torch.tanh, 0) + 1",
    ),
    "a weak set": ("import weakref\nS = weakref.WeakSet()\nK = lambda: 1", "", "S.add(K)"),
    "a context": (
        "from contextvars import ContextVar\nS = ContextVar('s', default=0)",
        "",
        "S.set(S.get() + 1)",
    ),
    "a text in memory": ("import io\nS = io.StringIO()", "", "S.write('a')"),
    "bytes in memory": ("import io\nS = io.BytesIO()", "", "S.write(b'a')"),
    "a view of memory": ("S = memoryview(bytearray(1))", "", "S[0] = (S[0] + 1) % 99"),
    "a number in C": ("import ctypes\nS = ctypes.c_long(0)", "", "S.value += 1"),
    "numbers in C": ("import ctypes\nS = (ctypes.c_long * 2)()", "", "S[1] += 1"),
    "shared memory": ("import mmap\nS = mmap.mmap(-1, 1)", "", "S[0] = (S[0] + 1) % 99"),
    "a shared number": ("import multiprocessing as m\nS = m.Value('q', 0)", "", "S.value += 1"),
    "a thread's own": ("import threading\nS = threading.local()\nS.n = 0", "", "S.n += 1"),
    "what is named like a cache": (
        "dispatch_cache = {}",
        "",
        "dispatch_cache[len(dispatch_cache)] = 1",
    ),
    "an event": ("import threading\nS = threading.Event()", "", "S.set()"),
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
    with pytest.raises(Impure, match="held_cell.py, line 2"):
        prove_cell(held("", cached, "a = a * self.scale"))


def test_a_property_that_draws_what_it_does_not_use_is_refused(held: Load) -> None:
    cached = "@cached_property\n    def scale(self): return 0 * random.random()"
    with pytest.raises(Impure, match="held_cell.py, line 2.*global random generator"):
        prove_cell(held("", cached, "a = a * (1 + self.scale)"))


CONSTANTS = [
    "np.array(list('abc'))",
    "np.hanning(9)[::-1]",
    "np.array([{}, 'a', None], dtype=object)",
    "np.zeros(3, dtype=[('a', 'i1'), ('b', 'f8')])",
    "np.arange(3, dtype='>i2')",
    "np.datetime64('2020-01-01')",
    "torch.ones(3, dtype=torch.bfloat16)",
    "torch.ones(3, dtype=torch.cfloat).conj()",
    "torch.eye(3).to_sparse()",
    "torch.eye(3).to_sparse_csr()",
    "torch.empty(3, device='meta')",
    "torch.zeros(())",
    "{}; C['me'] = C",
    "[]; C.append(C)",
    "lambda: 1; C.me = C",
    "__import__('sys').stderr",
    "type('P', (), {'__class__': property(lambda self: 1 / 0)})()",
    "type('P', (), {'__reduce_ex__': lambda self, n: 1 / 0, '__getattr__': lambda s, k: 1 / 0})()",
    "type('P', (dict,), {'items': lambda self: 1 / 0})()",
    "__import__('logging').getLogger('x')",
    "__import__('threading').Lock()",
    "cache(lambda n: torch.linspace(0, 1, n))",
]


@pytest.mark.filterwarnings("ignore:Sparse CSR")
@pytest.mark.parametrize("value", CONSTANTS)
def test_no_constant_is_too_odd_to_be_looked_at(value: str, held: Load) -> None:
    prove_cell(held(f"C = {value}"))


def test_what_is_used_and_changes_nothing_is_not_refused(held: Load) -> None:
    prove_cell(held("import logging\nC = logging.getLogger('x')", "", "C.debug('a')"))
    memo = "@cache\ndef ramp(n):\n    return torch.linspace(0, 1, n)"
    prove_cell(held(memo, "", "a = a * ramp(a.shape[-1])"))
    flags = "from enum import Flag\nclass Own(Flag):\n    A = 1\n    B = 2"
    prove_cell(held(flags, "", "a = a * (Own.A | Own.B).value"))
    single = "from functools import singledispatch\n@singledispatch\ndef f(a):\n    return a"
    prove_cell(held(single, "", "a = f(a)"))
    prove_cell(held("import ctypes\nC = ctypes.CDLL(None)", "", "C.abs(1)"))
