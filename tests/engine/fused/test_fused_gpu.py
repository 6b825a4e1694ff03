"""A kernel in Triton computes what the loop over steps computes; without a GPU, interpreted."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.fused import build, sequence
from seqbench.engine.fused.gpu import build as written
from seqbench.engine.fused.gpu.kernel import GpuKernel, made
from tests.helpers import sequences
from tests.helpers.elementary import FUNCTIONS, Elementary, MadeUp
from tests.helpers.sequences import Run, far, unrolled

CUDA = torch.cuda.is_available()
DEVICE = "cuda" if CUDA else "cpu"
if not CUDA:
    os.environ["TRITON_INTERPRET"] = "1"  # read when Triton is imported, by the first kernel
ABSENT = find_spec("triton") is None
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of what lies behind a block
FAMILIES = [
    *("rnn", "lstm", "gru", "lem", "lstm_layernorm", "scrn", "slstm", "jordan", "lru"),
    *("s4d", "clockwork", "t_gru"),
]
OTHERS = [name for name in registry.names("cells") if name not in FAMILIES]
S, T = 2, 3


def named(name: str) -> Cell:
    return MadeUp() if name == "made up" else registry.load_cell(name)


def drawn(cell: Cell, batch: int = 4, units: int = 8, steps: int = T) -> tuple[Tensors, Tensor]:
    """The same, where the kernels run."""
    params, x = sequences.drawn(cell, trials=S, steps=steps, batch=batch, units=units)
    return {k: v.to(DEVICE) for k, v in params.items()}, x.to(DEVICE)


def first(stack: tuple[Tensors, Tensor]) -> tuple[Tensors, Tensor]:
    """One trial: the interpreter takes its time."""
    params, x = stack
    return {k: v[:1] for k, v in params.items()}, x[:1]


def results(run: Run, cell: Cell, params: Tensors, x: Tensor) -> Tensors:
    """On the CPU."""
    return {k: v.cpu() for k, v in sequences.results(run, cell, params, x).items()}


@pytest.fixture
def fused(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`sequence` with the kernels of the GPU, also where there is none."""
    if ABSENT:
        pytest.skip("Triton is not installed")

    def kernel(cell: Cell, params: Tensors, x: Tensor) -> GpuKernel:
        outputs, units = params["W_out"].shape[-2:]
        sizes = {"I": x.shape[-1], "H": units, "O": outputs}
        return made(cell, sizes, x.shape[-2], x.requires_grad, x.device)

    monkeypatch.setenv("SEQBENCH_CACHE", str(tmp_path_factory.getbasetemp()))
    monkeypatch.setattr(sequence, "_kernel", kernel)
    return sequence.sequence


def check(run: Run, cell: Cell, params: Tensors, x: Tensor) -> None:
    """Close to the steps: to 1e-5, or to a few times what these lose themselves."""
    ours, theirs = results(run, cell, params, x), results(unrolled, cell, params, x)
    truth = results(unrolled, cell, {k: v.double() for k, v in params.items()}, x.double())
    assert ours.keys() == theirs.keys()
    for name, true in truth.items():
        assert far(ours[name], theirs[name]) <= max(1e-5, 4 * far(theirs[name], true)), name


@pytest.mark.parametrize("name", [*FAMILIES, "made up"])
def test_equals_the_loop_over_steps(fused: Run, name: str) -> None:
    check(fused, named(name), *drawn(named(name)))


@pytest.mark.parametrize("name", ["lstm", "made up"])
@pytest.mark.parametrize(("batch", "units"), [(3, 5), (37, 50)])
def test_any_size_will_do(fused: Run, name: str, batch: int, units: int) -> None:
    check(fused, named(name), *first(drawn(named(name), batch, units, 2)))


@pytest.mark.parametrize("name", OTHERS[::5])
def test_others_have_a_kernel(fused: Run, name: str) -> None:
    check(fused, named(name), *first(drawn(named(name), steps=1)))


def test_a_trial_has_the_same_bits_in_any_company(fused: Run) -> None:
    cell = named("made up")
    params, x = drawn(cell)
    alone = results(fused, cell, {k: v[1:] for k, v in params.items()}, x[1:])
    for name, values in results(fused, cell, params, x).items():
        assert torch.equal(alone[name], values[1:]), name


def test_not_a_number_stays_home_and_shows(fused: Run) -> None:
    cell = named("made up")
    params, x = drawn(cell)
    healthy = results(fused, cell, params, x)
    params["W"][1] = torch.nan
    sick, theirs = (results(run, cell, params, x) for run in (fused, unrolled))
    for name, values in healthy.items():
        assert torch.equal(sick[name][0], values[0]), name
        assert torch.equal(sick[name].isnan(), theirs[name].isnan()), name
    assert sick["state 0"][1].isnan().any()


def test_without_a_gradient_the_states_are_the_same(fused: Run) -> None:
    cell = named("lstm")
    params, x = drawn(cell)
    with torch.no_grad():
        states = fused(cell, params, x)
    for n, part in enumerate(states):
        assert torch.equal(part.cpu(), results(fused, cell, params, x)[f"state {n}"])


@pytest.mark.skipif(build.missing(), reason="there is no C compiler to compare with")
@pytest.mark.parametrize("name", ["lstm", "scrn"])
def test_what_is_handed_back_has_the_same_limits_as_in_c(
    monkeypatch: pytest.MonkeyPatch, fused: Run, name: str
) -> None:
    cell, inf = named(name), float("inf")
    params, x = drawn(cell, steps=6)
    limits = torch.tensor([0.5, inf, 0.0, 1e-3, 100.0, inf]).repeat(len(x), 1)
    limits[1] = inf  # every trial has its own

    def limited(cell: Cell, params: Tensors, x: Tensor) -> State:
        return sequence.sequence(cell, params, x, limits.to(x.device))

    ours, free = results(limited, cell, params, x), results(fused, cell, params, x)
    monkeypatch.undo()
    theirs = results(limited, cell, {k: v.cpu() for k, v in params.items()}, x.cpu())
    for name, values in theirs.items():
        assert far(ours[name], values) <= 1e-5, name
    assert far(ours["x"], free["x"]) > 1e-3


@pytest.mark.parametrize("function", FUNCTIONS)
def test_elementary_functions_are_right_to_the_last_digits(fused: Run, function: str) -> None:
    inf, nan = float("inf"), float("nan")
    edges = [0.0, 1.0, -1.0, 1e-30, -1e-8, 1e-3, -87.5, 88.5, -104.0, 3e38, inf, -inf, nan]
    x = torch.cat([torch.tensor(edges), torch.linspace(-30, 30, 1010)])
    x = x.reshape(1, 1, -1, 1).expand(1, 1, -1, 2).contiguous()
    params = {"b": torch.zeros(1, 1, 2), "W_out": torch.zeros(1, 1, 2)}
    if function == "remainder":  # the whole part of the quotient must be a number in float32
        x = x.where(x.abs() < 2**24, 0.5)
    moved = {k: v.to(DEVICE) for k, v in params.items()}
    (ours,) = fused(Elementary(function=function), moved, x.to(DEVICE))
    near = 2e-7 if function == "gelu" else 2e-38  # 1 + erf(x) loses digits, in torch, too
    theirs = FUNCTIONS[function](x[0, 0].double()).float()[None, None]
    torch.testing.assert_close(ours.cpu(), theirs, rtol=1e-6, atol=near, equal_nan=True)


COMPILE = """
import sys
import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from seqbench import registry
from seqbench.engine.fused.gpu.kernel import OPTIONS, made

sizes = {"I": 3, "H": 20, "O": 2}
kernel = made(registry.load_cell(sys.argv[1]), sizes, 8, True, torch.device("cpu"))
for function in (kernel.module.forward, kernel.module.backward):
    names = [p.name for p in function.params]
    flags = {p.name: True for p in function.params if p.is_constexpr}
    kinds = {name: "*fp32" for name in names} | {"steps": "i32"} | dict.fromkeys(flags, "constexpr")
    source = ASTSource(fn=function, signature=kinds, constexprs=flags)
    done = triton.compile(source, target=GPUTarget("cuda", 80, 32), options=OPTIONS)
    assert done.asm["cubin"]
"""


@pytest.mark.skipif(ABSENT or CUDA, reason="no Triton, or a GPU compiles all kernels above")
@pytest.mark.parametrize("name", ["lstm_layernorm"])
def test_the_compiler_takes_what_the_interpreter_took(name: str, tmp_path: Path) -> None:
    homes = {"SEQBENCH_CACHE": str(tmp_path), "TRITON_CACHE_DIR": str(tmp_path)}
    environment = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"} | homes
    words = [sys.executable, "-c", COMPILE, name]
    answer = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def test_without_triton_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "find_spec", lambda name: None)
    with pytest.raises(build.Unbuildable, match="Triton is not installed"):
        made(named("rnn"), {"I": 2, "H": 8, "O": 2}, 4, False, torch.device("cpu"))
