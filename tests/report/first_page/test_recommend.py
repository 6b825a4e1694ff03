"""What to take and what to avoid: every branch of every sentence, with one and with many."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from seqbench.analysis import leaders
from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.tidy import Tables
from seqbench.design import Design
from seqbench.report.first_page import recommend
from tests.helpers.aloud import read_aloud
from tests.helpers.bare import bare, whole, with_rows
from tests.helpers.rows import arms as trials

MANY = {
    ("gru", "none"): 0.5,
    ("rnn", "none"): 0.3,
    ("rnn", "clip_norm"): 0.4,
    ("rnn", "omega"): 0.2,
}


@pytest.fixture(scope="module")
def tables() -> Tables:
    return whole(pd.concat([trials(MANY), trials(MANY, task="adding", by="sgd")]))


def best(monkeypatch: pytest.MonkeyPatch, **known: object) -> str:
    """The sentence on the best combination, which is as told."""
    found = leaders.BestPair("gru", "omega", Interval(0.5, 0.4, 0.6), 7, 9, 3, [], True)
    monkeypatch.setattr(leaders, "best_pair", lambda _, told: found._replace(**known))
    text = recommend.unknown_lag(bare(trials(MANY)))
    read_aloud(text)
    return text


def test_the_best_is_told_with_what_it_rests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert best(monkeypatch).startswith(
        "Take `gru` with `omega`, trained by Adam: on the one telling task (`copy`) it has the "
        "best mean validation skill of 3 combinations of one size. Its test skill is 0.50 "
        "[0.40, 0.60] (0 is chance, 1 is perfect); it solves its task in 7 of 9 runs."
    )
    assert "Take `gru` without a remedy, trained" in best(monkeypatch, remedy="none")
    assert "of 1 combination of one size. " in best(monkeypatch, among=1)
    assert "in 1 of 1 run." in best(monkeypatch, solved=1, runs=1)


def test_what_is_not_worse_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    every = " Every other combination is significantly worse (sign-flip tests, Holm)."
    assert best(monkeypatch).endswith(every)
    assert "significantly" not in best(monkeypatch, among=1), "of one, there is no other"
    one = best(monkeypatch, equals=[("rnn", "none")])
    assert "1 other is not significantly worse (sign-flip tests, Holm's correction): `rnn`" in one
    two = best(monkeypatch, equals=[("rnn", "none"), ("lstm", "omega")])
    assert "2 others are not significantly worse" in two
    assert two.endswith(": `rnn` without a remedy and `lstm` with `omega`.")
    nine = best(monkeypatch, equals=[("rnn", f"r{k}") for k in range(9)], among=12)
    assert "9 others are" in nine and nine.endswith("`rnn` with `r6` and 2 more.")


def test_too_few_pairs_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    text = best(monkeypatch, equals=[("rnn", "none")], decidable=False)
    assert text.endswith(" With so few pairs of runs, none can be told apart from it.")
    assert "significantly" not in text


def test_nothing_telling_is_told() -> None:
    some = trials(MANY).assign(past_only=False)
    for found in (bare(some), bare(trials(MANY).iloc[:0])):
        text = recommend.unknown_lag(found)
        assert "no combination ran on a telling task: nothing to recommend." in text
    scattered = pd.concat(
        [trials({("rnn", "none"): 0.5}), trials({("gru", "none"): 0.5}, task="adding")]
    )
    text = recommend.unknown_lag(bare(scattered))
    assert "no combination ran on every telling task: nothing to recommend." in text


CHANGED = {"effect": 0.2, "seeds_low": 0.1, "seeds_high": 0.3, "p_holm": 0.0125, "n": 20}


def row(remedy: str, verdict: str, valid: float, **more: object) -> dict[str, object]:
    """A row of effects.csv."""
    names = {"kind": "remedy", "tasks": "telling", "cell": "rnn", "optimizer": "adam"}
    known = names | {"remedy": remedy, "verdict": verdict, "valid": valid, "clusters": 1}
    return known | CHANGED | more


ALONE = {
    "kind": "cell", "tasks": "telling", "cell": "rnn", "remedy": "none", "optimizer": "adam",
    "clusters": 1, "effect": 0.3, "valid": 0.3, "n": 3, "tolerance": 0.25,
}  # fmt: skip


def stay(*rows: dict[str, object]) -> str:
    some = MANY | {("rnn", str(one["remedy"])): 0.3 for one in rows}
    text = recommend.stay(with_rows(bare(trials(some)), "effects", ALONE, *rows))
    read_aloud(text)
    return text


VERDICTS = {
    "better": "it raises the test skill by +0.20 [+0.10, +0.30] (p = 0.0125 after Holm's "
    "correction, 20 pairs of runs).",
    "worse": "it lowers the test skill by −0.20",
    "no difference shown": "it changes the test skill by +0.20 [+0.10, +0.30], which is not "
    "significant (p = 0.0125 after Holm's correction, 20 pairs of runs).",
    "too few seeds": ", which is not significant (",
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_remedy_does_what_its_verdict_says(verdict: str) -> None:
    text = stay(row("clip_norm", verdict, 0.1))
    assert "of 1 remedy on `rnn`, `clip_norm` has the best mean validation skill on the" in text
    assert VERDICTS[verdict] in text
    for other, words in (("better", "raises"), ("worse", "lowers")):
        assert (words in text) == (verdict == other)


def test_what_is_lost_has_its_interval_the_right_way_round() -> None:
    lost = {"effect": -0.2, "seeds_low": -0.3, "seeds_high": -0.1}
    assert "lowers the test skill by 0.20 [0.10, 0.30] (" in stay(row("omega", "worse", 0, **lost))


def test_one_seed_has_no_test() -> None:
    single = {"seeds_low": None, "seeds_high": None, "n": 1, "p_holm": None}
    assert stay(row("omega", "too few seeds", 0, **single)).endswith("by +0.20 (1 pair of runs).")


def test_what_helps_too_and_what_is_worst_is_named() -> None:
    rows = [row(name, "better", 0.5 - k / 10) for k, name in enumerate(("clip_norm", "omega"))]
    assert "`omega` raises it, too." in stay(*rows)
    rows.insert(1, row("identity", "better", 0.45))
    text = stay(*rows)
    assert "of 3 remedies" in text and "`identity` and `omega` raise it, too." in text
    assert "`omega`, which has the worst, raises the test skill" in text
    bad = stay(rows[0], row("zoneout", "worse", 0, effect=-0.4, seeds_low=-0.5, seeds_high=-0.3))
    assert "`zoneout`, which has the worst, lowers the test skill by 0.40 [0.30, 0.50]" in bad
    assert ", too" not in bad


def test_no_remedy_at_all_is_told() -> None:
    assert stay() == "The best remedy on `rnn` under Adam, on a telling task: not run."


def test_the_baseline_is_the_one_given(tables: Tables) -> None:
    other = replace(tables, given=Design("gru"))
    assert (
        recommend.stay(other) == "The best remedy on `gru` under Adam, on a telling task: not run."
    )


def test_plain_descent_is_told_beside_another_optimizer_only(tables: Tables) -> None:
    text = recommend.descent(tables)
    read_aloud(text)
    assert text.startswith("Under plain gradient descent, of 2 remedies on `rnn`, `clip_norm` has")
    assert "(learning rate, seed) trials, 0\u00a0% solve their task with `clip_norm`" in text
    assert "`copy`" not in text and "`adding`" in text
    for name in tables.optimizers:
        assert recommend.descent(bare(trials(MANY, by=name))) == ""


def avoid(**verdicts: list[str]) -> str:
    rows = [
        {"task": f"t{k}", "cell": "rnn", "remedy": name, "verdict": verdict}
        for name, some in verdicts.items()
        for k, verdict in enumerate(some)
    ]
    return recommend.avoid(with_rows(bare(trials(MANY)), "comparisons", *rows))


SHOWN = "no difference shown"


def test_what_is_worse_is_counted_and_placed() -> None:
    one = avoid(omega=["worse", "better", SHOWN, "too few seeds", "", "same runs"])
    assert one.endswith("on which they were compared: `omega` in 1 of 3 (`rnn` on `t0`).")
    two = avoid(omega=["worse"], zoneout=["worse", "worse", SHOWN], clip_norm=["better"])
    assert two.endswith(
        "`zoneout` in 2 of 3 (`rnn` on `t0` and `rnn` on `t1`) and `omega` in 1 of 1 "
        "(`rnn` on `t0`)."
    )
    many = avoid(omega=["worse"] * 5)
    assert many.endswith("`omega` in 5 of 5 (`rnn` on `t0`, `rnn` on `t1` and 3 more).")
    for text in (one, two, many):
        read_aloud(text)


def test_nothing_worse_and_nothing_asked() -> None:
    assert avoid(omega=[SHOWN]).endswith("on any task and cell, of 1 comparison.")
    assert avoid(omega=[SHOWN, "better"]).endswith("of 2 comparisons.")
    assert avoid(omega=["too few seeds", "", "same runs"]) == avoid() == ""


def test_a_reference_arm_is_no_remedy_to_avoid() -> None:
    assert avoid(freeze_recurrent=["reference arm"]) == ""
    worse = {("rnn", "freeze_recurrent"): 0.05, ("rnn", "none"): 0.5, ("rnn", "omega"): 0.1}
    text = recommend.avoid(whole(trials(worse, seeds=10)))
    assert "`omega` in 1 of 1" in text and "`freeze_recurrent`" not in text


def pair(difference: float, verdict: str) -> dict[str, object]:
    names = {"tasks": "telling", "cell": "gru", "versus": "rnn", "optimizer": "adam"}
    limits = {"low": difference - 0.1, "high": difference + 0.1}
    return names | {"difference": difference, "verdict": verdict} | limits


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("better", "is significantly less"),
        ("worse", "is significantly more"),
        (SHOWN, "is not significantly different"),
        ("too few seeds", "is not significantly different"),
    ],
)
def test_a_cell_in_focus_stands_among_the_others(verdict: str, words: str) -> None:
    """Told from the side of `rnn`, which stands second in the table."""
    difference = -0.2 if verdict == "worse" else 0.2
    best_cell = ALONE | {"cell": "gru", "valid": 0.6}
    found = with_rows(bare(trials(MANY), Design("gru")), "effects", ALONE, best_cell)
    text = recommend.focus(with_rows(found, "cell_pairs", pair(difference, verdict)), "rnn")
    read_aloud(text)
    sign = "+" if verdict == "worse" else "−"
    assert text == (
        "Under Adam and without a remedy, `rnn` has the test skill 0.30 on the one telling task "
        f"(`copy`): {sign}0.20 against `gru`, which {words}."
    )


def test_a_cell_in_focus_may_be_the_best_or_not_there() -> None:
    found = with_rows(with_rows(bare(trials(MANY)), "effects", ALONE), "cell_pairs")
    assert recommend.focus(found, "rnn").endswith("on the one telling task (`copy`).")
    assert recommend.focus(found, "gru").endswith("on a telling task: no score.")
    assert recommend.focus(found, "lstm").endswith("on a telling task: not run.")


def test_a_cell_that_lacks_a_task_is_told_on_how_many_it_ran() -> None:
    some = "on 1 of the 2 telling tasks (`adding` and `copy`)"
    both = pd.concat([trials(MANY), trials({("rnn", "none"): 0.3}, task="adding")])
    text = recommend.focus(whole(both), "gru")
    assert some in text and some not in recommend.focus(whole(both), "rnn")
    other = pd.concat([trials(MANY), trials({("gru", "none"): 0.3}, task="adding")])
    assert some in recommend.stay(whole(other))
    read_aloud(text)


def test_focus_is_told_of_every_optimizer_by_itself(tables: Tables) -> None:
    text = recommend.focus(tables, "gru")
    read_aloud(text)
    plain, adaptive = text.split(" Under Adam")
    assert "`adding`" in plain and "`copy`" not in plain
    assert "`copy`" in adaptive and "`adding`" not in adaptive


def test_no_search_is_no_sentence(tables: Tables) -> None:
    assert recommend.known_lag(tables) == ""


SAYS: list[Callable[[Tables], str]] = [
    recommend.unknown_lag, recommend.known_lag, recommend.stay, recommend.descent, recommend.avoid,
    lambda tables: recommend.focus(tables, "gru"),
]  # fmt: skip


@pytest.mark.parametrize("seeds", [1, 2, 10])
@pytest.mark.parametrize("left", [1, 2, 4])
def test_read_aloud(left: int, seeds: int) -> None:
    """One combination or more, with one seed or more."""
    some = dict([*MANY.items()][:left])
    found = whole(pd.concat([trials(some, seeds), trials(some, seeds, "adding", "sgd")]))
    for say in SAYS:
        if text := say(found):
            read_aloud(text)
