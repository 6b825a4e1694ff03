"""What is told the lag, and what is of another size, stands apart from what the rest is told."""

import pandas as pd

from seqbench.report.first_page import recommend
from tests.helpers.aloud import read_aloud
from tests.helpers.bare import whole
from tests.helpers.rows import arms as trials

MANY = {
    ("gru", "none"): 0.5,
    ("rnn", "none"): 0.3,
    ("rnn", "clip_norm"): 0.4,
    ("rnn", "omega"): 0.2,
}
TOLD = MANY | {("gru", "chrono"): 0.6, ("rnn", "skip"): 0.1}


def test_what_is_told_the_lag_is_for_a_known_lag_only() -> None:
    found = whole(trials(TOLD, seeds=10))
    blind, knowing = recommend.unknown_lag(found), recommend.known_lag(found)
    for text in (blind, knowing):
        read_aloud(text)
    assert blind.startswith("Take `gru` without a remedy, trained by Adam")
    assert "of 4 combinations of one size" in blind
    assert "`chrono`" not in blind and "`skip`" not in blind
    assert knowing.startswith("`chrono` is told the lag by a knob. Then take `gru` with `chrono`,")
    assert "of 6 combinations of one size" in knowing


def test_where_it_does_not_help_to_be_told_nothing_is_said_of_it() -> None:
    assert recommend.known_lag(whole(trials(MANY | {("rnn", "chrono"): 0.1}))) == ""


def sized(units: int, task: str = "copy") -> pd.DataFrame:
    """Trials of networks of 16 units, and one readout of another number."""
    frame = trials(MANY | {("rnn", "ridge_readout"): 0.8}, task=task)
    large = frame["remedy"].eq("ridge_readout")
    weights = frame["hidden"].fillna(337).mask(large, units + 1)
    return frame.assign(hidden=frame["hidden"].fillna(16).mask(large, units), trained=weights)


def test_what_is_of_another_size_is_told_apart() -> None:
    found = whole(sized(300))
    text = recommend.other_size(found)
    read_aloud(text)
    assert text == (
        "`rnn` with `ridge_readout` has 300 hidden units, and 301 trained weights, so it is "
        "compared with none of the others: its test skill on the one telling task (`copy`) is "
        "0.81 [0.79, 0.83] (Adam)."
    )
    for say in (recommend.unknown_lag, recommend.stay, recommend.avoid):
        assert "`ridge_readout`" not in say(found)
    assert recommend.other_size(whole(sized(16))) == ""
    assert "`ridge_readout`" in recommend.unknown_lag(whole(sized(16)))


def test_sizes_that_differ_by_task_are_a_range() -> None:
    frames = [sized(units, task) for units, task in ((30, "adding"), (300, "copy"), (90, "dyck"))]
    text = recommend.other_size(whole(pd.concat(frames, ignore_index=True)))
    read_aloud(text)
    assert "has 30 to 300 hidden units, and 31 to 301 trained weights" in text
