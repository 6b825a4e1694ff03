"""A changed table is a changed sentence; what was not run is told."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from seqbench.analysis import derive, leaders
from seqbench.analysis.tidy import Tables
from seqbench.report import facts, provenance
from seqbench.report.first_page import answer, exploding, limits, reasons, recommend, training
from seqbench.report.numbers import NOTHING
from seqbench.report.table import Table
from seqbench.report.task_pages import result, scores
from seqbench.results import load
from tests.helpers.aloud import read_aloud


def again(tables: Tables, trials: pd.DataFrame) -> Tables:
    """The tables that follow from other trials."""
    return derive(dataclasses.replace(tables, trials=trials))


@pytest.fixture(scope="module")
def tables(results: Path) -> Tables:
    return load(results)


def changed(tables: Tables, column: str, value: float, **where: str) -> Tables:
    trials = tables.trials.copy()
    rows = trials.status.eq("ok")
    for name, entry in where.items():
        rows &= trials[name].eq(entry)
    trials.loc[rows, column] = value
    return again(tables, trials)


def focus(tables: Tables) -> str:
    return recommend.focus(tables, "lstm")


CASES: dict[str, tuple[Callable[[Tables], str], str, float, dict[str, str], str]] = {
    "best": (recommend.unknown_lag, "test_skill", 0.98, {"cell": "lstm"}, "0.98 [0.98, 0.98]"),
    "cell": (focus, "test_skill", 0.97, {"cell": "lstm", "remedy": "none"}, "0.97 [0.97, 0.97]"),
    "remedy": (recommend.stay, "test_skill", 9.0, {"remedy": "clip_norm+orthogonal"}, "+8."),
    "reference": (reasons.bought, "test_skill", 0.0, {"cell": "memoryless"}, " on `adding`."),
    "norm": (exploding.clipped, "grad_norm_max", 7654.0, {"cell": "rnn"}, "7,654"),
    "jumps": (exploding.clipped, "events", 3, {"remedy": "clip_norm"}, "jumps in "),
    "lost": (exploding.clipped, "lost", 1, {"remedy": "none"}, "never find back"),
    "cut": (exploding.truncated, "test_skill", 9.0, {"remedy": "truncate"}, "+8."),
}


@pytest.mark.parametrize("case", CASES)
def test_numbers_follow_the_tables(tables: Tables, case: str) -> None:
    say, column, value, where, expected = CASES[case]
    after = say(changed(tables, column, value, **where))
    assert expected in after and after != say(tables)


def test_a_cell_is_told_by_the_mean_of_the_telling_tasks(tables: Tables) -> None:
    summary = tables.summary[tables.summary.remedy.eq("none") & tables.tells(tables.summary)]
    means = summary.groupby("cell").skill.mean()
    assert f"`lstm` has the test skill {means['lstm']:.2f} [" in focus(tables)
    assert set(tables.telling) == {"adding", "copy"}
    assert "on the 2 telling tasks (`copy` and `adding`)" in focus(tables)


def swapped(tables: Tables, kind: str) -> Tables:
    """The tables in which what was best in one part is the worst there, and the other way round."""
    trials = tables.trials.copy()
    trials[f"{kind}_skill"] = 1 - trials[f"{kind}_skill"]
    sides = trials.chance + trials.perfect
    trials[f"{kind}_score"] = sides - trials[f"{kind}_score"]
    return again(tables, trials)


def test_the_first_page_chooses_by_validation_too(tables: Tables) -> None:
    best, remedy = leaders.best_pair(tables), leaders.ranked_remedies(tables)[0]
    assert best is not None
    chosen = {
        recommend.unknown_lag: (best.cell, best.remedy),
        recommend.stay: (tables.baseline, remedy),
    }
    for say, (cell, name) in chosen.items():
        other = changed(tables, "test_skill", 0.6, cell=cell, remedy=name)
        for some in (tables, other):
            assert f"`{name}`" in say(some).partition(" has the best mean validation")[0]
        assert say(tables) != say(other)
    worst = swapped(tables, "valid")
    assert leaders.best_cell(worst) != leaders.best_cell(tables)
    assert leaders.ranked_remedies(worst)[0] != leaders.ranked_remedies(tables)[0]
    assert leaders.best_pair(worst) != best


def test_what_met_fewer_tasks_is_not_called_best(tables: Tables) -> None:
    trials = tables.trials
    cell, remedy = leaders.best_cell(tables), leaders.ranked_remedies(tables)[0]
    rare = trials.cell.eq(cell) | (trials.cell.eq("rnn") & trials.remedy.eq(remedy))
    fewer = again(tables, trials[~(rare & trials.task.eq("copy"))])
    assert leaders.best_cell(fewer) not in (None, cell)
    assert remedy not in leaders.ranked_remedies(fewer)
    none = again(tables, trials[~((trials.remedy == "none") & trials.task.eq("copy"))])
    assert leaders.best_cell(none) is None


def test_the_number_to_reproduce_is_chosen_by_validation(tables: Tables) -> None:
    first = provenance.reproduce(tables, "matrix.yaml", "results")
    other = provenance.reproduce(swapped(tables, "test"), "matrix.yaml", "results")
    assert first["command"] == other["command"] and first["text"] != other["text"]
    worst = provenance.reproduce(swapped(tables, "valid"), "matrix.yaml", "results")
    assert worst["command"] != first["command"]


def test_three_seeds_show_nothing_and_many_do(tables: Tables) -> None:
    sure = changed(tables, "test_skill", 0.99, remedy="clip_norm+orthogonal")
    assert "which is not significant (p = " in recommend.stay(sure), "six pairs are too few"
    trials = pd.concat([sure.trials.assign(seed=sure.trials.seed + 3 * k) for k in range(3)])
    assert "raises the test skill by +" in recommend.stay(again(tables, trials))


def chosen(tables: Tables, task: str) -> tuple[str, str, list[str]]:
    """What the page prints as chosen: the sentence, its combination, the remedy of each cell."""
    found = leaders.leader(tables, task)
    assert found
    summary = tables.summary[tables.summary.task.eq(task)]
    text = result.best(summary, found)
    best = scores.best(scores.ranked(summary, tables.comparisons, task), found)
    remedies = [str(row[2][0]) for row in best["rows"]]
    return text, f"`{found.cell}` with `{found.remedy}`", remedies


@pytest.mark.parametrize("task", ["adding", "copy"])  # smaller is better, larger is better
def test_best_is_chosen_by_validation_and_told_of_the_test(tables: Tables, task: str) -> None:
    text, names, remedies = chosen(tables, task)
    assert text.startswith(f"{names} has the best validation score. Its test skill is ")
    other, same, alike = chosen(swapped(tables, "test"), task)
    assert (names, remedies) == (same, alike) and names in other and text != other
    _, worst, others = chosen(swapped(tables, "valid"), task)
    assert worst != names and others != remedies


def test_a_task_that_validated_alike_is_told(tables: Tables) -> None:
    trials = tables.trials.assign(valid_score=tables.trials.perfect)
    text, _, remedies = chosen(again(tables, trials), "adding")
    assert " has the best validation score (shared with " in text
    assert set(remedies) == {"`none`"}, "of equals, the first in reading order"


def test_without_validation_no_remedy_is_chosen(tables: Tables) -> None:
    summary = tables.summary[tables.summary.task.eq("adding")]
    table = scores.best(scores.ranked(summary, tables.comparisons, "adding"), None)
    assert {row[2][0] for row in table["rows"]} == {"–"}
    assert result.best(summary, None).startswith("Not run")


def test_what_a_network_without_a_loop_reaches_tells_nothing(tables: Tables) -> None:
    leak = changed(tables, "test_skill", 1.0, cell="memoryless")
    assert leak.telling == frozenset()
    assert "nothing to recommend" in recommend.unknown_lag(leak)
    assert "On no task does the gradient through time buy anything." in reasons.bought(leak)


def test_failures_are_counted(tables: Tables) -> None:
    trials = tables.trials.copy()
    trials.loc[trials.index[trials.status.eq("ok")][:2], "status"] = "failed"
    trials.loc[trials.index[trials.status.eq("ok")][:3], "status"] = "timeout"
    good = again(tables, trials[trials.status.eq("ok")])
    assert training.failures(good).startswith(f"All {len(good.trials):,} trials were completed")
    text = training.failures(again(tables, trials))
    assert "2 failed" in text and "3 ran out of time" in text and "3 diverged" in text


def page(tables: Tables) -> dict[str, str]:
    """Every sentence of the first page, by its lead."""
    return {one.lead: one.words for one in (*answer.first(tables), *answer.more(tables))}


MISSING = {
    "none": ("It must stay rnn", "not run"),
    "clip_norm": ("Clipping", "it was not run"),
    "truncate": ("Truncation", "not run"),
}


@pytest.mark.parametrize("gone", MISSING)
def test_missing_parts_are_told(tables: Tables, gone: str) -> None:
    trials = tables.trials[tables.trials.remedy.ne(gone)].reset_index(drop=True)
    lead, words = MISSING[gone]
    assert words in page(again(tables, trials))[lead]


def test_the_first_page_is_read_aloud(tables: Tables) -> None:
    said = page(tables)
    assert list(said)[:2] == ["How sure", "Unknown lag"]
    assert "Plain gradient descent" not in said, "there is one optimizer"
    for words in said.values():
        read_aloud(words)


def test_nothing_at_all(tables: Tables) -> None:
    said = page(again(tables, tables.trials.iloc[:0]))
    assert said.pop("How sure").startswith("No remedy was compared")
    assert said.pop("Unknown lag").endswith("nothing to recommend.")
    assert said.pop("Known lag").startswith("Without a remedy, the longest lag"), "of the searches"
    assert said.pop("What learning through time buys").startswith("No trained loop ran")
    assert [words for words in said.values() if "not run" not in words] == []


def test_settings_are_told_apart_by_task(tables: Tables) -> None:
    assert training.setting(tables).startswith("Every combination was trained with SGD")
    other = changed(tables, "hidden", 64, task="adding")
    text = training.setting(other)
    assert "On `adding`: SGD" in text and "64 hidden" in text and "32 hidden" in text


@pytest.mark.parametrize(
    ("match", "column", "words"),
    [("parameters", "parameters", "weights"), ("state", "state_numbers", "state numbers")],
)
def test_matched_sizes_are_told_with_what_was_matched(
    tables: Tables, match: str, column: str, words: str
) -> None:
    trials = tables.trials.copy()
    cells = sorted(trials["cell"].unique())
    trials["hidden"] = trials["cell"].map({name: 10 + k for k, name in enumerate(cells)})
    trials[column] = 1000 + trials["hidden"]
    solved = trials["remedy"].str.contains("ridge_readout")
    trials["match"] = trials["match"].mask(~solved, match)
    trials.loc[solved, "hidden"] = 5000  # has a size of its own
    text = training.setting(dataclasses.replace(tables, trials=trials))
    last = 10 + len(cells) - 1
    assert f"10 to {last} hidden units, chosen so that each network has about as many" in text
    assert f"{words} as one with an `lstm` (1,010 to {1000 + last:,})" in text
    assert "5,000" not in text


def test_what_ended_alike_stands_in_one_row(tables: Tables) -> None:
    trials = tables.trials.copy()
    trials.loc[trials.index[trials.status.eq("ok")][0], ["status", "reason"]] = ["failed", "Why."]
    rows = provenance.holes(trials)
    assert rows[0][0] == "failed" and rows[0][-1] == "Why."
    rest = [row for row in rows if row[0] == "not applicable"]
    assert rows[-len(rest) :] == rest and any("all tasks" in row for row in rest)
    assert sum(int(row[4]) for row in rest) == trials.status.eq("not_applicable").sum()
    assert len({tuple(row[i] for i in (1, 2, 3, 5)) for row in rest}) == len(rest)


@pytest.fixture(scope="module")
def staged(tables: Tables) -> Tables:
    """As if a search of three seeds had tried two limits of clip_norm, and chosen rate 0.1."""
    trials = tables.trials
    ran = trials[trials["seed"].notna()]
    limits_ = ran["learning_rate"].map({0.01: "limit=0.3", 0.1: "limit=1", 0.5: "limit=0.3"})
    ran = ran.assign(setting=limits_.where(ran["remedy"].eq("clip_norm"), ""))
    score = ran[ran["learning_rate"].eq(0.1) & ran["seed"].lt(2)].assign(stage="score")
    search = ran.assign(stage="search", seed=ran["seed"] + 100)
    return again(tables, pd.concat([search, score, trials[trials["seed"].isna()]]))


def test_what_chose_and_what_is_scored_is_told(staged: Tables) -> None:
    text = limits.tuning(staged.trials[staged.trials["status"].eq("ok")])
    assert "of `clip_norm`, knobs of their own are tuned, too" in text
    assert "chosen among 3 settings by 3 search seeds, on validation" in text
    assert "scores are those of 2 fresh seeds" in text
    assert "3 search seeds that chose, 2 fresh seeds for scores" in training.setting(staged)
    assert {"label": "Seeds", "value": "2, after 3 that choose"} in facts.run_facts(staged)
    command = provenance.reproduce(staged, "matrix.yaml", "results")
    assert "stage = score" in command["text"]


def test_without_a_search_nothing_is_told_of_one(tables: Tables) -> None:
    text = limits.tuning(tables.trials[tables.trials["status"].eq("ok")])
    assert text.startswith("Only the learning rate is tuned") and "search" not in text
    assert "search" not in training.setting(tables)


def test_a_tuned_knob_is_shown_with_its_score(tables: Tables, staged: Tables) -> None:
    def full(of: Tables) -> Table:
        return scores.full(scores.ranked(of.summary, of.comparisons, "adding"))

    before, after = full(tables), full(staged)
    heads = [column["label"] for column in after["columns"]]
    assert [h for h in heads if h != "Values"] == [c["label"] for c in before["columns"]]
    shown = {row[1][0]: row[heads.index("Values")][0] for row in after["rows"]}
    assert shown["`clip_norm`"] == "limit=1" and shown["`none`"] == NOTHING
    assert "2 fresh seeds" in after["note"] and "3 settings" in after["note"]
    assert not before["note"]
