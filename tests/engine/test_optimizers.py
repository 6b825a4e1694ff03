from pathlib import Path

import pytest
import torch

from seqbench import registry
from seqbench.cell import Param
from seqbench.engine.fused import descent
from seqbench.engine.loop import update
from seqbench.engine.optimizers import optimizer, paced
from seqbench.engine.setup import Setup
from tests.helpers.training import bench, train, trial

TWINS = {
    "sgd": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
    "rmsprop": lambda p, lr: torch.optim.RMSprop(p, lr, momentum=0.9),
    "adam": lambda p, lr: torch.optim.Adam(p, lr),
}


@pytest.mark.parametrize("name", TWINS)
def test_a_stack_descends_as_torch_does_with_each_trials_own_rate(name: str) -> None:
    torch.manual_seed(0)
    start, rates = torch.randn(3, 4, 5, dtype=torch.float64), torch.tensor([0.01, 0.1, 0.5])
    grads = torch.randn(20, 3, 4, 5, dtype=torch.float64)
    params, slots = {"w": start}, {}
    optimize = optimizer(name, momentum=0.9)
    for done, grad in enumerate(grads):
        params, slots = optimize(params, {"w": grad}, slots, rates, done)
    for row, rate in enumerate(rates):
        weight = start[row].clone().requires_grad_()
        twin = TWINS[name]([weight], float(rate))
        for grad in grads:
            weight.grad = grad[row]
            twin.step()
        torch.testing.assert_close(params["w"][row], weight.detach(), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("hidden", [1, 5, 16])
def test_adam_in_few_passes_is_adam_to_the_bit(
    hidden: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    shapes = {"U": (hidden, hidden), "b": (1, hidden), "W": (hidden, 3)}
    start = {name: torch.randn(7, *shape) for name, shape in shapes.items()}
    rates, scales = torch.logspace(-4, 0, 7), torch.logspace(-30, 18, 7)
    grads = [
        {
            k: torch.randn_like(w).mT.contiguous().mT * scales[:, None, None]
            for k, w in start.items()
        }
        for _ in range(12)
    ]
    grads[5]["b"][2], grads[7]["U"][3] = torch.inf, torch.nan

    def descended() -> list[torch.Tensor]:
        params, slots = start, {}
        for done, grad in enumerate(grads):
            params, slots = optimizer("adam", 0.0)(params, grad, slots, rates, 3 * done)
        return [part[name] for part in (params, *slots.values()) for name in sorted(params)]

    quick = descended()
    monkeypatch.setattr(descent, "_library", lambda: None)
    slow = descended()
    for ours, theirs in zip(quick, slow, strict=True):
        assert torch.equal(ours.nan_to_num(), theirs.nan_to_num())
        assert torch.equal(ours.isnan(), theirs.isnan())


PACES = {
    "A": Param("1", "H", "recurrent", pace=0.25),
    "d": Param("1", "H", "scale", fastest=0.05),
    "W": Param("H", "I", "input"),
}  # and a readout, which no cell speaks of


@pytest.mark.parametrize("name", TWINS)
def test_weights_of_another_pace_are_torchs_groups_of_other_rates(name: str) -> None:
    torch.manual_seed(0)
    rates, keys = torch.tensor([0.01, 0.1, 0.5]), ("W", "A", "W_out", "d")
    start = {key: torch.randn(3, 2, 5, dtype=torch.float64) for key in keys}
    grads = [{key: torch.randn_like(start[key]) for key in keys} for _ in range(20)]
    optimize, params, slots = paced(optimizer(name, momentum=0.9), PACES), start, {}
    for done, grad in enumerate(grads):
        params, slots = optimize(params, grad, slots, rates, done)
    assert list(params) == list(keys) and all(list(slot) == list(keys) for slot in slots.values())
    for row, rate in enumerate(rates.tolist()):
        weights = {key: start[key][row].clone().requires_grad_() for key in keys}
        groups = [
            {"params": [weights["W"], weights["W_out"]]},
            {"params": [weights["A"]], "lr": 0.25 * rate},
            {"params": [weights["d"]], "lr": min(rate, 0.05)},
        ]
        twin = TWINS[name](groups, rate)
        for grad in grads:
            for key, weight in weights.items():
                weight.grad = grad[key][row]
            twin.step()
        for key, weight in weights.items():
            torch.testing.assert_close(params[key][row], weight.detach(), rtol=1e-6, atol=1e-9)


def test_adam_in_groups_is_as_quick_and_has_the_bits_of_each_group_alone() -> None:
    torch.manual_seed(0)
    rates, keys = torch.tensor([0.01, 0.1, 0.5]), ("W", "A", "W_out", "d")
    start = {key: torch.randn(3, 2, 5) for key in keys}
    grads = [{key: torch.randn_like(start[key]) for key in keys} for _ in range(5)]
    adam = optimizer("adam", 0.0)
    optimize, params, slots = paced(adam, PACES), start, {}
    for done, grad in enumerate(grads):
        params, slots = optimize(params, grad, slots, rates, done)
    for key, own in (("W", rates), ("A", rates * 0.25), ("d", rates.clamp(max=0.05))):
        alone, kept = {key: start[key]}, {}
        for done, grad in enumerate(grads):
            alone, kept = adam(alone, {key: grad[key]}, kept, own, done)
        assert torch.equal(alone[key], params[key])


def test_where_no_weight_has_a_pace_of_its_own_nothing_is_done() -> None:
    adam = optimizer("adam", 0.0)
    assert paced(adam, registry.load_cell("lstm").params()) is adam
    assert paced(adam, registry.load_cell("lru", {"pace": 1.0}).params()) is adam


@pytest.mark.parametrize(
    ("cell", "slow", "fast", "share", "named"),
    [
        ("lru", {}, {"pace": 1.0}, 0.25, {"nu", "theta", "gamma"}),
        ("s4d", {"fastest": 100.0}, {"fastest": 1e9}, 0.2, {"log_A", "A_im", "log_d"}),
    ],
)
def test_the_dynamics_of_state_spaces_learn_slower_in_any_layer(
    tmp_path: Path, cell: str, slow: dict, fast: dict, share: float, named: set[str]
) -> None:
    """One step of plain descent at a rate of 500 moves each weight by its rate times its slope."""
    settings = {"updates": 1, "evaluate_every": 1, "layers": 2}
    slower, faster = (
        _moved(bench(tmp_path / str(n), cell, cell_knobs=knobs, **settings))
        for n, knobs in enumerate((slow, fast))
    )
    for name, far in faster.items():
        expected = far * (share if name.partition(".")[0] in named else 1)
        torch.testing.assert_close(slower[name], expected, rtol=1e-4, atol=2e-5)
    assert all(far.abs().max() > 1e-3 for far in faster.values())


def _moved(made: Setup) -> dict[str, torch.Tensor]:
    """By how much one update moves every weight."""
    stack = made.stack([trial("none", 1, 500.0)])
    before = stack.params
    optimize = paced(optimizer("sgd", 0.0), made.network.params())
    update(stack, made.task, made.source.batch(stack.seeds, 0), optimize)
    return {name: stack.params[name] - before[name] for name in before}


def test_training_keeps_to_the_pace(tmp_path: Path) -> None:
    settings = {"updates": 20, "evaluate_every": 20}
    found = [
        train(bench(tmp_path / str(pace), "lru", cell_knobs={"pace": pace}, **settings), [trial()])
        for pace in (0.25, 1.0)
    ]
    one, other = (next(iter(records.values()))["trial"]["test_score"] for records in found)
    assert one != other
