"""Every predicate on constructed data: the opposite flips it, and few seeds decide nothing."""

import pytest

from seqbench.claims import deciding
from seqbench.claims.claim import Question, Rows
from tests.helpers.claims import noisy, rows, runs
from tests.helpers.questions import BAD, GOOD, HERE, ask, question


@pytest.mark.parametrize(
    ("name", "a", "b", "margin", "more"),
    [
        ("paired_difference", GOOD, BAD, 0.1, {}),
        ("success_rates", GOOD, BAD, 0.0, {}),
    ],
)
def test_the_opposite_data_flip_the_verdict_of_two_arms(
    name: str, a: list[float], b: list[float], margin: float, more: dict[str, object]
) -> None:
    assert ask(name, a, b, margin, **more).verdict == "supported"
    assert ask(name, b, a, margin, **more).verdict == "contradicted"
    assert ask(name, a[:3], b[:3], margin, **more).verdict == "inconclusive"
    assert "few" in ask(name, a[:3], b[:3], margin, **more).why
    same = ask(name, b, b, margin, **more).verdict
    assert same == ("contradicted" if margin else "inconclusive")
    assert ask(name, a, a, margin, **more).verdict == "inconclusive"  # no room for more


@pytest.mark.parametrize(
    ("name", "yes", "no", "margin", "more"),
    [
        ("at_chance", noisy(0.0, 6), noisy(0.5, 6), 0.05, {}),
        ("value_within", noisy(0.3, 6), noisy(0.9, 6), 0.1, {"value": 0.32}),
        ("threshold", GOOD, BAD, 0.0, {"value": 0.5}),
        ("threshold", BAD, GOOD, 0.0, {"value": 0.5, "direction": "at_most"}),
    ],
)
def test_the_opposite_data_flip_the_verdict_of_one_arm(
    name: str, yes: list[float], no: list[float], margin: float, more: dict[str, object]
) -> None:
    assert ask(name, yes, margin=margin, **more).verdict == "supported"
    assert ask(name, no, margin=margin, **more).verdict == "contradicted"
    few = ask(name, yes[:3], margin=margin, **more)
    assert few.verdict == "inconclusive" and "3" in few.why


def test_equivalence() -> None:
    near, far = noisy(0.5, 10, 2), noisy(0.8, 10, 3)
    assert ask("equivalence", near, noisy(0.5, 10, 4), 0.1).verdict == "supported"
    assert ask("equivalence", far, near, 0.1).verdict == "contradicted"
    assert ask("equivalence", near, far, 0.1).verdict == "contradicted"
    wide = noisy(0.5, 5, 5, spread=0.4), noisy(0.5, 5, 6, spread=0.4)
    assert ask("equivalence", *wide, 0.1).verdict == "inconclusive"  # no pass by low power
    assert ask("equivalence", [0.5] * 6, [0.5] * 6, 0.1).verdict == "supported"


@pytest.mark.parametrize(
    ("won_a", "won_b", "n", "p", "verdict"),
    [(3, 0, 3, 0.10, "inconclusive"), (4, 0, 4, 0.0286, "inconclusive"),
     (5, 0, 5, 0.0079, "supported"), (4, 0, 5, 0.048, "supported"),
     (3, 0, 5, 0.17, "inconclusive"), (10, 4, 10, 0.011, "supported")],
)  # fmt: skip
def test_the_power_of_success_rates(won_a: int, won_b: int, n: int, p: float, verdict: str) -> None:
    arms = ([1.0] * won + [0.0] * (n - won) for won in (won_a, won_b))
    found = ask("success_rates", *arms)
    assert found.verdict == verdict
    assert found.p == pytest.approx(p, abs=0.006)


def test_five_pairs_cannot_support_a_difference_and_six_can() -> None:
    five = ask("paired_difference", [1.0, 0.9, 0.95, 0.92, 0.97], [0.0] * 5)
    assert five.verdict == "inconclusive" and "at least 6 are needed" in five.why
    assert ask("paired_difference", [1.0, 0.9, 0.95, 0.92, 0.97, 1.0], [0.0] * 6).verdict == (
        "supported"
    )


BOTH = ("paired_difference", "equivalence", "success_rates", "ratio_of_steps")


@pytest.mark.parametrize("margin", [0.0, -0.05])
def test_an_order_at_chance_or_of_what_solves_everything_is_none(margin: float) -> None:
    low, high = noisy(0.0, 10, 1, spread=0.001), noisy(0.03, 10, 2, spread=0.001)
    found = ask("paired_difference", high, low, margin)
    assert found.verdict == "inconclusive" and "above chance" in found.why
    assert ask("paired_difference", noisy(0.3, 10, spread=0.001), low, margin).verdict == (
        "supported"
    )
    best, good = noisy(0.99, 10, 1, spread=0.001), noisy(0.97, 10, 2, spread=0.001)
    found = ask("paired_difference", good, best, margin)
    assert found.verdict == ("inconclusive" if margin == 0 else "supported")  # no worse than .05
    assert ask("paired_difference", good, best, 0.0, measure="test_score").verdict == (
        "contradicted"
    )


def test_a_score_per_weight_is_divided_trial_by_trial() -> None:
    more = {"value": 5.0, "measure": "score_per_weight"}
    asked = question("value_within", **more)
    few, many = (rows(noisy(5.0 * n, 6), parameters=n) for n in (100, 400))
    for made, verdict in ((few, "supported"), (many, "supported"), (rows(noisy(200.0, 6)), "no")):
        found = deciding.find("value_within").decide(asked, 0.5, runs(made))
        assert (found.verdict == "supported") == (verdict == "supported")
        assert found.unit == "score per weight minus 5"


@pytest.mark.parametrize("name", [*BOTH, "at_chance", "value_within", "threshold"])
def test_many_tasks_make_no_seeds(name: str) -> None:
    """Three seeds decide nothing, on eight tasks as little as on one."""
    tasks = [f"{letter}dding" for letter in "abcdefgh"]
    a = [row for task in tasks for row in rows(noisy(0.95, 3), remedy="clip_norm", task=task)]
    b = [row for task in tasks for row in rows(noisy(0.1, 3, 1), remedy="none", task=task)]
    more = {"value_within": {"value": 0.1}, "threshold": {"value": 0.5}}.get(name, {})
    asked = question(name, **more).model_copy(update={
        "rows": Rows(tasks=("past",), cells=("rnn",), remedies=("none",))
    })  # fmt: skip
    found = deciding.find(name).decide(asked, 0.2, runs(a, b))
    assert found.verdict == "inconclusive" and "3 seeds" in found.why


@pytest.mark.parametrize("cells", [("rnn", "rnn@loud"), ("rnn", "lstm")])
def test_a_seed_on_a_task_counts_once(cells: tuple[str, ...]) -> None:
    """Five seeds of two cells, or labels of one, on a task at two sizes, are five pairs, not 20."""
    a, b = (
        [
            row
            for task in ("adding", "adding@equal")
            for cell in cells
            for row in rows(noisy(mean, 5), remedy=remedy, task=task, cell=cell)
        ]
        for mean, remedy in ((0.9, "clip_norm"), (0.1, "none"))
    )
    asked = question("paired_difference").model_copy(update={
        "rows": Rows(tasks=("past",), cells=cells, remedies=("none",))
    })  # fmt: skip
    found = deciding.find("paired_difference").decide(asked, 0.0, runs(a, b))
    assert found.verdict == "inconclusive" and found.why.startswith("too few seeds: 5 pairs")


def test_a_mean_over_tasks_that_differ_is_tested_conservatively() -> None:
    """Half of the tasks gain .3 and half lose as much: the mean is 0, and stays so."""
    wrong = 0
    for draw in range(60):
        a, b = [], []
        for i, task in enumerate(("adding", "bdding", "cdding", "ddding")):
            gain = 0.3 if i % 2 else -0.3
            a += rows(noisy(0.5 + gain, 5, 10 * draw + i, 0.1), remedy="clip_norm", task=task)
            b += rows([0.5] * 5, remedy="none", task=task)
        asked = question("paired_difference").model_copy(update={
            "rows": Rows(tasks=("past",), cells=("rnn",), remedies=("none",))
        })  # fmt: skip
        wrong += deciding.find("paired_difference").decide(asked, 0.0, runs(a, b)).p < 0.05
    assert wrong <= 3


def test_chance_must_hold_for_every_cell() -> None:
    one, other = rows(noisy(0.0, 6)), rows(noisy(0.4, 6), cell="gru")
    asked = Question.model_validate_json(
        '{"name": "at_chance", "rows": {"tasks": ["past"], "cells": ["rnn", "gru"], '
        '"remedies": ["none"]}}'
    )
    found = deciding.find("at_chance").decide(asked, 0.25, runs(one, other))
    assert found.verdict == "contradicted" and "`gru` with `none` on `adding`" in found.why


def test_training_that_stops_at_the_pass_mark_cannot_fall_short_of_more() -> None:
    stopped = rows(noisy(0.92, 10, spread=0.001), stopped_at=500)
    gone_on = rows(noisy(0.92, 10, spread=0.001), stopped_at=1000)
    asked = question("threshold", value=0.99, measure="test_score")
    found = deciding.find("threshold").decide(asked, 0.0, runs(stopped))
    assert found.verdict == "inconclusive" and "stops at the pass mark" in found.why
    assert deciding.find("threshold").decide(asked, 0.0, runs(gone_on)).verdict == "contradicted"


def test_four_of_five_runs_are_not_yet_most() -> None:
    def met(k: int, n: int) -> str:
        skills = [1.0] * k + [0.0] * (n - k)
        return ask("threshold", skills, value=0.5).verdict

    assert [met(5, 5), met(4, 5), met(9, 10), met(0, 5)] == [
        "supported", "inconclusive", "supported", "contradicted",
    ]  # fmt: skip


def test_chance_must_hold_on_every_task() -> None:
    asked = Question.model_validate_json(
        '{"name": "at_chance", "rows": {"tasks": ["past"], "cells": ["rnn"], "remedies": ["none"]}}'
    )
    other = rows(noisy(0.4, 6), task="copy")
    found = deciding.find("at_chance").decide(asked, 0.05, runs(rows(noisy(0.0, 6)), other))
    assert found.verdict == "contradicted" and found.effect == pytest.approx(0.4, abs=0.05)
    below = rows(noisy(-0.4, 6), task="copy")
    found = deciding.find("at_chance").decide(asked, 0.05, runs(rows(noisy(0.0, 6)), below))
    assert found.verdict == "supported"


def test_chance_may_be_asked_from_both_sides() -> None:
    both = {"measure": "signed_skill"}
    assert ask("at_chance", noisy(0.0, 10), margin=0.05, **both).verdict == "supported"
    assert ask("at_chance", noisy(0.4, 10), margin=0.05, **both).verdict == "contradicted"
    below = ask("at_chance", [-1 / 3] * 10, margin=0.05, **both)
    assert below.verdict == "inconclusive" and "below chance, at -0.33" in below.why
    assert ask("at_chance", noisy(-0.05, 10), margin=0.05, **both).verdict == "inconclusive"


def test_variance_ratio() -> None:
    wide, narrow = noisy(0.5, 20, 7, spread=0.3), noisy(0.5, 20, 8, spread=0.02)
    assert ask("variance_ratio", wide, narrow, 1.0).verdict == "supported"
    assert ask("variance_ratio", narrow, wide, 1.0).verdict == "contradicted"
    assert ask("variance_ratio", wide[:9], narrow[:9], 1.0).verdict == "inconclusive"
    assert ask("variance_ratio", wide, [0.5] * 20, 1.0).verdict == "inconclusive"


def test_rows_are_chosen_by_knobs_labels_and_settings() -> None:
    found = runs(
        rows([0.1] * 6, task="adding@short", knobs={"task": {"length": 10}}),
        rows([0.9] * 6, task="adding@long", knobs={"task": {"length": 100}}),
        rows([0.3] * 6, cell="rnn@loud", knobs={"cell": {"gain": 2.0}}),
    )

    def values(**on: object) -> set[float]:
        asked = question("at_chance", rows=HERE | on)
        return set(found.of(asked)["value"])

    assert values() == {0.1, 0.9}
    assert values(knobs={"task": {"length": {"at_least": 50}}}) == {0.9}
    assert values(tasks=["adding@short"]) == {0.1}
    assert values(tasks=["adding@", "adding@long"]) == {0.9}
    assert values(cells=["rnn@loud"]) == {0.3}
    assert values(knobs={"cell": {"gain": 2.0}}) == {0.3}
    with pytest.raises(Exception, match="no run of `rnn` with `none` on `adding` .optimizer adam."):
        values(where={"optimizer": "adam"})
