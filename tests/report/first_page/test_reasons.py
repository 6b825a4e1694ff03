"""Why: the gradient before and after training, the forget bias, and what learning buys."""

import json
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from seqbench.analysis.gradient_flow import Farthest
from seqbench.analysis.tidy import Tables
from seqbench.report.first_page import answer, limits, reasons
from tests.helpers.aloud import read_aloud
from tests.helpers.bare import bare, with_rows
from tests.helpers.rows import table, trial


def trials(cells: dict[str, dict[str, float]], by: str = "adam", **more: object) -> pd.DataFrame:
    """A trial per cell with these knobs."""
    known = {"optimizer": by} | more
    return table(
        *[
            trial(0, 0.1, 0.5, 0.5, cell=cell, knobs=json.dumps({"cell": knobs}), **known)
            for cell, knobs in cells.items()
        ]
    )


@pytest.fixture
def why(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    def said(found: Farthest | None, *rows: dict[str, object]) -> str:
        monkeypatch.setattr(reasons, "farthest", lambda _: found)
        text = reasons.why(with_rows(bare(trials({"rnn": {}})), "prediction", *rows))
        read_aloud(text)
        return text

    return said


SHARES = {"rnn": (0.1, 0.01), "gru": (0.001, 0.25)}


def test_what_arrives_stands_beside_what_is_learned(why: Callable[..., str]) -> None:
    """The cell with the highest skill first; no verdict on what is the reason of what."""
    text = why(Farthest("copy", 19, "gru", SHARES, {"rnn": 0.2, "gru": 0.75}))
    assert text == (
        "Training changes where the gradient goes. 19 steps before the answer of `copy`, it is, "
        "as a multiple of what it is at the answer, before → after training: `gru` 0.001 → 0.25 "
        "(skill 0.75) and `rnn` 0.1 → 0.01 (skill 0.20). (Medians over seeds, Adam, without a "
        "remedy.)"
    )
    turned = why(Farthest("copy", 1, "gru", SHARES, {"rnn": 0.8, "gru": 0.75}))
    assert turned.index("`rnn`") < turned.index("`gru`") and "1 step before" in turned
    many = {f"c{k}": (0.1, 0.2) for k in range(12)}
    assert "and 5 more. (" in why(Farthest("copy", 9, "c0", many, dict.fromkeys(many, 0.5)))
    assert why(None) == "What training does to the gradient: not run."


def test_whether_birth_predicts_skill_is_told_beside_it(why: Callable[..., str]) -> None:
    found = Farthest("copy", 19, "gru", SHARES, {"rnn": 0.2, "gru": 0.75})
    known = {
        "outcome": "skill", "task": "*", "predictor": "half_life", "n": 20, "rho": 0.18,
        "low": -0.2, "high": 0.5,
    }  # fmt: skip
    others = [known | other for other in ({"outcome": "lag"}, {"task": "copy"}, {"predictor": "x"})]
    text = why(found, *[other | {"rho": 0.99} for other in others], known)
    assert text.endswith(
        " How long the gradient lives at birth and the test skill have the rank correlation 0.18 "
        "[−0.20, 0.50], over 20 combinations of cell and initialization."
    )
    few = why(found, known | {"low": None, "high": None})
    assert "correlation 0.18, over 20 combinations" in few
    for rows in ((), others, [known | {"rho": None}]):
        assert "correlation" not in why(found, *rows)


TWO = {"lstm": {}, "lstm@1": {"forget_bias": 1.0}}


def bias(cells: dict[str, dict[str, float]], difference: float, verdict: str) -> str:
    row = {
        "tasks": "telling", "cell": "lstm@1", "versus": "lstm", "verdict": verdict,
        "difference": difference, "low": difference - 0.1, "high": difference + 0.1,
        "optimizer": "adam",
    }  # fmt: skip
    return reasons.forget_bias(with_rows(bare(trials(cells)), "cell_pairs", row))


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("better", "significantly more"),
        ("worse", "significantly less"),
        ("no difference shown", "not significant"),
        ("too few seeds", "not significant"),
    ],
)
def test_the_forget_bias_is_told(verdict: str, words: str) -> None:
    difference = -0.25 if verdict == "worse" else 0.25
    text = bias(TWO, difference, verdict)
    read_aloud(text)
    assert text.startswith("Under Adam, `lstm` that begins with a forget bias of 1 in place of 0 ")
    assert f"{'−' if verdict == 'worse' else '+'}0.25 [" in text and text.endswith(f"({words}).")


def test_a_half_is_no_zero() -> None:
    some = {"lstm": {"forget_bias": -0.5}, "lstm@1": {"forget_bias": 0.5}}
    assert "a forget bias of 0.5 in place of −0.5" in bias(some, 0.1, "better")


@pytest.mark.parametrize(
    "cells",
    [
        {"lstm@1": {"forget_bias": 1.0}, "rnn": {}},
        {"lstm": {}, "lstm@1": {"forget_bias": 1.0, "gain": 2.0}},
        {"lstm": {}, "lstm@1": {}},
    ],
    ids=["alone", "another knob, too", "the same bias"],
)
def test_no_two_biases_are_no_sentence(cells: dict[str, dict[str, float]]) -> None:
    assert bias(cells, 0.1, "better") == ""


def test_what_did_not_run_has_no_bias() -> None:
    lost = trials({"lstm@1": {}}).assign(status="failed", knobs="", seed=9)
    some = bare(pd.concat([lost, trials(TWO)], ignore_index=True))
    assert reasons._biases(some.trials) == {"lstm": {0.0: "lstm", 1.0: "lstm@1"}}


def bought(*rows: tuple[str, str, float, bool, bool], **more: object) -> str:
    """What is said of (task, cell, bought, telling, solved without)."""
    names = dict.fromkeys(row[0] for row in rows)
    some = pd.concat([trials({"rnn": {}}, task=name, **more) for name in names or ["copy"]])
    told = frozenset(task for task, _, _, telling, _ in rows if telling)
    tables = bare(some)
    vars(tables)["telling"] = told
    columns = ("task", "cell", "bought", "telling", "solved_without")
    made = [dict(zip(columns, row, strict=True)) for row in rows]
    text = reasons.bought(with_known(with_rows(tables, "bought", *made), told))
    read_aloud(text)
    return text


def with_known(tables: Tables, telling: frozenset[str]) -> Tables:
    vars(tables)["telling"] = telling
    return tables


def test_what_learning_through_time_buys_is_told() -> None:
    one = bought(("copy", "rnn", 0.2, True, False), ("copy", "gru", 0.4, True, False))
    assert one.endswith("or a gradient cut at one step), mean over cells: +0.30 on `copy`.")
    two = bought(("copy", "rnn", 0.2, True, False), ("adding", "rnn", 0.01, False, True))
    assert two.endswith("+0.20 on `copy`. Left out of all means over tasks, as it buys nothing "
                        "there or the answer does not lie in the past: `adding`.")  # fmt: skip
    none = bought(("copy", "rnn", 0.0, False, True))
    assert none.startswith("On no task does the gradient through time buy anything. Left out")


def test_where_a_reference_solves_the_task_is_named() -> None:
    text = bought(("copy", "rnn", 0.2, True, True), ("adding", "gru", 0.1, True, True))
    assert text.endswith("solves the task of `rnn` on `copy` and `gru` on `adding`.")


def test_no_reference_is_told() -> None:
    assert "so it is not known what the gradient through time buys" in bought()


def sure(*verdicts: str, n: int = 10) -> Tables:
    rows = [{"task": "copy", "cell": "rnn", "remedy": f"r{k}", "verdict": verdict, "n": n}
            for k, verdict in enumerate(verdicts)]  # fmt: skip
    return with_rows(bare(trials({"rnn": {}})), "comparisons", *rows)


FEW, SHOWN = "too few seeds", "no difference shown"


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ((), "No remedy was compared with `none`"),
        (("", "same runs"), "No remedy was compared with `none`"),
        ((FEW, FEW, "same runs"), "each rests on 10 pairs of runs at most"),
        ((SHOWN,), "Of 1 comparison of a remedy with `none`"),
        ((SHOWN, "better", "same runs"), "Of 2 comparisons of a remedy with `none`"),
        (("better", FEW), "1 is better and 0 worse"),
        (("better", "better", "worse"), "2 are better and 1 worse"),
    ],
)
def test_how_sure_it_is_comes_first(verdicts: tuple[str, ...], words: str) -> None:
    text = answer.sure(sure(*verdicts))
    read_aloud(text)
    assert words in text
    assert ("concludes nothing" in text) == (not {SHOWN, "better", "worse"} & {*verdicts})


def test_one_pair_is_one_pair() -> None:
    assert "each rests on 1 pair of runs at most" in answer.sure(sure(FEW, n=1))


def test_limits_count_what_the_first_sentence_counts() -> None:
    tables = sure("better", SHOWN, FEW, "same runs", "")
    text = limits.power(tables)
    read_aloud(text)
    assert "Of 3 comparisons" in text and "Of 3 comparisons" in answer.sure(tables)
    assert "1 is significant" in text and "1 (33\u00a0%) could not" in text


def test_every_optimizer_speaks_for_itself() -> None:
    both = pd.concat([trials(TWO), trials(TWO, "sgd", task="adding")], ignore_index=True)
    rows = [
        {"tasks": "telling", "cell": "lstm@1", "versus": "lstm", "optimizer": name,
         "difference": gain, "verdict": verdict}
        for name, gain, verdict in (("adam", 0.3, "better"), ("sgd", 0.0, SHOWN))
    ]  # fmt: skip
    text = reasons.forget_bias(with_rows(bare(both), "cell_pairs", *rows))
    plain, adaptive = text.split(" Under Adam")
    assert "plain gradient descent" in plain and plain.endswith("(not significant).")
    assert adaptive.endswith("+0.30 (significantly more).")
    assert replace(bare(both)).optimizers == ["sgd", "adam"]


def test_telling_tasks_are_counted_by_optimizer() -> None:
    one = limits.chosen(bare(trials({"rnn": {}})))
    both = pd.concat([trials({"rnn": {}}), trials({"rnn": {}}, "sgd", task="adding")])
    two = limits.chosen(bare(both))
    none = limits.chosen(bare(trials({"rnn": {}}, past_only=False)))
    for text in (one, two, none):
        read_aloud(text)
    assert "over tasks are of 1 telling task, which somebody chose" in one
    assert "2 telling tasks, 1 under plain gradient descent and 1 under Adam, which" in two
    assert none.startswith("No task is telling")
