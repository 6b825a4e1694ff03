"""A kernel's C computes the same by GCC and by clang, on x86-64 of three ages and on ARM.

What is not there (a compiler, an emulator, a processor's vectors) is skipped by its name; `.ci/run`
installs what it can.
"""

from functools import cache, partial

import pytest
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.fused.sequence import _through
from tests.helpers.elementary import FUNCTIONS, MadeUp, asked, right
from tests.helpers.sequences import CELLS, agree, drawn, results, unrolled
from tests.helpers.targets import TARGETS, Workshop

FEW = (registry.load_cell("lstm"), MadeUp())
MORE = [pytest.param(cell, marks=pytest.mark.faults) for cell in CELLS if cell not in FEW]


@pytest.fixture(scope="module", params=TARGETS)
def workshop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    target = TARGETS[request.param]
    if reason := target.absent():
        pytest.skip(f"{request.param}: {reason}")
    return Workshop(target, tmp_path_factory.mktemp("target"))


@cache
def expected(cell: Cell) -> tuple[Tensors, Tensor, Tensors, Tensors]:
    """Weights, inputs, and what the loop makes of them in single and in double precision."""
    params, x = drawn(cell, trials=2, steps=7, batch=3, units=29)  # 29 = 16 + 8 + 4 + 1
    truth = results(unrolled, cell, {k: v.double() for k, v in params.items()}, x.double())
    return params, x, results(unrolled, cell, params, x), truth


@pytest.mark.parametrize("cell", [*FEW, *MORE], ids=str)
def test_equals_the_loop_over_steps(workshop: Workshop, cell: Cell) -> None:
    params, x, theirs, truth = expected(cell)
    run = partial(_through, workshop.kernel(cell, params, x))
    agree(results(run, cell, params, x), theirs, truth)


@pytest.mark.faults
@pytest.mark.parametrize("function", FUNCTIONS)
def test_elementary_functions_are_right_to_the_last_digits(
    workshop: Workshop, function: str
) -> None:
    cell, params, x = asked(function)
    (ours,) = _through(workshop.kernel(cell, params, x, need_x=False), cell, params, x)
    right(function, ours, x)
