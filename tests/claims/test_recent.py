"""The claims of 2023 to 2026, and of noise: what supports, refutes and leaves open each of them.

Each is asked of made-up tables that must give every verdict which it can have.
"""

import pandas as pd
import pytest

from seqbench.claims.claim import Claim
from seqbench.claims.finding import Finding
from seqbench.claims.reader import ledger
from seqbench.claims.runs import Runs
from seqbench.claims.verdicts import SMALLER, judge
from tests.helpers.claims import frame, noisy, rows, runs

Made = list[dict[str, object]]
GOOD, BAD = noisy(0.97, 10, spread=0.005), noisy(0.1, 10, 1)
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)


def full(name: str) -> Claim:
    """The claim as if its setting were the published one."""
    return ledger()[name].model_copy(update={"scaled_down": None})


def said(name: str, *parts: Made) -> str:
    return judge(ledger()[name], runs(*parts)).verdict


def test_the_range_of_eigenvalues_decides_parity_or_not() -> None:
    def delta(skills: list[float], label: str, eigenvalues: str) -> Made:
        knobs: dict[str, object] = {"cell": {"eigenvalues": eigenvalues}}
        return rows(skills, task="parity", cell=f"delta_net{label}", knobs=knobs)

    def verdict(signed: list[float], positive: list[float], whole: bool = False) -> str:
        parts = delta(signed, "@signed", "-1..1"), delta(positive, "", "0..1")
        return judge(full("S31") if whole else ledger()["S31"], runs(*parts)).verdict

    assert verdict(GOOD, BAD) == "supported"
    assert verdict(BAD, BAD) == verdict(GOOD[:3], BAD[:3]) == "inconclusive"
    for signed in (GOOD, BAD):  # solved at 20 steps with positive ones, which says nothing of more
        assert verdict(signed, GOOD) == "inconclusive"
        assert verdict(signed, GOOD, whole=True) == "contradicted"
    assert said("S31", delta(GOOD, "", "0..1"), delta(BAD, "@x", "0..1")) == "not run"


def test_what_is_kept_by_a_small_lstm_stays_or_not() -> None:
    def found(solved: int, n: int) -> Runs:
        row = {"task": "flip_flop", "cell": "lstm", "remedy": "none", "factor": 5.0}
        table = pd.DataFrame([row | {"n": n, "solved": solved}])
        more = {"length": 20, "factor": 1.0, "chosen": True, "solved": True}
        trials = [made | more for made in rows([1.0] * n, task="flip_flop", cell="lstm")]
        return runs(rows([0.5]), derived={"extrapolation": table}, reach=frame("reach", trials))

    assert judge(ledger()["S32"], found(10, 10)).verdict == "supported"
    missed = judge(ledger()["S32"], found(0, 10))
    assert missed.verdict == "inconclusive" and missed.why == SMALLER
    assert judge(full("S32"), found(0, 10)).verdict == "contradicted"
    assert judge(full("S32"), found(6, 10)).verdict == "inconclusive"
    assert said("S32", rows([0.5])) == "not run"


def test_a_window_of_learning_rates_is_narrow_or_wide_and_there_must_be_one() -> None:
    def window(*solving: float) -> list[Made]:
        named = {"task": "multi_query_recall@window", "cell": "selective_ssm"}
        return [
            rows(
                GOOD if rate in solving else BAD, learning_rate=rate, fingerprint=f"{rate}", **named
            )
            for rate in RATES
        ]

    assert said("S33", *window(0.01)) == said("S33", *window(0.01, 0.03)) == "supported"
    wide = judge(ledger()["S33"], runs(*window(*RATES[1:5])))
    assert wide.verdict == "inconclusive" and wide.why == SMALLER
    assert judge(full("S33"), runs(*window(*RATES[1:5]))).verdict == "contradicted"
    none = judge(full("S33"), runs(*window()))
    assert none.verdict == "inconclusive" and "there is no window" in none.why


def test_immediate_derivatives_suffice_or_not_where_the_past_is_needed() -> None:
    def found(cut: float, whole: float, blind: float, optimizer: str = "rmsprop") -> Finding:
        more = {"task": "lorenz", "optimizer": optimizer, "past_only": False}
        knobs: dict[str, object] = {"remedy": {"horizon": 1}}
        return judge(ledger()["S34"], runs(
            rows(noisy(whole, 10, 1, 0.01), **more),
            rows(noisy(cut, 10, 2, 0.01), remedy="truncate@cut", knobs=knobs, **more),
            rows(noisy(blind, 10, 3, 0.01), cell="memoryless", **more),
        ))  # fmt: skip

    assert found(0.8, 0.8, 0.4).verdict == "supported"
    assert found(0.5, 0.8, 0.4).verdict == "contradicted"
    easy = found(0.8, 0.8, 0.78)
    assert easy.verdict == "inconclusive" and "the past is not needed" in easy.why
    assert found(0.8, 0.8, 0.4, "adam").verdict == "not run"


def test_flossing_is_compared_with_none() -> None:
    for ours, others, verdict in ((GOOD, BAD, "supported"), (BAD, GOOD, "contradicted"),
                                  (GOOD[:3], BAD[:3], "inconclusive")):  # fmt: skip
        assert said("S35", rows(ours, remedy="gradient_flossing"), rows(others)) == verdict


def test_permutations_are_composed_by_a_nonlinear_loop_only_or_by_both() -> None:
    def found(nonlinear: list[float], linear: list[float], group: str = "s3") -> list[Made]:
        knobs: dict[str, object] = {"task": {"group": group}}
        cells = {"lstm": nonlinear, "selective_ssm": linear}
        return [rows(skills, task="group_words@x", cell=cell, knobs=knobs)
                for cell, skills in cells.items()]  # fmt: skip

    assert said("S36", *found(GOOD, BAD)) == "supported"
    assert said("S36", *found(BAD, BAD)) == "inconclusive"
    for nonlinear in (GOOD, BAD):  # words so short that the state space model learns them, too
        assert said("S36", *found(nonlinear, GOOD)) == "inconclusive"
        assert judge(full("S36"), runs(*found(nonlinear, GOOD))).verdict == "contradicted"
    assert said("S36", *found(GOOD, BAD, "z2")) == "not run"


@pytest.mark.parametrize(
    ("antisymmetric", "lstm", "verdict"),
    [
        (0.6, 0.0, "supported"),
        (0.0, 0.0, "inconclusive"),  # neither learns it
        (0.7, 0.4, "inconclusive"),  # so short that the LSTM learns it, too
        (0.0, 0.6, "inconclusive"),
    ],
)
def test_noise_leaves_nothing_to_an_lstm_or_something(
    antisymmetric: float, lstm: float, verdict: str
) -> None:
    made = {"antisymmetric": antisymmetric, "lstm": lstm}
    task = {"task": "noise_padded_digits"}
    parts = [rows(noisy(s, 10, len(c), 0.01), cell=c, **task) for c, s in made.items()]
    assert said("R8", *parts) == verdict
    if lstm:  # of the published size it would be refuted
        assert judge(full("R8"), runs(*parts)).verdict == "contradicted"
