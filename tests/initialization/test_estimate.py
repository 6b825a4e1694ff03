"""Estimates of the gradient beside the exact one: values that are known, holes, tables."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import torch

from seqbench import matrix, records, registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.initialization import estimate, tables
from seqbench.initialization.estimate import Compared, Estimate, compared, may_estimate, measure
from seqbench.initialization.kept import kept
from seqbench.initialization.pairs import Pairs, drawn, flat, gradient, place, rolled
from seqbench.remedies.uoro import Uoro
from seqbench.remedy import At, Remedy, Rollout
from tests.helpers.known import Broken, Linear

H, N = 4, 4 * (2 + 4 + 1)  # units, and weights of a simple network with two inputs
MATRIX = """
name: estimates
results: {results}
train: {{hidden: 4, updates: 10, evaluate_every: 5, learning_rates: [0.1, 0.2, 0.3, 0.4]}}
tasks: {{adding: {{length: 10}}}}
cells: {{rnn: , memoryless: }}
remedies: {{{remedies}}}
"""


def pairs(cell: str | Cell, lag: int, rows: int = 3) -> Pairs:
    loaded = registry.load_cell(cell) if isinstance(cell, str) else cell
    return drawn(loaded, Remedy(), H, rows, lag + 1)


def at(remedy: str | Remedy, lag: int, cell: str = "rnn", **knobs: object) -> Compared:
    loaded = registry.load_remedy(remedy, knobs) if isinstance(remedy, str) else remedy
    found = compared(loaded, pairs(cell, lag))
    assert found is not None
    return found


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm", "jordan"])
def test_real_time_recurrent_learning_is_exact(cell: str) -> None:
    found = at("rtrl", 6, cell)
    assert found.bias < 1e-5 and found.cosine == pytest.approx(1)
    assert (found.spread, found.error, found.draws) == (0, 0, 1)


def test_a_cut_loses_what_lies_before_it_and_nothing_else() -> None:
    """By hand, h = W x + U h: L = u' h_T, so step t gives U'^(T - t) u x_t' to W."""
    lag, horizon = 7, 3
    known = pairs(Linear(), lag)
    found = registry.load_remedy("truncate", {"horizon": horizon})
    one = compared(found, known)
    errors = []
    for row in range(len(known.x)):
        U, pull = known.params["U"][row], known.u[row, 0]
        states = [state[0][row, 0] for state in rolled(known).states]
        whole, late = torch.zeros(N).double(), torch.zeros(N).double()
        for back in range(lag + 1):
            t = lag - back
            by = {"W": torch.outer(pull, known.x[row, t, 0]), "U": torch.outer(pull, states[t])}
            part = flat(by | {"b": 0 * pull[None]})  # which this cell does not add
            whole, late = whole + part, late + part * (back < horizon)
            pull = U.mT @ pull
        exact = gradient(Remedy(), known, place(known)[0])[row]
        torch.testing.assert_close(exact[:N], whole)  # the readout is not in it: zeros
        assert not exact[N:].any()
        errors.append(((whole - late).norm() / whole.norm()) ** 2)
    assert one is not None
    assert one.bias == pytest.approx(float(torch.stack(errors).mean().sqrt()))
    assert one.bias > 0.05 and one.error == one.spread == 0


def test_within_the_horizon_a_cut_loses_nothing() -> None:
    assert at("truncate", 4, horizon=5).bias == 0
    assert at("truncate", 5, horizon=5).bias > 0


@pytest.mark.parametrize(("remedy", "knobs"), [("uoro", {}), ("artbp", {"horizon": 4})])
def test_an_unbiased_one_has_no_bias_beyond_its_error(
    remedy: str, knobs: dict[str, object]
) -> None:
    loaded, known = registry.load_remedy(remedy, knobs), pairs("gru", 4)
    few, many = compared(loaded, known, 64), compared(loaded, known, 4096)
    assert few is not None and many is not None
    assert 0 < few.bias <= 2 * few.error and 0 < many.bias <= 2 * many.error
    assert few.error == pytest.approx(few.spread / 8) and few.draws == 64
    assert many.error < few.error / 4, "more draws tell more"
    assert many.spread == pytest.approx(few.spread, rel=0.5) and 0 < many.cosine < 1


def test_random_feedback_says_nothing_on_average_over_the_feedback() -> None:
    found = compared(registry.load_remedy("rflo"), pairs("leaky_rnn", 4), 1000)
    assert found is not None and found.draws == 1000
    assert found.bias == pytest.approx(1, abs=3 * found.error) and found.error < 0.1
    assert found.spread > 0.3 and abs(found.cosine) < 0.1


def test_what_goes_back_to_no_unit_is_the_gradient_of_the_last_step() -> None:
    cut, local = at("truncate", 4, horizon=1), at("e_prop", 4)
    assert local.bias == pytest.approx(cut.bias) and local.cosine == pytest.approx(cut.cosine)
    assert 0 < at("e_prop", 4, "lstm").bias != at("snap1", 4, "lstm").bias > 0


@dataclass(frozen=True, kw_only=True)
class Off(Remedy):
    """Made up: the exact gradient times a random factor of known mean and variance."""

    mean: ClassVar[float] = 1.5

    def estimate(self, rollout: Rollout, at: At) -> Tensors:
        exact = registry.load_remedy("rtrl").estimate(rollout, at)
        sign = torch.where(at.noise.uniform(1, 1) < 0.5, -1.0, 1.0)
        return {name: part * (self.mean + sign) for name, part in exact.items()}


def test_bias_and_spread_of_a_known_estimate() -> None:
    found = compared(Off(), pairs("rnn", 3), 1000)
    assert found is not None
    assert found.bias == pytest.approx(0.5, abs=0.1) and found.spread == pytest.approx(1, abs=0.05)
    assert found.bias > 2 * found.error == pytest.approx(2 / 1000**0.5, rel=0.05)
    assert found.cosine == pytest.approx(1), "a factor of .5 or 2.5"
    assert found.kept is None, "it does not say what it keeps"


@pytest.mark.parametrize(
    ("cell", "remedy", "knobs", "numbers"),
    [
        ("rnn", "none", {}, 9 * H),
        ("rnn", "truncate", {"horizon": 5}, 5 * H),
        ("rnn", "truncate", {"horizon": 50}, 9 * H),
        ("rnn", "rtrl", {}, H * N),
        ("rnn", "snap1", {}, N),
        ("rnn", "e_prop", {}, 0),
        ("leaky_rnn", "e_prop", {}, N),
        ("lstm", "e_prop", {}, 3 * N),
        ("rnn", "rflo", {}, 0),
        ("leaky_rnn", "rflo", {}, N),
        ("rnn", "uoro", {}, H + N),
        ("lstm", "none", {}, 9 * 2 * H),
        ("lstm", "rtrl", {}, 2 * H * 4 * N),
        ("lstm", "uoro", {}, 2 * H + 4 * N),
        ("rnn", "artbp", {"horizon": 2}, 2 * H * (1 - 0.5**9)),
        ("rnn", "uoro+orthogonal", {}, H + N),
    ],
)
def test_what_is_kept_follows_the_formula(
    cell: str, remedy: str, knobs: dict[str, object], numbers: float
) -> None:
    known = pairs(cell, 8)
    loaded = registry.load_remedy(remedy, knobs)
    assert kept(loaded, rolled(known), place(known)[0]) == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("name", "may"),
    [("rtrl", True), ("truncate", True), ("truncate+orthogonal", True), ("none", False),
     ("clip_norm", False), ("orthogonal", False), ("truncate+clip_norm", False),
     ("zoneout", False)],
)  # fmt: skip
def test_what_may_estimate_acts_nowhere_else(name: str, may: bool) -> None:
    assert may_estimate(registry.load_remedy(name)) is may


def test_what_changes_the_states_is_no_estimate() -> None:
    assert measure(registry.load_cell("rnn"), registry.load_remedy("recurrent_dropout"),
                   hidden=4) is None  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Deaf(Linear):
    """What is read out depends on nothing."""

    def step(self, params: Tensors, state: State, x: torch.Tensor) -> State:
        return (state[0] + 0 * super().step(params, state, x)[0],)


def test_what_cannot_be_compared_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    load, rnn = registry.load_remedy, registry.load_cell("rnn")
    for cell, remedy, words, failed in (
        (registry.load_cell("memoryless"), "rtrl", "hands nothing on", False),
        (Deaf(), "rtrl", "The exact gradient is 0, or", False),
        (Broken(), "truncate", "RuntimeError: no such weight", True),
    ):
        found = measure(cell, load(remedy), hidden=4)
        assert found is not None and words in found.reason and found.failed is failed
        assert found.rows("c", "r", "v")[0]["reason"] == found.reason
        assert len(found.rows("c", "r", "v")) == 1 and not found.costs("c", "r")
    monkeypatch.setattr(estimate, "LARGEST", 10)
    found = measure(rnn, load("rtrl"), hidden=4)
    assert found is not None and "more than 10 are not measured" in found.reason
    exact = measure(rnn, Remedy(), hidden=99)
    assert exact is not None and not exact.reason and exact.hidden == estimate.WIDEST


def run(tmp_path: Path, name: str, remedies: str) -> tuple[list[str], list[dict], list[dict]]:
    folder, file = tmp_path / name, tmp_path / "m.yaml"
    folder.mkdir()
    file.write_text(MATRIX.format(results=str(folder).lstrip("/"), remedies=remedies))
    failed = tables.write(matrix.read(file).model_copy(update={"results": str(folder)}))
    read = (records.read(folder / f"{t}.parquet", t) for t in ("estimates", "estimate_costs"))
    rows, costs = (table.to_pylist() for table in read)
    return failed, rows, costs


def test_a_matrix_becomes_two_tables_and_only_seconds_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "LAGS", (1, 4))
    monkeypatch.setattr(estimate, "DRAWS", 8)
    remedies = 'uoro: , clip_norm: , "truncate@2": {horizon: [2, 4]}, recurrent_dropout: '
    failed, rows, costs = run(tmp_path, "one", remedies)
    assert not failed and rows == run(tmp_path, "two", remedies)[1]
    of_rnn = [row for row in rows if row["cell"] == "rnn"]
    assert [(row["remedy"], row["lag"]) for row in of_rnn] == [
        (name, lag) for name in ("none", "truncate@2", "uoro") for lag in (1, 4)
    ]
    assert all(row["reason"] for row in rows if row["cell"] == "memoryless")
    assert [(row["remedy"], row["lag"]) for row in costs] == [
        (row["remedy"], row["lag"]) for row in of_rnn
    ]
    assert all(row["seconds"] >= 0 for row in costs)
    bias = {(row["remedy"], row["lag"]): row["bias"] for row in of_rnn}
    assert bias["none", 4] == bias["truncate@2", 1] == 0 < bias["uoro", 1]
    assert bias["truncate@2", 4] > 0, "of several values, the first: a horizon of 2"


def test_a_matrix_without_estimates_has_empty_ones(tmp_path: Path) -> None:
    assert run(tmp_path, "none", "clip_norm: , orthogonal: ") == ([], [], [])


def test_an_estimate_that_fails_costs_the_others_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: object) -> Tensors:
        raise SystemExit(3)

    monkeypatch.setattr(estimate, "LAGS", (1,))
    monkeypatch.setattr(Uoro, "estimate", fails)
    (failed,), rows, _ = run(tmp_path, "one", "uoro: , truncate: ")
    assert failed == "rnn / uoro: SystemExit: 3"
    assert {row["remedy"] for row in rows if not row["reason"]} == {"none", "truncate"}


def test_an_empty_estimate_has_no_lags() -> None:
    assert Estimate(4, reason="why").rows("a", "b", "")[0] == {
        "cell": "a", "remedy": "b", "acts_at": "", "hidden": 4, "reason": "why",
    }  # fmt: skip
