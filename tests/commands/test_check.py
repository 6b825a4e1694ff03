"""A matrix says before it trains that it can decide nothing."""

from pathlib import Path

from seqbench import matrix
from seqbench.commands.check import undecided

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
