"""How far the headline is from flipping: the same two questions on other sets of tasks."""

import pandas as pd
import pytest

from seqbench.analysis.tables import flips
from seqbench.analysis.tidy import Tables
from tests.helpers.bare import whole
from tests.helpers.rows import table, trial

Gains = dict[str, float]


def made(remedy: Gains, cell: Gains, seeds: int = 8, lost: str = "") -> Tables:
    """What clip_norm adds to `rnn`, and what `gru` has more than it, by task."""
    rows = [
        trial(s, 0.1, 0.3 + gain, 0.3 + gain + s / 100, name, cell=who, task=task, optimizer="adam")
        for task in remedy
        for who, name, gain in (
            ("rnn", "none", 0.0),
            ("rnn", "clip_norm", remedy[task]),
            ("gru", "none", cell[task]),
        )
        for s in range(seeds)
        if who != lost
    ]
    return whole(table(*rows))


def asked(tables: Tables, question: str) -> pd.DataFrame:
    frame = tables.derived["flips"]
    return frame[frame["question"].eq(question)].set_index("change")


def test_all_tasks_come_first_then_one_is_left_out_at_a_time() -> None:
    rows = asked(made({"adding": 0.2, "copy": 0.4}, {"adding": 0.1, "copy": 0.1}), "remedy")
    assert list(rows.index) == ["all", "without adding", "without copy"]
    assert rows["difference"].tolist() == pytest.approx([0.3, 0.4, 0.2])
    assert rows["n"].tolist() == [16, 8, 8] and rows["tasks"].tolist() == [2, 1, 1]
    assert not rows["flips"].any()


def test_what_one_task_carries_flips_without_it() -> None:
    rows = asked(made({"adding": -0.1, "copy": 0.4}, {"adding": 0.1, "copy": 0.1}), "remedy")
    assert rows["flips"].to_dict() == {"all": False, "without adding": False, "without copy": True}


def test_settings_are_taken_alone() -> None:
    names = ("adding", "copy", "adding@long")
    rows = asked(made(dict.fromkeys(names, 0.2), dict.fromkeys(names, 0.3)), "cell")
    assert list(rows.index[-2:]) == ["only @", "only @long"]
    assert rows.loc["only @long", "n"] == 8 and rows["name"].eq("gru").all()
    assert rows["versus"].eq("rnn").all()


def test_what_was_chosen_from_many_is_tested_for_all_of_them() -> None:
    """8 pairs, p = 2 / 2^8: of six others .047, of seven no longer significant."""
    alone = made({"copy": 0.2}, {"copy": 0.3})
    for many, shown in ((6, True), (7, False)):
        more = [
            trial(s, 0.1, 0.3, 0.3 + s / 100, name, cell=cell, optimizer="adam")
            for k in range(1, many)
            for cell, name in (("rnn", f"r{k}"), (f"c{k}", "none"))
            for s in range(8)
        ]
        frame = whole(pd.concat([alone.trials, table(*more)])).derived["flips"]
        assert frame["p"].tolist() == pytest.approx([many * 2 / 2**8] * 2)
        assert (
            frame["name"].tolist() == ["clip_norm", "gru"] and (frame["p"] < 0.05).eq(shown).all()
        )


def test_a_baseline_that_failed_asks_nothing() -> None:
    tables = made({"copy": 0.2}, {"copy": 0.3}, lost="rnn")
    failed = trial(0, 0.1, None, None, status="failed", cell="rnn", optimizer="adam")
    assert whole(pd.concat([tables.trials, table(failed)])).derived["flips"].empty


def test_nothing_asks_nothing() -> None:
    frame = whole(table()).derived["flips"]
    assert frame.empty and list(frame) == ["optimizer", *flips.COLUMNS]
