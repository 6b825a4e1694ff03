"""A kernel computes what the loop over steps computes, for every cell, and keeps trials apart."""

import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.fused import build
from seqbench.engine.fused.check import disagreement
from seqbench.engine.fused.sequence import kernel, sequence, supports, toolchain
from seqbench.engine.passes.unroll import unroll
from seqbench.engine.streams import RowNoise
from seqbench.remedy import At
from tests.helpers.elementary import FUNCTIONS, MadeUp, asked, right
from tests.helpers.remedies import alone
from tests.helpers.sequences import CELLS, Run, agree, drawn, far, results, unrolled

S, T = 3, 12


every_cell = pytest.mark.parametrize("cell", CELLS, ids=lambda c: str(c).replace("gain=", ""))


def check(cell: Cell, params: Tensors, x: Tensor) -> None:
    """Close to the steps in float32, and not further from the truth than these."""
    assert supports(cell, params, x) is None
    ours, theirs = results(sequence, cell, params, x), results(unrolled, cell, params, x)
    truth = results(unrolled, cell, {k: v.double() for k, v in params.items()}, x.double())
    agree(ours, theirs, truth)


@every_cell
def test_equals_the_loop_over_steps(cell: Cell) -> None:
    check(cell, *drawn(cell))


@pytest.mark.parametrize(("batch", "units"), [(7, 5), (1, 7), (33, 20)])
@pytest.mark.parametrize("name", ["lstm", "lem", "lstm_layernorm", "scrn"])
def test_any_size_will_do(name: str, batch: int, units: int) -> None:
    cell = registry.load_cell(name)
    check(cell, *drawn(cell, batch=batch, units=units))


@every_cell
def test_a_trial_has_the_same_bits_in_any_company(cell: Cell) -> None:
    params, x = drawn(cell)
    together = results(sequence, cell, params, x)
    torch.set_num_threads(2)
    shared = results(sequence, cell, params, x)
    torch.set_num_threads(1)
    for rows in (slice(1, 2), slice(1, 3)):
        some = results(sequence, cell, {k: v[rows] for k, v in params.items()}, x[rows])
        for name, values in together.items():
            assert torch.equal(some[name], values[rows]), name
            assert torch.equal(shared[name], values), name


@every_cell
def test_not_a_number_stays_home_and_shows(cell: Cell) -> None:
    params, x = drawn(cell)
    healthy = results(sequence, cell, params, x)
    params["W"][1] = torch.nan
    sick, theirs = (results(run, cell, params, x) for run in (sequence, unrolled))
    for name, values in healthy.items():
        assert torch.equal(sick[name][[0, 2]], values[[0, 2]]), name
        assert torch.equal(sick[name].isnan(), theirs[name].isnan()), name
    assert sick["state 0"][1].isnan().any()


@pytest.mark.parametrize("name", ["truncate", "clip_through_time", "clip_through_time+truncate"])
@every_cell
def test_what_is_handed_back_is_bounded_as_step_by_step(cell: Cell, name: str) -> None:
    knobs = {"truncate": {"horizon": 5}, "clip_through_time": {"limit": 0.3}}
    some = {k: v for k, v in knobs.items() if k in name.split("+")}
    remedy = registry.load_remedy(name, some if "+" in name else some[name])
    params, x = drawn(cell)

    def by_steps(cell: Cell, params: Tensors, x: Tensor) -> State:
        at = At(cell, 0, RowNoise([1] * S, "noise/pass", 0, torch.device("cpu")), 1)
        return tuple(
            torch.stack(part, 1) for part in zip(*unroll(cell, params, x, remedy, at), strict=True)
        )

    def at_once(cell: Cell, params: Tensors, x: Tensor) -> State:
        return sequence(cell, params, x, alone(remedy, S).bounds(T, x))

    ours, theirs = results(at_once, cell, params, x), results(by_steps, cell, params, x)
    truth = results(by_steps, cell, {k: v.double() for k, v in params.items()}, x.double())
    for key, true in truth.items():
        rounding = far(theirs[key], true)
        assert far(ours[key], theirs[key]) <= max(1e-5, 4 * rounding), key


def test_a_kernel_that_was_first_asked_for_without_gradients_has_them_later() -> None:
    kernel.cache_clear()
    params, x = drawn(registry.load_cell("lstm"))
    with torch.no_grad():
        sequence(registry.load_cell("lstm"), params, x.requires_grad_())
    check(registry.load_cell("lstm"), params, x.detach())


def test_without_a_gradient_the_states_are_the_same() -> None:
    cell = registry.load_cell("lstm")
    params, x = drawn(cell)
    for threads in (1, 2):
        torch.set_num_threads(threads)
        with torch.no_grad():
            states = sequence(cell, params, x)
        for n, part in enumerate(states):
            assert torch.equal(part, results(sequence, cell, params, x)[f"state {n}"])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_elementary_functions_are_right_to_the_last_digits(function: str) -> None:
    cell, params, x = asked(function)
    (ours,) = sequence(cell, params, x)
    right(function, ours, x)


def test_a_cell_made_up_here_has_a_kernel() -> None:
    check(MadeUp(), *drawn(MadeUp()))


@dataclass(frozen=True, kw_only=True)
class Turning(MadeUp):
    """Every unit hears of its neighbor, the first one of the last, counted from the end."""

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = super().step(params, state, x)
        return h + 0.3 * torch.cat([state[0][..., -1:], state[0][..., :-1]], -1), c


def test_a_slice_counted_from_the_end_has_the_right_gradient() -> None:
    check(Turning(), *drawn(Turning()))


@dataclass(frozen=True, kw_only=True)
class Branching(MadeUp):
    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        return state if x.sum() > 0 else super().step(params, state, x)


@dataclass(frozen=True, kw_only=True)
class Sorting(MadeUp):
    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        h, c = super().step(params, state, x)
        return h.cumsum(-1), c


@pytest.mark.parametrize(("cell", "words"), [(Branching(), "traced"), (Sorting(), "cumsum")])
def test_what_has_no_kernel_says_why(cell: Cell, words: str) -> None:
    why = supports(cell, *drawn(cell))
    assert why is not None and words in why and why.endswith(".")
    assert "float32" in str(supports(cell, drawn(cell)[0], drawn(cell)[1].double()))


def test_a_kernel_that_disagrees_or_does_not_repeat_itself_is_found_out() -> None:
    def wrong(cell: Cell, params: Tensors, x: Tensor) -> State:
        return tuple(1.01 * part for part in unrolled(cell, params, x))

    def shaky(cell: Cell, params: Tensors, x: Tensor) -> State:
        return tuple(part * (1 + 1e-6 * torch.rand(())) for part in unrolled(cell, params, x))

    def found(run: Run) -> str | None:
        sizes = {"I": 2, "H": 8, "O": 1}
        return disagreement(registry.load_cell("lstm"), run, sizes, 4, True, torch.device("cpu"))

    assert found(sequence) is None
    assert "disagrees" in str(found(wrong)) and "repeat" in str(found(shaky))


def test_without_a_compiler_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    for known in (build.compiler, build.missing, kernel):
        known.cache_clear()
    cell = registry.load_cell("rnn")
    try:
        assert "no C compiler" in str(supports(cell, *drawn(cell)))
        assert toolchain("cpu")
    finally:
        for known in (build.compiler, build.missing, kernel):
            known.cache_clear()


def test_a_kernel_is_compiled_once_even_by_two_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQBENCH_CACHE", str(tmp_path))
    source = "int answer(void) { return 42; }"
    pair = [threading.Thread(target=build.load, args=(source,)) for _ in range(2)]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    assert {path.suffix for path in (tmp_path / "kernels").iterdir()} == {".so", ".sha256"}
    build.compiler()

    def refuse(*words: object, **more: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(subprocess, "run", refuse)
    assert build.load(source).answer() == 42


def test_what_the_compiler_refuses_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQBENCH_CACHE", str(tmp_path))
    with pytest.raises(build.Unbuildable, match="refuses"):
        build.load("this is not C")
    assert not list((tmp_path / "kernels").iterdir())
