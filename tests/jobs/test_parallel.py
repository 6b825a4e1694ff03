"""What is measured of trained cells: by hand, by key, and never at the cost of a trial."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqbench import jobs, matrix, registry
from seqbench.axes import State, Tensors
from seqbench.engine import finish, train
from seqbench.engine.setup import Setup
from seqbench.initialization import gradient, newton
from seqbench.initialization.weights import AT_INITIALIZATION, initial, inputs
from seqbench.jobs import reach
from seqbench.jobs.parallel import columns, measured, measuring, name
from seqbench.matrix.job import BEYOND_WEIGHTS, shapes_weights
from seqbench.networks.network import Network
from seqbench.records import NEWTON, PARALLEL
from seqbench.remedy import VERBS, At, Remedy
from tests.helpers import by_recursion
from tests.helpers.known import Linear
from tests.helpers.training import bench, trial
from tests.helpers.training import train as trained

TEXT = """\
name: test
results: results
seeds: [1, 2]
train: {{hidden: 4, batch: 4, updates: {updates}, evaluate_every: 2, learning_rates: [0.05],
  valid_sequences: 8, test_sequences: 8{more}}}
tasks: {{adding: {{length: 6}}}}
cells: {{rnn: {{gain: {gain}}}}}
remedies: {{none: , orthogonal: , clip_norm: }}
parallel: {parallel}
reach:
  adding: {{from: 6, to: 6, remedies: [none], further: [2]}}
"""
Rows = list[dict[str, object]]


def read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, parallel: str, gain: float = 1.0,
    updates: int = 4, more: str = "",
) -> matrix.Matrix:  # fmt: skip
    monkeypatch.chdir(folder)
    text = TEXT.format(parallel=parallel, gain=gain, updates=updates, more=more)
    (folder / "m.yaml").write_text(text)
    return matrix.read(folder / "m.yaml")


def run(found: matrix.Matrix) -> Rows:
    jobs.run_job(found, "adding", "rnn", log=Path("log"))
    rows: Rows = pq.read_table("results/trials/adding/rnn.parquet").to_pylist()
    return rows


def without(rows: Rows) -> Rows:
    return [{k: value for k, value in row.items() if k not in PARALLEL} for row in rows]


def births(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The remedies of what is trained from now on."""
    seen: list[str] = []
    begin = Setup.stack

    def noted(setup: Setup, trials: list[train.Trial]) -> train.Stack:
        seen.extend(one.name for one in trials)
        return begin(setup, trials)

    monkeypatch.setattr(Setup, "stack", noted)
    return seen


def by_numpy(params: Tensors, x: Tensor) -> tuple[NDArray[np.floating], list[int]]:
    """Of a tanh network: its states, and Newton's iterations by length."""
    W, U, b = (params[k][0].numpy() for k in ("W", "U", "b"))
    drive = x[0, :, 0].numpy() @ W.T + b
    counts = [by_recursion.iterations(U, drive[:steps]) for steps in NEWTON]
    return by_recursion.states(U, drive), counts


def exponent_by_numpy(params: Tensors, states: NDArray[np.floating]) -> float:
    """The median growth of a gradient over 75 of 100 steps, in the last nine hundred steps."""
    U, growths = params["U"][0].numpy(), []
    first = len(states) % 100 + 100
    u = gradient.directions(torch.zeros(1, 9, len(U), dtype=torch.float64))[0].numpy()
    for piece in range(9):
        g, logs = u[piece], []
        for lag in range(100):
            logs.append(np.log(np.linalg.norm(g)))
            g = U.T @ ((1 - states[first + 100 * piece + 99 - lag] ** 2) * g)
        logs.append(np.log(np.linalg.norm(g)))
        growths.append((logs[100] - logs[25]) / 75)
    return float(np.median(growths))


@pytest.mark.parametrize("gain", [1.0, 1.3])
def test_the_numbers_are_those_of_the_weights_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gain: float
) -> None:
    seen = dict[str, Tensors]()

    def noted(network: Network, weights: Tensors, x: Tensor) -> list[object]:
        found = measured(network, weights, x)
        seen[str(found)] = weights
        return found

    monkeypatch.setattr("seqbench.jobs.parallel.measured", noted)
    rows = run(read(tmp_path, monkeypatch, "true", gain))
    task = registry.load_task("adding", {"length": 6})
    setup = bench(tmp_path / "b", "rnn", task, batch=4, valid_sequences=8, test_sequences=8)
    few = setup.source.probe(8).x  # (6, 8, 2): over and over
    x = torch.cat([few[:, k % 8] for k in range(171)])[None, :1024, None].double()
    assert len(seen) == 4
    for row in rows:
        mine = [row[column] for column in PARALLEL]
        if row["remedy"] == "clip_norm":
            assert mine == [None, None, None]
            continue
        states, counts = by_numpy(seen[str(mine)], x)
        assert mine[1:] == counts
        assert mine[0] == pytest.approx(exponent_by_numpy(seen[str(mine)], states), abs=1e-9)
    assert len({row["newton_128_end"] for row in rows}) > 1, "shows nothing"


def test_a_trained_linear_cell_takes_one_iteration_and_grows_as_its_eigenvalues_say(
    tmp_path: Path,
) -> None:
    b, seen = bench(tmp_path, "rnn", batch=4), list[tuple[Tensors, list[object]]]()
    b = replace(b, network=Network(cell=Linear()))
    asked = measuring(b.network, b.source, print)
    assert asked is not None

    def noted(weights: Tensors | None) -> list[object]:
        assert weights is not None
        seen.append((weights, asked.measure(weights)))
        return seen[-1][1]

    trials = [trial("none", seed, 0.02) for seed in (1, 2)]
    trained(replace(b, parallel=asked._replace(measure=noted)), trials)
    for weights, numbers in seen:
        largest = np.abs(np.linalg.eigvals(weights["U"][0].numpy())).max()
        assert numbers[1:] == [1, 1]
        assert numbers[0] == pytest.approx(np.log(largest), abs=0.03)
    assert len(seen) == 2


def test_without_the_key_nobody_measures_and_adding_it_trains_only_what_it_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never: Callable[..., object] = lambda *given: pytest.fail("measured")  # noqa: E731
    with monkeypatch.context() as off:
        off.setattr(finish, "measured", never)
        off.setattr("seqbench.jobs.parallel.measured", never)
        seen = births(monkeypatch)
        plain = run(read(tmp_path, monkeypatch, "false"))
    assert len(seen) == 6 and all(row[column] is None for row in plain for column in PARALLEL)
    asked = run(read(tmp_path, monkeypatch, "true"))
    assert sorted(seen[6:]) == ["none", "none", "orthogonal", "orthogonal"]
    assert without(asked) == without(plain)
    for row in asked:
        assert (row["newton_1024_end"] is None) == (row["remedy"] == "clip_norm")
    assert run(read(tmp_path, monkeypatch, "false")) == plain
    reach.run_reach(read(tmp_path, monkeypatch, "true"), "adding", "rnn")
    assert seen[10:] == ["none", "none"], "for the further tests"
    assert run(read(tmp_path, monkeypatch, "true")) == asked and len(seen) == 12


def test_other_code_has_it_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, seen = run(read(tmp_path, monkeypatch, "true")), births(monkeypatch)
    assert run(read(tmp_path, monkeypatch, "true")) == asked and not seen
    monkeypatch.setattr("seqbench.jobs.parallel.name", lambda: "of tomorrow")
    assert run(read(tmp_path, monkeypatch, "true")) == asked and len(seen) == 4


def test_networks_with_more_than_a_cell_have_no_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    b = bench(tmp_path, "rnn", layers=2)
    assert measuring(b.network, b.source, print) is None
    b = bench(tmp_path, "rnn", "surname_language", {}, valid_at_most=20, test_at_most=20)
    assert not b.network.alone and measuring(b.network, b.source, print) is None


def test_what_raises_in_float64_costs_no_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run(read(tmp_path, monkeypatch, "false"))

    def broken(*given: object) -> list[object]:
        raise RuntimeError("no such weight")

    monkeypatch.setattr("seqbench.jobs.parallel.measured", broken)
    assert run(read(tmp_path, monkeypatch, "true")) == plain
    assert "not measured in parallel: RuntimeError: no such weight" in Path("log").read_text()


def loaded(cell: str, hidden: int, gain: float = 1.0) -> tuple[Network, Tensors, Tensor]:
    network = Network(cell=registry.load_cell(cell, {"gain": gain} if gain != 1 else {}))
    return network, initial(network, Remedy(), hidden, 1, 1), inputs(1, 1, max(NEWTON))


def test_too_large_a_state_is_not_tried_and_what_is_not_finite_has_no_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network, weights, x = loaded("rnn", 6)
    exponent, short, _ = measured(network, weights, x)
    monkeypatch.setattr(newton, "LARGEST", 6 * 6 * 1023)
    assert measured(network, weights, x) == [exponent, short, None]
    monkeypatch.setattr(newton, "LARGEST", 6)
    assert measured(network, weights, x) == [exponent, None, None]
    monkeypatch.undo()
    wild = Network(cell=Linear())
    grows = {"U": 3.0 * torch.eye(6).double()[None]}
    assert measured(wild, weights | grows, x) == [None, None, None]
    gone = {"U": torch.zeros(1, 6, 6).double()}
    assert measured(network, weights | gone, x) == [None, 1, 1], "nothing is left of the gradient"


def test_pieces_are_the_path_that_a_walk_takes() -> None:
    network, weights, x = loaded("lstm", 5)
    at, x = At(network, 0, None, 1), x[:, :340]  # type: ignore[arg-type]
    after = newton.trajectory(network, weights, x, at)
    path = gradient.pieces(network, weights, x, after, (True, True), at, 100)
    walk = gradient.walk(network, weights, x, at, 100)
    assert path.x.shape == (1, 100, 2, 2) and walk.learns == path.learns
    for mine, theirs in zip(path.states, walk.states, strict=True):
        for part, other in zip(mine, theirs, strict=True):
            torch.testing.assert_close(part[:, 1:], other)
    first: State = path.states[0]
    torch.testing.assert_close(first[0][:, 0], after[0][:, 139])


def test_verbs_are_told_apart_alike_in_source_and_memory() -> None:
    assert {*BEYOND_WEIGHTS} | AT_INITIALIZATION == {*VERBS}
    for remedy in ("none", "orthogonal+forget_bias", "exp_map", "clip_norm", "zoneout+orthogonal"):
        made = registry.load_remedy(remedy, {})
        assert shapes_weights(remedy) == ({*made.acts_at} <= AT_INITIALIZATION)
    assert columns({}) == columns({"of yesterday": [1.0, 2, 3]}) == dict.fromkeys(PARALLEL)
    assert columns({name(): [1.0, 2, 3]}) == dict(zip(PARALLEL, (1.0, 2, 3), strict=True))
