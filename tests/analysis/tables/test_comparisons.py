"""Differences are paired by seed; where too few seeds can show anything, the verdict says so."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from seqbench.analysis.trials import Trials
from tests.helpers.rows import aggregate, compare, one, pairs, table, trial


def test_significance_must_be_possible_after_the_correction() -> None:
    lonely, crowded = pairs(8, 0.5), []
    for name in "abcdefgh":
        crowded.append(lonely.assign(remedy=lonely["remedy"].replace("clip_norm", name)))
    frame = compare(pd.concat(crowded).drop_duplicates(["remedy", "seed"]))
    assert set(frame["verdict"]) == {"too few seeds"}, "8 comparisons times 2^-7 is over 5 %"


def test_differences_are_paired_by_seed() -> None:
    row = one(compare(pairs(8, 0.2)))
    differences = 0.2 + np.random.default_rng(0).normal(0, 0.02, 8)
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert row["difference"] == pytest.approx(differences.mean())
    assert (row["difference_low"], row["difference_high"]) == pytest.approx(tuple(expected))
    assert row["p"] == 2.0 ** (1 - 8)


@pytest.mark.parametrize(
    ("n", "shift", "verdict"),
    [
        (3, 0.5, "too few seeds"),
        (5, 0.5, "too few seeds"),
        (8, 0.5, "better"),
        (8, -0.5, "worse"),
        (8, 0.0, "no difference shown"),
    ],
)
def test_verdicts(n: int, shift: float, verdict: str) -> None:
    assert one(compare(pairs(n, shift)))["verdict"] == verdict


def test_without_none_there_is_nothing_to_compare_with() -> None:
    row = one(compare(table(trial(0, 0.1, 0.5, 0.5, remedy="clip_norm"))))
    assert (row["n"], row["verdict"]) == (0, "")
    assert "nothing" in row["reason"] or "no trial" in row["reason"]


def test_effects_average_differences_and_count_divergence() -> None:
    trials = pairs(4, 0.2)
    trials.loc[trials.index[0], "status"] = "diverged"
    frame = aggregate(trials).set_index(["kind", "tasks", "cell", "remedy"])
    row = frame.loc[("remedy", "telling", "*", "clip_norm")]
    assert row["effect"] == pytest.approx(one(compare(trials))["difference"])
    assert (row["n"], row["clusters"]) == (4, 1)
    assert (row["diverged"], row["diverged_difference"]) == (0, -0.25)
    cell = frame.loc[("cell", "all", "rnn", "none")]
    assert cell["effect"] == pytest.approx(np.mean([0.3, 0.35, 0.4, 0.45]))


def arm(remedy: str, shift: float, **more: object) -> pd.DataFrame:
    """Ten seeds that differ from those of `none` by about this much."""
    frame = pairs(10, shift).query("remedy == 'clip_norm'")
    return frame.assign(remedy=remedy, **more)


def of(*arms: pd.DataFrame) -> pd.DataFrame:
    alone = pairs(10, 0.0).query("remedy == 'none'")
    return pd.concat([alone, *arms], ignore_index=True)


CUT = {"knobs": '{"remedy": {"horizon": 1}}'}


@pytest.mark.parametrize("table_of", [compare, aggregate])
def test_a_reference_arm_is_in_no_family(table_of: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    def judged(*arms: pd.DataFrame) -> pd.DataFrame:
        frame = table_of(of(*arms))
        if "kind" in frame:
            own = frame["tasks"].eq("all") & frame["cell"].eq("rnn") & frame["kind"].eq("remedy")
            frame = frame[own]
        return frame.set_index("remedy")[["p", "p_holm", "verdict"]]

    remedies = [arm("omega", 0.3), arm("skip", -0.3)]
    arms = [arm("freeze_recurrent", -0.2), arm("truncate@cut", -0.2, **CUT)]
    alone, beside = judged(*remedies), judged(*remedies, *arms)
    pd.testing.assert_frame_equal(beside.loc[alone.index], alone)
    assert alone["p_holm"].tolist() == [2.0**-8] * 2 and set(alone["verdict"]) == {
        "better",
        "worse",
    }
    made = beside.drop(alone.index)
    assert made["verdict"].eq("reference arm").all() and made["p_holm"].isna().all()
    assert len(made) == 2 and made["p"].notna().all(), "its own p is a number all the same"


def test_a_reference_arm_that_did_not_run_has_no_verdict() -> None:
    lost = arm("freeze_recurrent", 0.1).assign(status="not_applicable", reason="It has no loop.")
    row = one(compare(of(lost)))
    assert (row["verdict"], row["reason"]) == ("", "It has no loop.")


def test_what_is_of_another_size_is_not_compared() -> None:
    large = arm("ridge_readout", 0.3, hidden=300)
    trials = of(arm("omega", 0.3), large)
    trials["hidden"] = trials["hidden"].fillna(16)
    row, other = (
        compare(trials).set_index("remedy").loc[name] for name in ("ridge_readout", "omega")
    )
    assert (row["n"], row["verdict"]) == (0, "") and pd.isna(row["difference"])
    assert row["reason"] == "H is 300, without a remedy 16"
    assert (other["n"], other["p_holm"]) == (10, other["p"]), "it makes no family larger"
    assert set(aggregate(trials)["remedy"]) == {"none", "omega"}
    run = Trials(trials)
    assert run.unlike == {("copy", "rnn", "ridge_readout"): row["reason"]}
    assert "ridge_readout" in set(run.tuned["remedy"]) - set(run.alike["remedy"])
    assert set(run.once["remedy"]) == {"none", "omega"}


def test_without_a_size_nothing_is_of_another() -> None:
    run = Trials(of(arm("omega", 0.3)))
    assert run.unlike == {} and run.alike is run.tuned


def test_no_seed_on_both_sides_is_told() -> None:
    row = one(compare(of(arm("omega", 0.3).assign(seed=lambda rows: rows["seed"] + 50))))
    assert (row["n"], row["verdict"], row["reason"]) == (0, "", "no seed ran on both sides")
