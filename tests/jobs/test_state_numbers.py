"""How many numbers a network carries from one step to the next."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch

from seqbench import jobs, matrix, registry
from seqbench.jobs.state_numbers import looked_at, state_numbers
from seqbench.networks.network import build
from seqbench.training import Training
from tests.helpers.cells import SIZES, B, born, inputs, through_time

H, INPUTS, OUTPUTS = 6, 2, 1  # of adding

PUBLISHED = {  # from the equations
    "memoryless": 0,
    "rnn": H,
    "gru": H,
    "lstm": 2 * H,
    "slstm": 4 * H,
    "mlstm": H * H + H + 1,
    "delta_net": H * H,
    "gated_linear_attention": H * H,
    "retnet": 2 * H * H,
    "selective_ssm": 16 * H,
    "s4d": 2 * 32 * H,
    "lru": 2 * H,
    "linoss": 2 * H,
    "lmu": H + 32,
    "clockwork": H + 1,
    "jordan": OUTPUTS,
    "t_gru": H + INPUTS,
    "t_lstm": H + INPUTS,
    "intersection_rnn": H,
}


def test_a_state_that_explodes_is_carried_all_the_same() -> None:
    loud = registry.load_cell("rnn", {"activation": "relu", "gain": 1e30})
    assert looked_at(loud, SIZES) == (True,)


def numbers(name: str, task: str = "adding", **settings: object) -> int:
    cell, given = registry.load_cell(name), registry.load_task(task)
    training = Training(hidden=H).model_copy(update=settings)
    network = build(cell, given, training)
    return state_numbers(cell, network, network.sizes(given, training.hidden))


@pytest.mark.parametrize(("name", "expected"), PUBLISHED.items())
def test_the_count_is_that_of_the_equations(name: str, expected: int) -> None:
    assert numbers(name) == expected


@pytest.mark.parametrize("name", ["lstm", "lru", "mlstm"])
def test_every_layer_and_direction_counts_and_padding_does_not(name: str) -> None:
    assert numbers(name, layers=3) == numbers(name, layers=3, dropout=0.2) == 3 * numbers(name)
    assert numbers(name, "japanese_vowels") == numbers(name)
    both = numbers(name, "japanese_vowels", hidden=2 * H, bidirectional=True)
    assert both == 2 * numbers(name)


def test_encoder_and_decoder_hand_on_one_state() -> None:
    assert numbers("gru", "multi30k_de_en", layers=2) == 2 * H


@pytest.mark.parametrize("name", registry.names("cells"))
def test_what_is_not_counted_could_be_anything_and_what_is_counted_could_not(name: str) -> None:
    """NaN in a part that no step looks at is never seen; in one that is, at the next step."""
    cell = registry.load_cell(name)
    weights, x = born(cell), inputs(batch=B, dtype=torch.float32)
    start = through_time(cell, weights, x)[-1]
    for k, counted in enumerate(looked_at(cell, SIZES)):
        sick = (*start[:k], torch.full_like(start[k], torch.nan), *start[k + 1 :])
        (first, *_) = states = through_time(cell, weights, x, sick)
        if counted:
            assert any(part.isnan().any() for part in first), cell.state[k]
        else:
            assert all(part.isfinite().all() for state in states for part in state), cell.state[k]


TEXT = """\
name: test
results: results
seeds: [1]
train: {engine: eager, hidden: 6, closed_form_hidden: 9, match: state, batch: 4, updates: 2,
  evaluate_every: 2, valid_sequences: 8, test_sequences: 8, solve_batches: 2,
  learning_rates: [0.01]}
tasks: {adding: {length: 6}}
cells: {gru: , memoryless: }
remedies: {none: , ridge_readout: , forget_bias: }
"""


def test_rows_have_the_number_of_their_own_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.yaml").write_text(TEXT)
    found = {}
    for cell in ("gru", "memoryless"):
        jobs.run_job(matrix.read(Path("m.yaml")), "adding", cell)
        rows = pq.read_table(f"results/trials/adding/{cell}.parquet").to_pylist()
        found |= {(cell, row["remedy"]): (row["hidden"], row["state_numbers"]) for row in rows}
    assert found["gru", "none"] == found["gru", "forget_bias"] == (12, 12)  # of an lstm: 2 * 6
    assert found["gru", "ridge_readout"] == (9, 9)  # as large as it is told to be
    assert found["memoryless", "none"] == (6, 0)
    assert found["memoryless", "forget_bias"] == (6, 0)  # not applicable, and of that size
