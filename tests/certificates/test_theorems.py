"""The cells of a theorem are as it presumes, and no theorem forbids what is certified."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.certificates.certificate import certificates
from seqbench.certificates.problems import PROBLEMS
from seqbench.certificates.theorems import theorems
from seqbench.report.bibliography import entries
from tests.helpers.remedies import SIZES, draw

KNOWN = theorems()
NEGATIVE = {"eigenvalues": "-1..1"}


def inputs(*shape: int) -> Tensor:
    stream = torch.Generator().manual_seed(4)
    return torch.randn(*shape, SIZES["I"], generator=stream, dtype=torch.float64)


def after(cell: Cell, params: Tensors, x: Tensor) -> State:
    state = cell.start(x[0], params)
    for x_t in x:
        state = cell.step(params, state, x_t)
    return state


def cells(theorem: str) -> list[str]:
    return [*KNOWN[theorem].cells]


def eigenvalues(name: str, knobs: Mapping[str, object]) -> Tensor:
    """Of steps in the memory, for drawn weights and inputs: (n,) complex."""
    cell, found = registry.load_cell(name, knobs), []
    params, x = draw(cell, scale=2.0), inputs(8, 1)
    for x_t in x:
        state = after(cell, params, x)
        keep = cell.state if cell.memory is None else cell.memory
        places = [k for k, part in enumerate(cell.state) if part in (keep or ("C", "n"))]
        for place in places:

            def part(
                z: Tensor, place: int = place, state: State = state, x_t: Tensor = x_t
            ) -> Tensor:
                given = (*state[:place], z, *state[place + 1 :])
                return cell.step(params, given, x_t)[place][0]

            jacobian = torch.autograd.functional.jacobian(part, state[place])
            found.append(torch.linalg.eigvals(jacobian[:, 0]))
    return torch.cat(found)


@pytest.mark.parametrize("name", cells("nonnegative_eigenvalues"))
def test_step_matrices_have_no_negative_and_no_complex_eigenvalues(name: str) -> None:
    found = eigenvalues(name, {})
    assert found.imag.abs().max() < 1e-9 and found.real.min() > -1e-9


@pytest.mark.parametrize("name", cells("real_eigenvalues"))
def test_with_the_wider_range_they_are_real_and_some_are_negative(name: str) -> None:
    found = eigenvalues(name, NEGATIVE)
    assert found.imag.abs().max() < 1e-9 and found.real.min() < -0.1


def test_cells_that_are_left_out_have_others() -> None:
    assert eigenvalues("gru", {}).real.min() < -0.1


@pytest.mark.parametrize("name", [*cells("affine_in_the_inputs"), "s4d"])
def test_states_are_affine_in_the_inputs_where_it_is_presumed(name: str) -> None:
    cell = registry.load_cell(name)
    params, x, y = draw(cell), inputs(5, 2), inputs(5, 2) * 3
    both, none = (after(cell, params, z) for z in (x + y, 0 * x))
    ones = [after(cell, params, z) for z in (x, y)]
    shown = range(1, len(cell.state)) if name == "s4d" else range(len(cell.state))  # h is bent
    for k in shown:
        torch.testing.assert_close(both[k] + none[k], ones[0][k] + ones[1][k])


@pytest.mark.parametrize("name", cells("monotone_units"))
def test_units_are_monotone_under_the_same_input(name: str) -> None:
    cell = registry.load_cell(name)
    params, x = draw(cell, scale=2.0), inputs(1, 16)
    states = torch.stack([after(cell, params, x.expand(k, -1, -1))[0] for k in range(1, 20)])
    steps = states.diff(dim=0)
    assert ((steps >= -1e-12).all(0) | (steps <= 1e-12).all(0)).all()


def test_a_gru_is_not_monotone() -> None:
    cell = registry.load_cell("gru")
    params, x = draw(cell, scale=2.0), inputs(1, 16)
    states = torch.stack([after(cell, params, x.expand(k, -1, -1))[0] for k in range(1, 20)])
    steps = states.diff(dim=0)
    assert not ((steps >= -1e-12).all(0) | (steps <= 1e-12).all(0)).all()


@pytest.mark.parametrize("name", cells("odd_without_a_bias"))
def test_states_are_odd(name: str) -> None:
    cell = registry.load_cell(name)
    params, x = draw(cell), inputs(6, 2)
    for one, other in zip(after(cell, params, x), after(cell, params, -x), strict=True):
        torch.testing.assert_close(one, -other)


def test_nothing_is_both_certified_and_impossible() -> None:
    for one in certificates():
        problem = PROBLEMS[one.problem]
        knobs = dict(problem.knobs)
        against = [
            n for n, t in KNOWN.items() if t.forbids(problem.task, knobs, one.cell, one.knobs)
        ]
        assert not against, (one.cell, one.problem)


def test_theorems_speak_of_what_there_is_and_of_sources_in_the_bibliography() -> None:
    for name, one in KNOWN.items():
        assert {*one.sources} <= entries().keys(), name
        assert one.sources or one.proof, name
        for kind, members in (("cells", one.cells), ("tasks", one.tasks)):
            for member, knobs in members.items():
                assert knobs.keys() <= registry.describe(kind, member).knobs.keys()
