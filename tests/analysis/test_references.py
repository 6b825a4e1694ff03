"""What is reached without learning through time, and which tasks say something of gradients."""

import json

import numpy as np
import pandas as pd
import pytest

from seqbench.analysis import references
from seqbench.analysis.trials import Trials
from tests.helpers.rows import one, table, trial

SEEDS = range(3)


ONE = {"horizon": 1}


def arm(skill: float, remedy: str = "none", cell: str = "rnn", **more: object) -> list[dict]:
    """The trials of one combination; a seed adds a hundredth."""
    knobs = json.dumps({"remedy": more.pop("knobs", {})})
    facts = {"cell": cell, "knobs": knobs} | more
    return [trial(s, 0.1, skill + s / 100, skill + s / 100, remedy, **facts) for s in SEEDS]


def run(*arms: list[dict]) -> Trials:
    return Trials(table(*[row for rows in arms for row in rows]))


def cut(skill: float, remedy: str, cell: str = "rnn", **more: object) -> list[dict]:
    """The reference arm of a remedy: the same with the gradient cut at one step."""
    return arm(skill, f"{remedy}+truncate@cut", cell, knobs={"truncate@cut": ONE}, **more)


def test_the_best_trained_arm_is_set_against_the_best_reference() -> None:
    found = run(
        arm(0.5), arm(0.8, "chrono"), cut(0.3, "chrono"), arm(0.2, "freeze_recurrent"),
        arm(0.6, cell="memoryless"),
    )  # fmt: skip
    row = one(found.bought)
    assert (row.trained, row.reference, row.n) == ("chrono", "memoryless", 3)
    assert row[["skill", "reference_skill", "bought"]].tolist() == pytest.approx([0.81, 0.61, 0.2])
    assert not row.solved_without and found.telling == {"copy"}


def test_an_arm_is_a_reference_only_if_every_value_that_is_tried_cuts_the_gradient() -> None:
    tried = [arm(0.5, "truncate", knobs={"horizon": k}, setting=f"horizon={k}") for k in (1, 5)]
    assert references.remedies(run(arm(0.5), *tried).trials) == {}
    cuts = [arm(0.5, "truncate", knobs={"horizon": k}) for k in (1, [1])]
    absent = [trial(9, 0.1, None, None, "truncate", status="failed")]  # without knobs
    assert references.remedies(run(arm(0.5), *cuts, absent).trials) == {"truncate": ()}


def test_both_are_chosen_by_validation() -> None:
    lucky = [row | {"test_skill": 1.0, "valid_score": 0.3} for row in arm(0.5, "chrono")]
    assert one(run(arm(0.5), lucky, cut(0.3, "chrono")).bought).trained == "none"
    unlucky = [row | {"test_skill": 0.0} for row in cut(0.4, "chrono")]
    row = one(run(arm(0.5), arm(0.6, "chrono"), unlucky, arm(0.3, "freeze_recurrent")).bought)
    assert (row.reference, row.reference_skill) == ("chrono+truncate@cut", 0.0)


def test_a_remedy_that_solves_the_task_without_learning_through_time_buys_nothing() -> None:
    """What begins better needs a reference that begins so: that of `none` fails here."""
    frozen = arm(0.1, "freeze_recurrent")
    found = run(arm(0.2), arm(0.95, "chrono"), frozen, cut(0.95, "chrono"))
    row = one(found.bought)
    assert (row.trained, row.reference) == ("chrono", "chrono+truncate@cut")
    assert row.bought == pytest.approx(0) and row.solved_without
    assert found.telling == frozenset()
    assert run(arm(0.2), arm(0.95, "chrono"), frozen, cut(0.1, "chrono")).telling == {"copy"}


def test_a_remedy_without_a_reference_of_its_own_is_no_trained_side() -> None:
    found = run(arm(0.2), arm(0.95, "chrono"), arm(0.19, "freeze_recurrent"))
    row = one(found.bought)
    assert (row.trained, row.bought) == ("none", pytest.approx(0.01))
    assert found.telling == frozenset()


def test_a_reference_is_of_its_own_task_and_cell() -> None:
    elsewhere = [
        *(arm(0.2, cell="gru"), arm(0.5, "chrono", "gru"), cut(0.2, "chrono", "gru")),
        *(arm(0.2, task="dyck"), arm(0.5, "chrono", task="dyck"), cut(0.2, "chrono", task="dyck")),
    ]
    found = run(arm(0.2), arm(0.95, "chrono"), arm(0.1, "freeze_recurrent"), *elsewhere)
    trained = found.bought.set_index(["task", "cell"])["trained"].to_dict()
    assert trained == {
        ("copy", "gru"): "chrono", ("copy", "rnn"): "none", ("dyck", "rnn"): "chrono",
    }  # fmt: skip


def test_an_untrained_loop_that_solves_the_task_leaves_nothing_to_tell() -> None:
    found = run(arm(0.95), arm(0.95, "freeze_recurrent"))
    row = one(found.bought)
    assert row.bought == pytest.approx(0) and row.solved_without
    assert found.telling == frozenset()


def test_less_than_slight_is_nothing() -> None:
    for gain, tells in ((references.SLIGHT - 0.01, False), (references.SLIGHT + 0.01, True)):
        found = run(arm(0.4 + gain), arm(0.4, "freeze_recurrent"))
        assert ("copy" in found.telling) == tells


def spread(gains: list[float], cell: str = "rnn") -> list[dict]:
    """A trained and an untrained loop that differ by these, a seed each."""
    return [
        trial(seed, 0.1, 0.5, 0.3 + gain * trained, remedy, cell=cell)
        for seed, gain in enumerate(gains)
        for trained, remedy in ((1, "none"), (0, "freeze_recurrent"))
    ]


def test_what_chance_could_explain_tells_nothing() -> None:
    for gains, tells in (
        ([0.2, 0.3, 0.25, 0.25], True),
        ([0.6, -0.1, 0.5, 0.0], False),
        ([0.2], True),
    ):
        found = run(spread(gains))
        assert one(found.bought).bought == pytest.approx(sum(gains) / len(gains))
        assert ("copy" in found.telling) == tells


def test_seeds_of_all_cells_say_how_sure_it_is() -> None:
    """Two seeds of one cell are too few, and of eight cells that find the same one easy, too."""
    gains = [0.1, 0.3]
    assert run(spread(gains)).telling == frozenset()
    assert run(*[spread(gains, f"rnn@{k}") for k in range(8)]).telling == frozenset()
    either = [gains, gains[::-1]]
    assert run(*[spread(either[k % 2], f"rnn@{k}") for k in range(8)]).telling == {"copy"}


def test_where_nothing_is_bought_a_task_seldom_tells() -> None:
    """Of tasks on which both sides are truly equal, one in twenty at most."""
    many, random = 400, np.random.default_rng(0)
    gains = {
        (f"t{k}", cell): references.Gain("none", "x", 0.5, 0.5, random.normal(0, 0.3, 10), False)
        for k in range(many)
        for cell in ("rnn", "lstm")
    }
    trials = table(*[trial(0, 0.1, 0.5, 0.5, task=f"t{k}") for k in range(many)])
    assert 0 < len(references.telling(trials, gains)) <= many / 20
    bought = {at: one._replace(differences=one.differences + 0.4) for at, one in gains.items()}
    assert len(references.telling(trials, bought)) >= 0.95 * many


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
    ("remedy", "knobs", "kept"),
    [
        ("freeze_recurrent", {}, ()),
        ("truncate", ONE, ()),
        ("truncate@one", ONE, ()),
        ("truncate", {"horizon": 5}, None),
        ("truncate", {"horizon": [1, 5]}, None),
        ("truncate", {}, None),
        ("clip_norm", ONE, None),
        ("chrono+truncate@cut", {"truncate@cut": ONE}, ("chrono",)),
        ("truncate@cut+chrono", {"truncate@cut": ONE}, ("chrono",)),
        ("chrono+freeze_recurrent", {}, ("chrono",)),
        ("chrono+truncate", {"truncate": {"horizon": 5}}, None),
        ("chrono+clip_norm", {"clip_norm": ONE}, None),
        ("chrono+omega+truncate", {"truncate": ONE}, ("chrono", "omega")),
        ("freeze_recurrent+truncate", {"truncate": ONE}, ()),
    ],
)
def test_a_reference_arm_is_known_by_its_parts(
    remedy: str, knobs: dict[str, object], kept: tuple[str, ...] | None
) -> None:
    found = run(arm(0.9), arm(0.2, remedy, knobs=knobs))
    assert references.remedies(found.trials) == ({} if kept is None else {remedy: kept})
    assert len(found.bought) == (kept is not None)


def test_a_reference_arm_is_known_although_its_first_trial_did_not_run() -> None:
    lost = arm(0.2, "truncate@cut", "memoryless", status="not_applicable")
    found = run([row | {"knobs": ""} for row in lost], arm(0.2, "truncate@cut", knobs=ONE))
    assert references.remedies(found.trials) == {"truncate@cut": ()}


def test_a_readout_in_closed_form_is_neither_side() -> None:
    solved = arm(0.95, "ridge_readout", acts_at="solve")
    cut_too = cut(0.95, "ridge_readout", acts_at="carry+solve")
    row = one(run(arm(0.6), solved, cut_too, arm(0.1, "freeze_recurrent")).bought)
    assert (row.trained, row.reference) == ("none", "freeze_recurrent")
    assert run(arm(0.6), solved, cut_too).bought.empty


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
