"""What a scaled-down setting can say against a claim, and what it cannot."""

import numpy as np
import pytest

from seqbench.claims.claim import Claim
from seqbench.claims.finding import ONE, Finding, combined
from seqbench.claims.reader import ledger
from seqbench.claims.runs import Runs
from seqbench.claims.table import make
from seqbench.claims.verdicts import SMALLER, judge, one_way
from seqbench.report.chapters import claims as chapter
from tests.helpers.claims import noisy, rows, runs

DIGITS = {"task": "mnist_pixels_7", "optimizer": "adam"}
CUT: dict[str, object] = {"cell": {"cut": True}}
LEVELS = [
    *(
        "S1",
        "S4",
        "S6",
        "S9",
        "S13",
        "S14",
        "S15",
        "S18",
        "S19",
        "S20",
        "S26",
        "S27",
        "S28",
        "S29",
        "S32",
        "S33",
    ),
    *("R10", "R15", "R16", "R17", "R20"),
]


def scores(gru: float, lstm: float, rnn: float) -> Runs:
    """Ten seeds of each cell around these scores."""
    cells = {"gru": gru, "lstm": lstm, "rnn": rnn}
    return runs(*[
        rows(noisy(mean, 10, seed, spread=0.01), cell=cell, **DIGITS)
        for seed, (cell, mean) in enumerate(cells.items())
    ])  # fmt: skip


def full(claim: Claim) -> Claim:
    return claim.model_copy(update={"scaled_down": None})


def test_an_order_is_refuted_only_where_the_level_of_the_claim_is_met() -> None:
    claim = ledger()["R3"]  # GRU over LSTM over Elman network, and that one below half right
    assert claim.scaled_down and claim.kind == "ordering"
    assert judge(claim, scores(0.8, 0.6, 0.3)).verdict == "supported"
    assert judge(claim, scores(0.6, 0.8, 0.3)).verdict == "contradicted"
    easy = judge(claim, scores(0.8, 0.6, 0.7))  # so short that the Elman network learns it, too
    assert easy.verdict == "inconclusive" and easy.why == SMALLER
    assert easy.unit == "share of runs under 0.5" and easy.high < easy.threshold
    assert easy.runs == judge(full(claim), scores(0.8, 0.6, 0.7)).runs
    assert judge(full(claim), scores(0.8, 0.6, 0.7)).verdict == "contradicted"


def test_a_threshold_that_a_smaller_setting_misses_is_left_open() -> None:
    claim = ledger()["S9"]
    assert claim.scaled_down and claim.kind == "threshold"
    found = runs(rows(noisy(0.5, 10), task="adding@hs97", cell="lstm_1997", knobs=CUT))
    assert judge(claim, found).verdict == "inconclusive"
    assert judge(full(claim), found).verdict == "contradicted"


def test_a_level_in_a_smaller_setting_says_that_it_could_only_be_supported() -> None:
    assert [name for name, claim in ledger().items() if one_way(claim)] == LEVELS
    found = runs(rows(noisy(0.5, 10), task="adding@hs97", cell="lstm_1997", knobs=CUT))
    table = make(found.tables).set_index("claim")
    row = table.loc["S9"]
    assert row["verdict"] == "inconclusive" and row["one_way"]
    said = chapter._verdict(row.rename("S9"))
    assert "a smaller setting than the source's, which could only support it" in said[0]
    assert not table.loc["R3", "one_way"] and not table.loc["R20", "one_way"]  # not run
    words = " ".join(chapter.sentences(make(found.tables)))
    assert "1 claim of a level is asked in a smaller setting than the source's" in words
    assert "not everything printed here" in words
    assert "not checked: place" in chapter._source(table.loc["S1"])[0]


def test_every_published_claim_that_is_trained_says_how_it_was_trained_here() -> None:
    for claim in ledger().values():
        if claim.id[0] in "SR":
            assert claim.scaled_down, claim.id


def test_what_has_no_p_gets_none_from_its_correction() -> None:
    lags, other = Finding("contradicted"), Finding("supported", p=0.01)
    assert np.isnan(combined([lags, other]).p)
    assert combined([Finding("contradicted", p=0.4), other]).p == pytest.approx(0.8)


def test_one_opposite_of_many_that_chance_could_explain_says_so() -> None:
    one, other = Finding("contradicted", p=0.03), Finding("supported", p=0.01)
    found = combined([one, other, other])
    assert found.verdict == "inconclusive" and found.why == ONE
    assert found.p == pytest.approx(0.09)


@pytest.mark.parametrize(
    ("three", "verdict"), [(4000, "supported"), (1500, "inconclusive"), (800, "contradicted")]
)
def test_how_many_times_as_long_is_refuted_by_the_opposite_order_alone(
    three: int, verdict: str
) -> None:
    claim = ledger()["S11"]  # more than three times as long
    made = [
        rows([1.0] * 10, task=f"temporal_order@{n}", cell="lstm_1997", steps_to_solve=steps,
             knobs=CUT | {"task": {"variant": "hs97", "symbols": n}})
        for n, steps in ((2, 1000), (3, three))
    ]  # fmt: skip
    assert judge(claim, runs(*made)).verdict == verdict
    whole = judge(full(claim), runs(*made)).verdict
    assert whole == ("supported" if three > 3000 else "contradicted")
