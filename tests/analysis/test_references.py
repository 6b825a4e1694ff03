"""What is reached without learning through time, and which tasks say something of gradients."""

import json

import pandas as pd
import pytest

from seqbench.analysis import references
from seqbench.analysis.trials import Trials
from tests.helpers.rows import one, table, trial

SEEDS = range(3)


def arm(skill: float, remedy: str = "none", cell: str = "rnn", **more: object) -> list[dict]:
    """The trials of one combination; a seed adds a hundredth."""
    knobs = json.dumps({"remedy": more.pop("knobs", {})})
    facts = {"cell": cell, "knobs": knobs} | more
    return [trial(s, 0.1, skill + s / 100, skill + s / 100, remedy, **facts) for s in SEEDS]


def run(*arms: list[dict]) -> Trials:
    return Trials(table(*[row for rows in arms for row in rows]))


def test_the_best_trained_arm_is_set_against_the_best_reference() -> None:
    found = run(
        arm(0.5), arm(0.8, "clip_norm"), arm(0.3, "freeze_recurrent"), arm(0.6, cell="memoryless")
    )
    row = one(found.bought)
    assert (row.trained, row.reference, row.n) == ("clip_norm", "memoryless", 3)
    assert row[["skill", "reference_skill", "bought"]].tolist() == pytest.approx([0.81, 0.61, 0.2])
    assert not row.solved_without and found.telling == {"copy"}


def test_both_are_chosen_by_validation() -> None:
    lucky = [row | {"test_skill": 1.0, "valid_score": 0.3} for row in arm(0.5, "clip_norm")]
    assert one(run(arm(0.5), lucky, arm(0.3, "freeze_recurrent")).bought).trained == "none"


def test_an_untrained_loop_that_solves_the_task_leaves_nothing_to_tell() -> None:
    found = run(arm(0.95), arm(0.95, "freeze_recurrent"))
    row = one(found.bought)
    assert row.bought == pytest.approx(0) and row.solved_without
    assert found.telling == frozenset()


def test_less_than_slight_is_nothing() -> None:
    for gain, tells in ((references.SLIGHT - 0.01, False), (references.SLIGHT + 0.01, True)):
        found = run(arm(0.4 + gain), arm(0.4, "freeze_recurrent"))
        assert ("copy" in found.telling) == tells


def test_what_is_below_chance_counts_as_chance() -> None:
    assert run(arm(0.02), arm(-0.9, "freeze_recurrent")).telling == frozenset()


def test_a_task_tells_by_its_mean_over_cells() -> None:
    frozen = [arm(0.4, "freeze_recurrent", cell) for cell in ("rnn", "lstm")]
    assert run(arm(0.4), arm(0.9, cell="lstm"), *frozen).telling == {"copy"}
    assert run(arm(0.1), arm(0.6, cell="lstm"), *frozen).telling == frozenset()


def test_without_a_reference_the_past_is_all_that_is_known() -> None:
    present = arm(0.9, task="adding", past_only=False)
    found = run(arm(0.9), arm(0.9, "clip_norm"), present)
    assert found.bought.empty and list(found.bought) == list(references.COLUMNS)
    assert found.telling == {"copy"}


def test_what_needs_no_past_never_tells() -> None:
    parts = [arm(skill, name, past_only=False) for skill, name in ((0.9, "none"), (0.1, "x"))]
    frozen = arm(0.1, "freeze_recurrent", past_only=False)
    assert run(*parts, frozen).telling == frozenset()


@pytest.mark.parametrize(
    ("remedy", "knobs", "counts"),
    [
        ("freeze_recurrent", {}, True),
        ("truncate", {"horizon": 1}, True),
        ("truncate@one", {"horizon": 1}, True),
        ("truncate", {"horizon": 5}, False),
        ("truncate", {}, False),
        ("clip_norm", {"horizon": 1}, False),
        ("clip_norm+freeze_recurrent", {}, False),
    ],
)
def test_a_gradient_cut_at_one_step_is_a_reference(
    remedy: str, knobs: dict[str, int], counts: bool
) -> None:
    found = run(arm(0.9), arm(0.2, remedy, knobs=knobs))
    assert references.remedies(found.trials) == ({remedy} if counts else set())
    assert len(found.bought) == counts


def test_a_cell_without_a_loop_is_a_reference_and_has_no_row() -> None:
    found = run(arm(0.9), arm(0.5, cell="memoryless"), arm(0.8, "clip_norm", "memoryless"))
    row = one(found.bought)
    assert (row.cell, row.reference) == ("rnn", "memoryless")
    assert row.reference_skill == pytest.approx(0.51), "with a remedy, it is no reference"


def test_seeds_are_paired() -> None:
    frozen = arm(0.3, "freeze_recurrent")[1:]
    row = one(run(arm(0.5), frozen).bought)
    assert row.n == 2 and row.bought == pytest.approx(0.2)
    assert (row.bought_low, row.bought_high) == pytest.approx((0.2, 0.2))


def test_nothing_has_no_rows() -> None:
    found = Trials(table())
    assert found.bought.empty and found.telling == frozenset()
    assert isinstance(found.tells(pd.DataFrame({"task": ["copy"]})), pd.Series)
