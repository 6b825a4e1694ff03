"""A matrix says before it trains that it can decide nothing, or refers to nothing."""

from pathlib import Path

import pytest

from seqbench import matrix
from seqbench.commands.check import undecided, unreferenced, untried

TEXT = """
name: t
seeds: SEEDS
tasks: {adding: , copy: }
cells: {rnn: }
remedies: {none: , clip_norm: , clip_value: , truncate: }
"""


def said(folder: Path, seeds: int, more: str = "") -> list[str]:
    file = folder / "m.yaml"
    file.write_text(TEXT.replace("SEEDS", str([*range(seeds)])) + more)
    return [*undecided(matrix.read(file))]


def test_with_too_few_seeds_for_any_verdict_it_says_how_many_it_takes(tmp_path: Path) -> None:
    (words,) = said(tmp_path, 6)
    assert words.endswith("6 seeds, and 3 remedies or more on every task. For that it takes 7.")
    assert said(tmp_path, 7) == [], "2^-6 * 3 < .05"


def test_one_task_that_can_decide_is_enough(tmp_path: Path) -> None:
    assert said(tmp_path, 6, "only: {copy: {remedies: [none, clip_norm]}}\n") == []


def test_reference_arms_make_no_family_larger(tmp_path: Path) -> None:
    more = "freeze_recurrent: , truncate@cut: {horizon: 1}}"
    text = TEXT.replace("SEEDS", str([*range(6)])).replace("clip_value: , truncate: }", more)
    (tmp_path / "m.yaml").write_text(text)
    assert [*undecided(matrix.read(tmp_path / "m.yaml"))] == [], "one remedy, and 2^-5 < .05"


def bare(folder: Path, remedies: str, cells: str = "rnn: ") -> list[str]:
    """What is said of a matrix with these."""
    text = f"name: t\nseeds: [0]\ntasks: {{adding: , copy: }}\ncells: {{{cells}}}\n"
    (folder / "m.yaml").write_text(f"{text}remedies: {{none: , {remedies}}}\n")
    return [*unreferenced(matrix.read(folder / "m.yaml"))]


def test_without_a_reference_arm_it_says_what_to_add(tmp_path: Path) -> None:
    for remedies in ("clip_norm: ", "truncate: {horizon: 5}"):
        (words,) = bare(tmp_path, remedies)
        assert "no reference arm on adding, copy, so it will not be known" in words


@pytest.mark.parametrize(
    ("remedies", "cells"),
    [
        ("freeze_recurrent: ", "rnn: "),
        ("truncate@cut: {horizon: [1]}", "rnn: "),
        ("truncate@cut: {horizon: 1}", "rnn: "),
        ("orthogonal+truncate@cut: {truncate@cut: {horizon: 1}}", "rnn: "),
        ("clip_norm: ", "rnn: , memoryless: "),
    ],
)
def test_with_a_reference_arm_it_says_nothing(tmp_path: Path, remedies: str, cells: str) -> None:
    assert bare(tmp_path, remedies, cells) == []


def test_values_that_a_readout_in_closed_form_passes_over_are_said(tmp_path: Path) -> None:
    """They are spread over as many trials as others have, which have learning rates."""
    text = "name: t\nseeds: [0]\ntrain: {learning_rates: [0.1, 0.2]}\ntasks: {adding: }\n"
    text += "cells: {rnn: }\nremedies: {none: , leaky+ridge_readout: {leaky: {rate: [RATES]}}}\n"
    file = tmp_path / "m.yaml"
    for rates, words in (("0.1, 0.2", ""), ("0.1, 0.2, 0.3", "of 3 combinations of values of")):
        file.write_text(text.replace("RATES", rates))
        said = " ".join(untried(matrix.read(file)))
        assert words in said and bool(words) == bool(said)
    assert "ridge_readout, 2 are tried on adding, as many as there are learning rates" in said
