"""Under a remedy a trial gives the same bits alone and stacked."""

from pathlib import Path

import pytest

from seqbench import registry
from tests.helpers.passes import leaves_of, made, run_on
from tests.helpers.remedies import at, inputs, same
from tests.helpers.training import bench, train, trial


@pytest.mark.parametrize(
    "name",
    [
        "clip_norm+omega",
        "omega_vjp",
        "clip_through_time+gradient_penalty",
        "zoneout+skip+leaky",
        "recurrent_dropout+norm_stabilizer",
        "input_gradient_penalty",
        "soft_orthogonality",
        "placebo",
        "gradient_flossing",
        "es2n+layer_norm",
        "spectral_clip+nonnormal_init",
        "orthogonalized_update",
    ],
)
def test_a_trial_gives_the_same_bits_alone_and_stacked(tmp_path: Path, name: str) -> None:
    trials = [trial(name, seed, rate) for seed in (1, 2) for rate in (0.01, 0.1)]
    together = train(bench(tmp_path / "all", "rnn"), trials)
    alone = train(bench(tmp_path / "alone", "rnn"), trials[2:3])
    assert alone[trials[2].fingerprint] == together[trials[2].fingerprint]
    curves = [record["curves"] for record in together.values()]
    assert all(curves[0] != other for other in curves[1:])


def test_no_remedy_here_touches_the_weights_it_is_given() -> None:
    cell = registry.load_cell("rnn")
    params = leaves_of(cell)
    kept = {k: v.clone() for k, v in params.items()}
    run = run_on(cell, params, inputs())
    for name in ("omega", "omega_vjp", "soft_orthogonality", "norm_stabilizer", "placebo"):
        made(name).penalize(params, run, at(cell))
    assert same(params, kept)
