"""What training takes, by hand: weights, gradients, the optimizer's numbers, and kept states."""

from pathlib import Path

import pytest
import torch

from seqbench import registry
from seqbench.engine.footprint import footprint, stretch
from seqbench.engine.optimizers import numbers_per_weight, optimizer
from tests.helpers.training import bench, train, trial

# lstm, I = 2, H = 8, O = 1: W 32 x 2, U 32 x 8, b 32, W_out 8, b_out 1
LOOP, INPUT, WEIGHTS, READOUT = 256, 64, 361, 9
STATE, BATCH, T = 16, 8, 8  # h and c


@pytest.mark.parametrize(
    ("remedy", "knobs", "trained", "numbers"),
    [
        ("none", {}, WEIGHTS, 4 * WEIGHTS + BATCH * T * STATE),
        ("clip_norm", {}, WEIGHTS, 4 * WEIGHTS + BATCH * T * STATE),
        ("truncate", {"horizon": 3}, WEIGHTS, 4 * WEIGHTS + BATCH * 3 * STATE),
        ("truncate", {"horizon": 50}, WEIGHTS, 4 * WEIGHTS + BATCH * T * STATE),
        ("freeze_recurrent", {}, 105, WEIGHTS + 3 * 105 + BATCH * T * STATE),
        ("freeze_recurrent", {"also_input": True}, 41, WEIGHTS + 3 * 41 + BATCH * T * STATE),
        ("clip_norm+freeze_recurrent", {}, 105, WEIGHTS + 3 * 105 + BATCH * T * STATE),
        ("ridge_readout", {}, READOUT, WEIGHTS + BATCH * STATE + 2 * 9 * 10),
        ("reservoir+leaky+ridge_readout", {}, READOUT, WEIGHTS + BATCH * STATE + 2 * 9 * 10),
    ],
)
def test_trained_weights_and_bytes_are_those_by_hand(
    tmp_path: Path, remedy: str, knobs: dict[str, object], trained: int, numbers: int
) -> None:
    laid = bench(tmp_path, "lstm")
    assert footprint(laid, registry.load_remedy(remedy, knobs)) == (trained, 4 * numbers)


def test_bytes_grow_with_layers_batch_and_what_the_optimizer_keeps(tmp_path: Path) -> None:
    none, states = registry.load_remedy("none"), T * STATE
    for settings, numbers in (
        ({"optimizer": "sgd"}, 2 * WEIGHTS + BATCH * states),
        ({"optimizer": "rmsprop", "momentum": 0.9}, 4 * WEIGHTS + BATCH * states),
        ({"batch": 20}, 4 * WEIGHTS + 20 * states),
        ({"layers": 2}, 4 * (WEIGHTS + 32 * (8 + 8 + 1)) + BATCH * 2 * states),
    ):
        assert footprint(bench(tmp_path, "lstm", **settings), none).memory_bytes == 4 * numbers


def test_only_a_cut_ends_what_is_kept() -> None:
    remedy = registry.load_remedy("truncate", {"horizon": 4})
    assert [stretch(remedy, steps) for steps in (1, 3, 4, 5, 9)] == [1, 3, 4, 4, 4]
    clipped = registry.load_remedy("clip_through_time")
    assert stretch(clipped, 9) == 9  # a gradient made shorter still goes all the way


@pytest.mark.parametrize(("name", "momentum"), [("sgd", 0.0), ("sgd", 0.9), ("rmsprop", 0.9),
                                                ("rmsprop", 0.0), ("adam", 0.0)])  # fmt: skip
def test_numbers_per_weight_are_those_that_an_optimizer_keeps(name: str, momentum: float) -> None:
    weights = {"w": torch.ones(2, 3, 4)}
    _, slots = optimizer(name, momentum)(weights, weights, {}, torch.ones(2), 0)
    assert len(slots) == numbers_per_weight(name, momentum)


def test_a_trial_records_its_footprint(tmp_path: Path) -> None:

    laid = bench(tmp_path, "rnn")
    for name in ("none", "freeze_recurrent"):
        (kept,) = train(laid, [trial(name)]).values()
        assert kept["trial"]["trained"] == footprint(laid, registry.load_remedy(name)).trained
