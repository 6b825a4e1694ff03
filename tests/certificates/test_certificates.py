"""Every certificate passes on sequences that it was not made with; what is broken does not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seqbench import registry
from seqbench.certificates.certificate import WEIGHTS, Certificate, certificates, read
from seqbench.certificates.check import check, expand
from seqbench.certificates.problems import PROBLEMS
from seqbench.errors import InputError

BY_CELL = {one.cell: [it for it in certificates() if it.cell == one.cell] for one in certificates()}


def of(cell: str, problem: str) -> Certificate:
    return next(one for one in BY_CELL[cell] if one.problem == problem)


@pytest.mark.parametrize("cell", BY_CELL)
def test_certificates_pass_at_25_times_the_length(cell: str) -> None:
    failed = {one.problem: made for one in BY_CELL[cell] if not (made := check(one, 2)).passes}
    assert not failed


@pytest.mark.parametrize("cell", BY_CELL)
def test_more_units_can_be_left_unused(cell: str) -> None:
    """So a certificate speaks of larger networks, too; of those that are not, only of its own."""
    for one in BY_CELL[cell]:
        made = check(one, 3, length=PROBLEMS[one.problem].trained, more=3)
        assert made.passes or one.as_it_is, one.problem


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_network_without_its_loop_does_not_pass(problem: str) -> None:
    whole = of("rnn", problem)
    cut = replace(whole, weights={k: w for k, w in whole.weights.items() if k != "U"})
    assert check(whole).passes and not check(cut).passes


def test_a_counter_that_weighs_its_letters_unlike_does_not_pass() -> None:
    whole = of("lstm_noaf", "counting")
    assert whole.weights["W"] == {"g": [[0, 20, -20]]}
    assert not check(replace(whole, weights=whole.weights | {"W": {"g": [[0, 20, -3]]}})).passes


def test_blocks_by_gate_and_numbers_are_written_out() -> None:
    cell, sizes = registry.load_cell("lstm"), {"I": 1, "H": 2, "O": 1}
    given = {"W": {"f": [[1], [2]]}, "b": {"o": 3, "i": [4, 5]}, "U": 6, "W_out": [[7, 8]]}
    one = Certificate("lstm", "parity", "", {}, 2, given)
    found = expand(one, cell, sizes)
    assert found["W"].flatten().tolist() == [0, 0, 1, 2, 0, 0, 0, 0]
    assert found["b"].tolist() == [[4, 5, 0, 0, 0, 0, 3, 3]]
    assert found["U"].eq(6).all() and found["U"].shape == (8, 2)
    assert found["W_out"].tolist() == [[7, 8]] and found["b_out"].tolist() == [[0]]
    assert all(weight.dtype == torch.float32 for weight in found.values())


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"Q": 1}, "lstm.json: parity: there is no weight 'Q'. Allowed: W, U, b"),
        ({"W": {"z": 1}}, "lstm.json: parity.W: there is no gate 'z'. Allowed: i, f, g, o."),
        ({"W": {"i": [[1, 2]]}}, r"parity.W.i: has the shape \(1, 2\). Allowed: 2, 1."),
        ({"b": {"i": ["x", 1]}}, "parity.b.i: is no table of numbers"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights: dict[str, object], words: str) -> None:
    one = Certificate("lstm", "parity", "", {}, 2, weights)
    with pytest.raises(InputError, match=words):
        expand(one, registry.load_cell("lstm"), {"I": 1, "H": 2, "O": 2})


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("lstm", "{", "lstm.json: is not JSON"),
        ("lsmt", "{}", "lsmt.json: is named like no cell"),
        ("lstm", '{"adding": {}}', "lstm.json: has another key than problems. Allowed: parity,"),
        ("lstm", '{"parity": {"units": 2}}', "parity has other keys. Allowed: how, units, weights"),
        ("lstm", '{"parity": {"how": 1, "units": 2, "weights": {}}}', "parity.how is 1"),
    ],
)
def test_a_file_that_holds_something_else_is_refused(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    (tmp_path / f"{name}.json").write_text(text)
    with pytest.raises(InputError, match=words):
        read(tmp_path / f"{name}.json")


def test_the_files_are_small() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) < 100_000
    assert all(json.loads(path.read_text()) for path in WEIGHTS.iterdir())


def test_certificates_say_nothing_of_other_knobs_of_the_cell() -> None:
    parity = of("delta_net", "parity")
    assert parity.fits("delta_net@negative", {"eigenvalues": "-1..1"})
    assert not parity.fits("delta_net", {})
    assert of("lstm", "parity").fits("lstm@held", {"forget_bias": 1.0})  # only where it begins
    assert not of("rnn", "parity").fits("rnn@relu", {"activation": "relu"})
    assert not of("rnn", "parity").fits("gru", {})
