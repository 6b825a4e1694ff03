"""Claims that could have been answered too easily: what supports them, what refutes them, what not.

Each is asked of made-up tables that must give all the verdicts which it can have.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from seqbench.claims.claim import ALIASES, Claim
from seqbench.claims.finding import Finding
from seqbench.claims.reader import ledger
from seqbench.claims.runs import Runs
from seqbench.claims.verdicts import judge
from tests.helpers.claims import frame, noisy, rows, runs

Made = list[dict[str, object]]
CUT: dict[str, object] = {"cell": {"cut": True}}
ESN = ALIASES["echo_state_network"]
TASKS = ("adding", "copy", "temporal_order")


def asked(name: str, *parts: Made, **tables: pd.DataFrame) -> Finding:
    return judge(ledger()[name], runs(*parts, **tables))


def full(name: str) -> Claim:
    """The claim as if its setting were the published one."""
    return ledger()[name].model_copy(update={"scaled_down": None})


def adam(skill: float, remedy: str, cell: str = "rnn", n: int = 10, **more: object) -> Made:
    made = noisy(skill, n, seed=len(remedy), spread=0.01)
    return rows(made, cell=cell, remedy=remedy, optimizer="adam", **more)


def lags(rnn: float, gated: float, task: str = "two_sequence@descent") -> Runs:
    found = [("rnn", rnn), ("lstm", gated), ("gru", gated)]
    table = pd.DataFrame(
        [{"task": task, "cell": cell, "remedy": "none", "lag": lag, "low": 0.8 * lag,
          "high": 1.2 * lag, "limit": "", "seeds": 10} for cell, lag in found]
    )  # fmt: skip
    return runs(rows([0.5]), derived={"longest": table})


def test_lags_are_compared_under_plain_descent_on_the_task_that_is_printed() -> None:
    claim = ledger()["T2"]
    assert claim.setting.task == "two_sequence@descent" and claim.setting.optimizer == "sgd"
    assert judge(claim, lags(20, 60)).verdict == "supported"
    assert judge(claim, lags(60, 20)).verdict == "contradicted"
    assert judge(claim, lags(20, 22)).verdict == "inconclusive"
    assert judge(claim, lags(20, 60, "adding")).verdict == "not run"


def test_small_weights_are_no_ideal_cure_where_another_beginning_does_better() -> None:
    def small(other: float, small_init: float, n: int = 10) -> Finding:
        return asked("T6", adam(0.3, "none", n=n), adam(other, "orthogonal", n=n),
                     adam(small_init, "small_init", n=n))  # fmt: skip

    assert small(0.8, 0.3).verdict == "supported"
    assert small(0.8, 0.8).verdict == "contradicted"
    assert small(0.3, 0.9).verdict == "contradicted"
    assert small(0.8, 0.3, n=3).verdict == "inconclusive"
    floor = asked("T6", adam(0.02, "orthogonal"), adam(0.0, "small_init"))
    assert floor.verdict == "inconclusive" and "above chance" in floor.why
    plain = [
        row | {"optimizer": "sgd"} for row in adam(0.8, "orthogonal") + adam(0.1, "small_init")
    ]
    assert asked("T6", plain).verdict == "not run"


def echo(lstm: float, reservoir: float, label: str) -> tuple[Made, Made]:
    a = [row for task in TASKS for row in adam(lstm, "none", "lstm", task=f"{task}@eight")]
    b = [row for task in TASKS for row in adam(reservoir, ESN, task=f"{task}@{label}")]
    return ([row | {"fingerprint": f"a{k}"} for k, row in enumerate(a)],
            [row | {"fingerprint": f"b{k}"} for k, row in enumerate(b)])  # fmt: skip


def test_an_echo_state_network_is_compared_at_as_many_trained_weights() -> None:
    assert asked("T7", *echo(0.9, 0.3, "weights")).verdict == "supported"
    assert asked("T7", *echo(0.3, 0.9, "weights")).verdict == "contradicted"
    assert asked("T7", *echo(0.56, 0.5, "weights")).verdict == "inconclusive"
    small = [row | {"task": "adding"} for row in echo(0.9, 0.3, "weights")[1]]
    assert asked("T7", echo(0.9, 0.3, "weights")[0], small).verdict == "not run"


def test_an_echo_state_network_is_compared_in_as_much_time() -> None:
    def timed(lstm: float, reservoir: float, seconds: float) -> Finding:
        a, b = echo(lstm, reservoir, "time")
        costs = frame("costs", [
            {"fingerprint": row["fingerprint"], "wall_seconds": time}
            for part, time in ((a, 1.0), (b, seconds)) for row in part
        ])  # fmt: skip
        return asked("T7b", a, b, costs=costs)

    assert timed(0.9, 0.3, 1.2).verdict == "supported"
    assert timed(0.3, 0.9, 0.8).verdict == "contradicted"
    for seconds in (0.1, 5.0):
        unequal = timed(0.9, 0.3, seconds)
        assert unequal.verdict == "inconclusive" and "the same time" in unequal.why


@pytest.mark.parametrize(
    ("skill", "verdict"), [(0.0, "supported"), (0.5, "contradicted"), (-1 / 3, "inconclusive")]
)
def test_without_a_loop_there_is_neither_more_nor_less_than_chance(
    skill: float, verdict: str
) -> None:
    found = asked("T12", rows(noisy(0.0, 10), cell="memoryless"),
                  rows(noisy(skill, 10, 1), cell="memoryless", task="copy"))  # fmt: skip
    assert found.verdict == verdict
    if verdict == "inconclusive":
        assert "on `copy` is below chance" in found.why


@pytest.mark.parametrize("cell", ["lstm", "lstm@forget1"])
def test_an_lstm_is_asked_with_the_better_of_two_forget_biases(cell: str) -> None:
    remedy = "forget_bias" if cell == "lstm" else "none"

    def ideal(biased: float, best: float) -> str:
        return asked("T8", adam(0.3, "none", "lstm"), adam(biased, remedy, cell),
                     adam(0.2, "none"), adam(best, "orthogonal")).verdict  # fmt: skip

    assert ideal(0.8, 0.5) == "supported"
    assert ideal(0.4, 0.8) == "contradicted"

    def without_a_memory_cell(gru: float, biased: float) -> str:
        other = [adam(0.3, "none", "lstm", parameters=133), adam(biased, remedy, cell)]
        return asked("T10", adam(gru, "none", "gru"), *other).verdict

    assert without_a_memory_cell(0.8, 0.7) == "supported"
    assert without_a_memory_cell(0.6, 0.8) == "contradicted", "although .3 without a bias is less"


def old(skills: list[float], task: str, steps: object, cut: bool = True, **knobs: object) -> Made:
    given: dict[str, object] = {"cell": {"cut": cut}, "task": knobs}
    return rows(skills, task=task, cell="lstm_1997", steps_to_solve=steps, knobs=given)


def test_the_network_of_1997_is_trained_with_its_truncated_gradient() -> None:
    rnn = rows(noisy(0.1, 10), task="random_permutation@p50", knobs={"task": {"length": 50}})

    def distractors(skill: float, cut: bool = True) -> Finding:
        return asked("S7", old(noisy(skill, 10, spread=0.001), "random_permutation@p50", 100, cut,
                               length=50), rnn)  # fmt: skip

    assert distractors(0.95).verdict == "supported"
    assert distractors(0.1).verdict == "inconclusive"  # a smaller setting
    assert distractors(0.95, cut=False).verdict == "not run"


@pytest.mark.parametrize(
    ("name", "first", "second", "verdicts"),
    [
        ("S8", "random_permutation@p25", "random_permutation@p100",
         [((1.2, 1.4), "supported"), ((0.6, 3.9), "inconclusive"), ((19.0, 21.0), "contradicted")]),
        ("S10", "adding@hs97", "multiplication@hs97",
         [((3.9, 4.1), "supported"), ((1.4, 1.6), "inconclusive"), ((0.4, 0.6), "contradicted")]),
    ],
)  # fmt: skip
def test_how_long_the_network_of_1997_takes(
    name: str, first: str, second: str, verdicts: list[tuple[tuple[float, float], str]]
) -> None:
    for (low, high), verdict in verdicts:
        times = np.linspace(500 * low, 500 * high, 10)
        made = [
            row | {"steps_to_solve": int(steps), "lag": lag}
            for task, lag, updates in ((first, 25, [500] * 10), (second, 100, times))
            for steps, row in zip(updates, old([1.0] * 10, task, 0), strict=True)
        ]
        assert asked(name, made).verdict == verdict, (low, high)
        uncut = '{"task": {}, "cell": {"cut": false}, "remedy": {}}'
        assert asked(name, [row | {"knobs": uncut} for row in made]).verdict == "not run"


def copying(length: int, remedies: dict[tuple[str, str], float]) -> list[Made]:
    return [
        rows(noisy(skill, 10, spread=0.005), task="copy", cell=cell, remedy=remedy, hidden=64,
             updates=5000, knobs={"task": {"length": length}})
        for (cell, remedy), skill in remedies.items()
    ]  # fmt: skip


Stuck = Callable[[float, float], list[Made]]
STUCK: dict[str, Stuck] = {
    "S28": lambda skill, chrono: copying(
        100, {("lstm", "forget_bias"): skill, ("lstm", "chrono"): chrono}
    ),
    "S14": lambda skill, chrono: copying(
        1000, {("rnn", "none"): 0.0, ("gru", "none"): 0.0, ("lstm", "none"): skill,
               ("lstm", "chrono"): chrono}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(STUCK))
def test_what_stays_at_chance_is_shown_only_where_the_task_can_be_solved(name: str) -> None:
    made = STUCK[name]
    assert asked(name, *made(0.0, 0.95)).verdict == "supported"
    little = asked(name, *made(0.0, 0.3))
    assert little.verdict == "inconclusive" and "too little training" in little.why
    assert asked(name, *made(0.7, 0.95)).verdict == "inconclusive"  # a smaller setting
    assert judge(full(name), runs(*made(0.7, 0.95))).verdict == "contradicted"
    alone = asked(name, *made(0.0, 0.95)[:-1])
    assert alone.verdict == "not run" and "chrono" in alone.why


def test_six_layers_are_compared_with_six() -> None:
    def layers(number: int, score: float = 0.99) -> str:
        made = rows(noisy(score, 10, spread=0.001), task="mnist_pixels", cell="indrnn", hidden=128,
                    layers=number)  # fmt: skip
        return asked("R20", made).verdict

    assert layers(6) == "supported" and layers(6, 0.5) == "inconclusive"
    assert layers(1) == "not run"


@pytest.mark.parametrize("name", ["R2", "R10"])
def test_what_does_not_exist_is_named(name: str) -> None:
    found, (missing, what) = asked(name, rows([0.5])), *ledger()[name].missing.items()
    assert found.verdict == "not run" and f"`{missing}` ({what})" in found.why
