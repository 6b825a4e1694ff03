"""A remedy that is switched off changes not one bit."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seqbench import registry
from seqbench.remedy import Remedy
from tests.helpers.passes import equal, leaves_of, made, run_on, weight_gradients
from tests.helpers.remedies import T, at, draw, inputs, unrolled
from tests.helpers.training import bench, train, trial

BETWEEN = [
    ("clip_through_time", {"limit": 1e9}),
    ("h_detach", {"probability": 0.0}),
    ("zoneout", {"hidden": 0.0, "memory": 0.0}),
    ("recurrent_dropout", {"rate": 0.0}),
    ("skip", {"share": 0.0, "steps": 2}),
    ("skip", {"steps": T + 1}),
    ("leaky", {"rate": 1.0}),
    ("es2n", {"proximity": 1.0}),
]


@pytest.mark.parametrize(("name", "off"), BETWEEN)
@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru", "jordan"])
def test_switched_off_it_changes_not_one_bit(cell_name: str, name: str, off: dict) -> None:
    cell, remedy = registry.load_cell(cell_name), made(name, **off)
    params, x = draw(cell, 2), inputs(2)
    for ours, plain in zip(
        unrolled(cell, params, x, remedy), unrolled(cell, params, x, Remedy()), strict=True
    ):
        assert all(map(torch.equal, ours, plain))
    assert equal(
        weight_gradients(cell, params, x, remedy), weight_gradients(cell, params, x, Remedy())
    )


WEIGHED = ("omega", "omega_vjp", "placebo", "input_gradient_penalty", "gradient_flossing")


@pytest.mark.parametrize("name", WEIGHED)
def test_weight_0_asks_for_nothing(name: str) -> None:
    cell = registry.load_cell("rnn")
    params = leaves_of(cell)
    run = run_on(cell, params, inputs())
    assert made(name, weight=0.0).penalize(params, run, at(cell)) is None
    assert made(name).penalize(params, run, at(cell)) is not None


OFF = [
    ("omega", {"weight": 0.0}),
    ("omega_vjp", {"weight": 0.0}),
    ("placebo", {"weight": 0.0}),
    ("input_gradient_penalty", {"weight": 0.0}),
    ("norm_stabilizer", {"weight": 0.0}),
    ("soft_orthogonality", {"weight": 0.0}),
    ("zoneout", {"hidden": 0.0, "memory": 0.0}),
    ("recurrent_dropout", {"rate": 0.0}),
    ("clip_through_time", {"limit": 1e9}),
    ("leaky", {"rate": 1.0}),
    ("es2n", {"proximity": 1.0}),
    ("gradient_flossing", {"weight": 0.0}),
    ("spectral_clip", {"limit": 1e9}),
    ("rescaled_glorot", {"margin": 0.0}),
    ("curriculum", {"begin": 1.0}),
    ("timing_codes", {"strength": 0.0}),
]


def test_training_with_a_remedy_switched_off_is_training_without_it_bit_for_bit(
    tmp_path: Path,
) -> None:
    remedies = [replace(trial(name), remedy=made(name, **off)) for name, off in OFF]
    trials = [trial(), *remedies]
    kept = train(bench(tmp_path, "rnn", engine="eager"), trials)
    plain, *others = (kept[t.fingerprint] for t in trials)
    for (name, _), record in zip(OFF, others, strict=True):
        assert record["curves"] == plain["curves"], name
        assert record["flow"] == plain["flow"], name
