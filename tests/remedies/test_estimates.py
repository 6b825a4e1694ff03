"""Estimates of the gradient: exact where they promise it, right on average where they do that."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Param
from seqbench.cells.rnn import Rnn
from seqbench.engine.passes.unroll import unroll
from seqbench.engine.streams import CPU, RowNoise
from seqbench.engine.train import run
from seqbench.jobs.trials import _around
from seqbench.remedies._fed import Shapes, fed
from seqbench.remedies._influence import jacobians
from seqbench.remedy import At, Remedy, Rollout
from seqbench.remedy.composition import compose
from tests.helpers.remedies import SIZES, B, every_cell
from tests.helpers.training import bench, train, trial

STEPS, DRAWS = 5, 10_000
Found = dict[str, np.ndarray]


def drawn(cell: Cell, sizes: dict[str, int], batch: int, steps: int) -> tuple[Tensors, Tensor]:
    """Weights and inputs in float64."""
    stream = torch.Generator().manual_seed(1)
    params = cell.initialize(sizes, stream)
    x = torch.randn(steps, batch, sizes["I"], generator=stream, dtype=torch.float64)
    return {
        k: (w + 0.1 * torch.randn(w.shape, generator=stream)).double() for k, w in params.items()
    }, x


def loss(states: list[Tensor]) -> Tensor:
    """Of all steps, each with another weight: (..., B, H) each -> (...)"""
    return sum((1 + t) * h.sin().square().flatten(-2).sum(-1) for t, h in enumerate(states))


def exact(cell: Cell, params: Tensors, x: Tensor, remedy: Remedy, at: At) -> Tensors:
    """By back-propagation through time, with what the remedy does between steps."""
    leaves = {name: part.clone().requires_grad_() for name, part in params.items()}
    states = unroll(cell, leaves, x, remedy, at)
    slopes = torch.autograd.grad(
        loss([state[0] for state in states]).sum(), [*leaves.values()], materialize_grads=True
    )
    return dict(zip(leaves, slopes, strict=True))


def rollout(cell: Cell, params: Tensors, x: Tensor, at: At) -> Rollout:
    with torch.no_grad():
        states = unroll(cell, params, x, Remedy(), at)
    leaves = [state[0].clone().requires_grad_() for state in states]
    credit = torch.stack(torch.autograd.grad(loss(leaves).sum(), leaves), -3)
    first = cell.start(x[..., 0, :, :], params)
    errors = credit[..., : params["W_out"].shape[-2]].cos()  # made up: the loss is of h
    return Rollout(params, x, [first, *states], credit, errors)


def place(cell: Cell, seeds: int | list[int] = 0) -> At:
    return At(cell, 0, RowNoise(seeds, "test", 0, CPU), 4)


@every_cell
def test_real_time_recurrent_learning_is_back_propagation(cell_name: str) -> None:
    cell = registry.load_cell(cell_name)
    params, x = drawn(cell, SIZES, B, STEPS)
    at = place(cell)
    true = exact(cell, params, x, Remedy(), at)
    found = registry.load_remedy("rtrl").estimate(rollout(cell, params, x, at), at)
    largest = max(part.abs().max() for part in true.values())
    for name, part in true.items():
        assert (found[name] - part).abs().max() <= 1e-10 * max(1, largest), name


def rows(params: Tensors) -> Tensors:
    return {name: part.expand(DRAWS, *part.shape) for name, part in params.items()}


@pytest.mark.parametrize("cell_name", ["rnn", "gru", "lstm", "min_gru", "jordan"])
@pytest.mark.parametrize("remedy", ["uoro", "artbp"])
def test_the_mean_of_many_draws_is_the_gradient(cell_name: str, remedy: str) -> None:
    cell = registry.load_cell(cell_name)
    params, x = drawn(cell, {"I": 1, "H": 2, "O": 1}, 1, STEPS)
    loaded = registry.load_remedy(remedy, {"horizon": 4} if remedy == "artbp" else {})
    true = exact(cell, params, x, Remedy(), place(cell))
    at, many, x = place(cell, list(range(DRAWS))), rows(params), x.expand(DRAWS, *x.shape)
    if remedy == "uoro":
        found = loaded.estimate(rollout(cell, many, x, at), at)
    else:
        found = exact(cell, many, x, loaded, at)
    spread = 0.0
    for name, part in true.items():
        error = found[name].std(0) / DRAWS**0.5
        spread += float(error.sum())
        assert ((found[name].mean(0) - part).abs() <= 4.5 * error + 1e-9).all(), name
    assert spread > 0


def test_the_sparse_one_keeps_what_a_unit_does_to_itself() -> None:
    cell = registry.load_cell("rnn")
    params, x = drawn(cell, SIZES, B, STEPS)
    at = place(cell)
    rolled = rollout(cell, params, x, at)
    found = registry.load_remedy("snap1").estimate(rolled, at)
    U, influence, total = params["U"], 0.0, 0.0
    for t in range(STEPS):
        old, new = rolled.states[t][0], rolled.states[t + 1][0]
        slope = 1 - new.square()  # of tanh, (B, H)
        influence = slope[..., None] * (U.diag()[:, None] * influence + old[:, None, :])
        total = total + (rolled.credit[t][..., None] * influence).sum(0)
    torch.testing.assert_close(found["U"], total, rtol=1e-12, atol=1e-12)


def estimated(
    cell_name: str, remedy: str, knobs: dict[str, object] | None = None
) -> tuple[Rollout, Tensors]:
    cell = registry.load_cell(cell_name, knobs or {})
    params, x = drawn(cell, SIZES, B, STEPS)
    rolled = rollout(cell, params, x, place(cell))
    return rolled, registry.load_remedy(remedy).estimate(rolled, place(cell))


@pytest.mark.parametrize("remedy", ["snap1", "e_prop"])
@pytest.mark.parametrize("cell_name", ["indrnn", "diagonal_gru", "rg_lru", "min_gru"])
def test_where_units_do_not_mix_the_sparse_ones_are_exact(cell_name: str, remedy: str) -> None:
    cell = registry.load_cell(cell_name)
    rolled, found = estimated(cell_name, remedy)
    true = exact(cell, rolled.params, rolled.x, Remedy(), place(cell))
    for name, part in true.items():
        torch.testing.assert_close(found[name], part, rtol=1e-9, atol=1e-9)


def numbers(rolled: Rollout) -> dict[str, np.ndarray]:
    """What a loop by hand starts from, and h_0, c_0 of every sequence."""
    given = {name: part.numpy() for name, part in rolled.params.items()}
    return given | {"x": rolled.x.numpy(), "credit": rolled.credit.numpy()}


def by_hand_leaky(given: dict[str, np.ndarray], rate: float, keep: float | None) -> Found:
    """Eligibilities of h <- (1 - a) h + a tanh(x W' + h U' + b), unit by unit, weight by weight.

    keep: of a unit's own eligibility; None: (1 - a) + a tanh' U_jj.
    """
    found = {name: np.zeros_like(given[name]) for name in ("W", "U", "b")}
    units = len(given["U"])
    for s in range(given["x"].shape[1]):
        h, trace = np.zeros(units), {k: np.zeros_like(v) for k, v in found.items()}
        for x, credit in zip(given["x"][:, s], given["credit"][:, s], strict=True):
            said = np.tanh(given["W"] @ x + given["U"] @ h + given["b"][0])
            for j in range(units):
                slope = rate * (1 - said[j] ** 2)
                own = 1 - rate + slope * given["U"][j, j] if keep is None else keep
                trace["W"][j] = own * trace["W"][j] + slope * x
                trace["U"][j] = own * trace["U"][j] + slope * h
                trace["b"][0, j] = own * trace["b"][0, j] + slope
                found["W"][j] += credit[j] * trace["W"][j]
                found["U"][j] += credit[j] * trace["U"][j]
                found["b"][0, j] += credit[j] * trace["b"][0, j]
            h = (1 - rate) * h + rate * said
    return found


def close(found: Tensors, wanted: Found) -> None:
    for name, part in wanted.items():
        assert np.abs(part).max() > 1e-3
        np.testing.assert_allclose(found[name].numpy(), part, rtol=1e-9, atol=1e-11, err_msg=name)


def test_e_prop_of_a_simple_recurrence_is_the_present_step_and_of_a_leaky_one_its_own_way() -> None:
    rolled, found = estimated("rnn", "e_prop")
    close(found, by_hand_leaky(numbers(rolled), 1.0, 0.0))
    rolled, found = estimated("leaky_rnn", "e_prop", {"rate": 0.3})
    close(found, by_hand_leaky(numbers(rolled), 0.3, None))


def test_e_prop_of_an_lstm_goes_back_by_the_forget_gate_alone() -> None:
    rolled, found = estimated("lstm", "e_prop")
    given = numbers(rolled)
    wanted = {name: np.zeros_like(given[name]) for name in ("W", "U", "b")}
    units, logistic = SIZES["H"], lambda z: 1 / (1 + np.exp(-z))
    for s in range(B):
        h = c = np.zeros(units)
        trace = {k: np.zeros_like(v) for k, v in wanted.items()}  # of c
        for x, credit in zip(given["x"][:, s], given["credit"][:, s], strict=True):
            z = (given["W"] @ x + given["U"] @ h + given["b"][0]).reshape(4, units)
            i, f, o, g = logistic(z[0]), logistic(z[1]), logistic(z[3]), np.tanh(z[2])
            new = f * c + i * g
            slopes = i * (1 - i) * g, f * (1 - f) * c, i * (1 - g**2), 0 * o
            seen = {"W": x, "U": h, "b": np.ones(1)}
            for name, old in trace.items():
                rows = old.reshape(4, units, -1)
                for gate, slope in enumerate(slopes):
                    rows[gate] = f[:, None] * rows[gate] + slope[:, None] * seen[name]
                through = (o * (1 - np.tanh(new) ** 2))[:, None] * rows
                through[3] += (o * (1 - o) * np.tanh(new))[:, None] * seen[name]
                wanted[name] += (credit[:, None] * through).reshape(wanted[name].shape)
            h, c = o * np.tanh(new), new
    close(found, wanted)


@pytest.mark.parametrize(
    ("cell_name", "alike"),
    [("leaky_rnn", True), ("gru_reset_after", True), ("ugrnn", True), ("clockwork", True),
     ("rnn", False), ("lstm", False), ("gru", False)],
)  # fmt: skip
def test_where_e_prop_is_the_sparse_approximation_and_where_not(
    cell_name: str, alike: bool
) -> None:
    (_, found), (_, sparse) = (estimated(cell_name, name) for name in ("e_prop", "snap1"))
    furthest = max(float((found[k] - sparse[k]).abs().max()) for k in found)
    assert furthest < 1e-9 if alike else furthest > 0.1


@pytest.mark.parametrize(("cell_name", "rate"), [("rnn", 1.0), ("leaky_rnn", 0.3)])
def test_random_feedback_keeps_the_leak_alone(cell_name: str, rate: float) -> None:
    knobs: dict[str, object] = {} if cell_name == "rnn" else {"rate": rate}
    rolled, found = estimated(cell_name, "rflo", knobs)
    shape = SIZES["O"], SIZES["H"]
    drawn_once = RowNoise(0, "test/fixed", 0, CPU).uniform(*shape).double()
    R = (2 * drawn_once - 1) * (6 / sum(shape)) ** 0.5
    given = numbers(rolled) | {"credit": (rolled.errors @ R).numpy()}
    close(found, by_hand_leaky(given, rate, 1 - rate))


def test_feedback_weights_are_the_same_at_all_updates_and_others_by_seed() -> None:
    first, later, other = (
        RowNoise([seed, 7], "test", step, CPU).fixed(2, 8)
        for seed, step in ((1, 0), (1, 90), (2, 0))
    )
    assert torch.equal(first, later) and not torch.equal(first[0], other[0])
    assert torch.equal(first[1], other[1]) and not torch.equal(first[0], first[1])
    noise = RowNoise([1, 7], "test", 5, CPU)
    drawn_before = noise.uniform(3), noise.fixed(2, 8)
    assert torch.equal(drawn_before[1], first), "whatever was drawn before"
    through = noise.through(4)
    assert torch.equal(through.at(0).fixed(2, 8), through.at(3).fixed(2, 8))
    assert torch.equal(through.at(0).fixed(2, 8), first)


@pytest.mark.parametrize(
    ("remedy", "cell_name", "words"),
    [
        ("rflo", "lstm", "no leak that is a number"),
        ("rflo", "gru", "no leak that is a number"),
        ("rflo", "clockwork", "no leak that is a number"),
        ("rflo", "leaky_rnn", None),
        ("rflo", "rnn", None),
        ("e_prop", "lmu", "memory (m) is of no unit"),
        ("e_prop", "jordan", None),
        ("e_prop", "t_lstm", None),
        ("e_prop", "memoryless", "hands nothing on"),
    ],
)
def test_where_local_learning_makes_no_sense(
    remedy: str, cell_name: str, words: str | None
) -> None:
    task = registry.load_task("adding")
    said = registry.load_remedy(remedy).suits(registry.load_cell(cell_name), task)
    assert said is None if words is None else words in (said or "")


@every_cell
def test_every_weight_that_feeds_a_number_is_found_by_trying(cell_name: str) -> None:
    cell = registry.load_cell(cell_name)
    params, x = drawn(cell, SIZES, B, STEPS)
    rolled = rollout(cell, params, x, place(cell))
    steps = zip(x, rolled.states[:-1], strict=True)
    found = [jacobians(cell, params, state, x_t)[1].ne(0).any(0) for x_t, state in steps]
    missed = torch.stack(found).any(0) & fed(cell, Shapes.of(rolled)).eq(0)
    assert not missed.any(), f"{int(missed.sum())} of {int(torch.stack(found).any(0).sum())}"


@dataclass(frozen=True, kw_only=True)
class Begun(Rnn):
    """Made up: its first state is learned."""

    def params(self) -> dict[str, Param]:
        return super().params() | {"first": Param("1", "H", "bias")}

    def start(self, x: Tensor, params: Tensors) -> State:
        return (super().start(x, params)[0] + params["first"].tanh(),)


def test_a_first_state_that_is_learned_has_its_influence() -> None:
    cell = Begun()
    params, x = drawn(cell, {"I": 1, "H": 2, "O": 1}, 1, STEPS)
    true, load = exact(cell, params, x, Remedy(), place(cell)), registry.load_remedy
    assert true["first"].abs().max() > 1e-3
    rolled = rollout(cell, params, x, place(cell))
    found = load("rtrl").estimate(rolled, place(cell))
    for name, part in true.items():
        torch.testing.assert_close(found[name], part, rtol=1e-9, atol=1e-9)
    cut = replace(rolled, begins=False)
    assert not load("rtrl").estimate(cut, place(cell))["first"].any(), "an earlier window left it"
    at, many = place(cell, list(range(DRAWS))), rows(params)
    noisy = load("uoro").estimate(rollout(cell, many, x.expand(DRAWS, *x.shape), at), at)
    for name, part in true.items():
        error = noisy[name].std(0) / DRAWS**0.5
        assert ((noisy[name].mean(0) - part).abs() <= 4.5 * error + 1e-9).all(), name


@dataclass(frozen=True, kw_only=True)
class Silent(Remedy):
    """Made up: no gradient at all but the readout's; of a penalty that looks at nothing."""

    def estimate(self, rollout: Rollout, at: At) -> Tensors:
        return {name: torch.zeros_like(part) for name, part in rollout.params.items()}

    def looks_at_the_pass(self, step: int) -> bool:
        return False


def test_an_estimate_is_made_whatever_the_remedy_looks_at(tmp_path: Path) -> None:
    setup, ours = bench(tmp_path, "rnn"), [replace(trial(), remedy=Silent())]
    seen: list[Tensors] = []
    run(replace(setup, watch=lambda stack: seen.append(stack.params)), ours)
    first = setup.stack(ours).params
    assert {name for name, part in first.items() if not torch.equal(part, seen[-1][name])} == {
        "W_out", "b_out",
    }  # fmt: skip


def test_what_is_around_a_cell_is_refused_to_every_estimate(tmp_path: Path) -> None:
    assert _around(Silent(), bench(tmp_path, "rnn")) is None
    assert "by itself" in str(_around(Silent(), bench(tmp_path, "rnn", layers=2)))
    assert _around(Remedy(), bench(tmp_path, "rnn", layers=2)) is None


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_it_trains_as_back_propagation_does_and_alone_as_in_company(
    tmp_path: Path, cell: str
) -> None:
    names = ["none", "rtrl", "uoro", "snap1", "e_prop", *["rflo"] * (cell == "rnn")]
    ours = [trial(name, seed) for name in names for seed in (1, 2)]
    together = train(bench(tmp_path / "together", cell), ours)
    for seed in (1, 2):
        none, exact = (together[trial(name, seed).fingerprint] for name in ("none", "rtrl"))
        for one, other in zip(none["curves"], exact["curves"], strict=True):
            assert one[:3] == other[:3] and one[3] == pytest.approx(other[3], rel=1e-3, abs=1e-5)
    for one in ours:
        alone = train(bench(tmp_path / one.fingerprint, cell), [one])
        assert alone[one.fingerprint] == together[one.fingerprint]


def test_what_acts_on_the_way_back_is_refused() -> None:
    cell, task = registry.load_cell("rnn"), registry.load_task("adding")
    rtrl, load = registry.load_remedy("rtrl"), registry.load_remedy
    for other, words in (
        ("uoro", "exclude each other"),
        ("truncate", "nothing acts between steps"),
        ("omega", "goes back through time itself"),
    ):
        assert words in str(compose(rtrl, load(other)).suits(cell, task))
    assert compose(rtrl, load("clip_norm"), load("weight_penalty")).suits(cell, task) is None
