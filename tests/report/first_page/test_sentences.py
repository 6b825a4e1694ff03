"""A changed table is a changed sentence; what was not run is told."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from seqbench.analysis import derive
from seqbench.analysis.tidy import Tables, load
from seqbench.report import provenance
from seqbench.report.first_page import sentences, training
from seqbench.report.task_pages import measures, scores


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


CASES: dict[str, tuple[Callable[[Tables], str], str, float, dict[str, str], str]] = {
    "best": (sentences.best_cell, "test_skill", 1.0, {"cell": "rnn", "remedy": "none"}, "1.00"),
    "control": (sentences.control, "test_skill", 0.5, {"cell": "memoryless"}, "0.50 [0.50, 0.50]"),
    "remedy": (sentences.remedies, "test_skill", 9.0, {"remedy": "clip_norm+orthogonal"}, "+8."),
    "norm": (sentences.explosions, "grad_norm_max", 7654.0, {"cell": "rnn"}, "7,654"),
    "spikes": (sentences.explosions, "spikes", 0.5, {"remedy": "clip_norm"}, "50\u00a0%"),
    "cut": (sentences.truncation, "test_skill", -5.0, {"remedy": "truncate"}, "−5."),
}


@pytest.mark.parametrize("case", CASES)
def test_numbers_follow_the_tables(tables: Tables, case: str) -> None:
    say, column, value, where, expected = CASES[case]
    after = say(changed(tables, column, value, **where))
    assert expected in after and after != say(tables)


def test_best_cell_is_the_mean_of_the_tasks_with_a_past(tables: Tables) -> None:
    summary = tables.summary[tables.summary.remedy.eq("none") & tables.summary.past_only]
    means = summary.groupby("cell").skill.mean()
    text = sentences.best_cell(tables)
    best = sentences.leading_cell(tables)
    assert f"`{best}`, chosen by validation, reaches the test skill {means[best]:.2f} [" in text
    assert "2 tasks" in text and f"`rnn` reaches {means['rnn']:.2f}" in text


def swapped(tables: Tables, kind: str) -> Tables:
    """The tables in which what was best in one part is the worst there, and the other way round."""
    trials = tables.trials.copy()
    trials[f"{kind}_skill"] = 1 - trials[f"{kind}_skill"]
    sides = trials.chance + trials.perfect
    trials[f"{kind}_score"] = sides - trials[f"{kind}_score"]
    return again(tables, trials)


def test_the_first_page_chooses_by_validation_too(tables: Tables) -> None:
    before, other = (sentences.answer(t)[1:3] for t in (tables, swapped(tables, "test")))
    names = sentences.leading_cell(tables), sentences.ranked_remedies(tables)
    assert f"`{names[0]}`, chosen by validation" in before[0] and names[0] in other[0]
    assert f"`{names[1][0]}`, chosen by validation" in before[1] and names[1][0] in other[1]
    assert before[0] != other[0] and before[1] != other[1]
    worst = swapped(tables, "valid")
    assert sentences.leading_cell(worst) != names[0]
    assert sentences.ranked_remedies(worst)[0] != names[1][0]


def test_what_met_fewer_tasks_is_not_called_best(tables: Tables) -> None:
    trials = tables.trials
    cell, remedy = sentences.leading_cell(tables), sentences.ranked_remedies(tables)[0]
    rare = trials.cell.eq(cell) | (trials.cell.eq("rnn") & trials.remedy.eq(remedy))
    fewer = again(tables, trials[~(rare & trials.task.eq("copy"))])
    assert sentences.leading_cell(fewer) not in (None, cell)
    assert remedy not in sentences.ranked_remedies(fewer)
    none = again(tables, trials[~((trials.remedy == "none") & trials.task.eq("copy"))])
    assert "as no cell met every such task" in sentences.best_cell(none)


def test_the_best_pair_is_chosen_by_validation(tables: Tables) -> None:
    first, other = sentences.best_pair(tables), sentences.best_pair(swapped(tables, "test"))
    pair = first.split("remedy, ")[1].split(" validates")[0]
    assert pair in other and first != other
    assert pair not in sentences.best_pair(swapped(tables, "valid"))
    assert len(sentences.LEADS) == len(sentences.answer(tables))


def test_the_number_to_reproduce_is_chosen_by_validation(tables: Tables) -> None:
    first = provenance.reproduce(tables, "matrix.yaml", "results")
    other = provenance.reproduce(swapped(tables, "test"), "matrix.yaml", "results")
    assert first["command"] == other["command"] and first["text"] != other["text"]
    worst = provenance.reproduce(swapped(tables, "valid"), "matrix.yaml", "results")
    assert worst["command"] != first["command"]


def test_what_chance_could_explain_is_told(tables: Tables) -> None:
    trials = tables.trials.copy()
    rows = trials.status.eq("ok") & trials.remedy.ne("none")
    trials.loc[rows, "test_skill"] = 0.4 + 0.3 * (trials.loc[rows, "seed"].astype(int) % 2 - 0.5)
    assert "which chance could explain" in sentences.remedies(again(tables, trials))
    sure = changed(tables, "test_skill", 0.99, remedy="clip_norm+orthogonal")
    assert "raises its skill by +" in sentences.remedies(sure)


def chosen(tables: Tables, task: str) -> tuple[str, str, list[str]]:
    """What the page prints as chosen: the sentence, its combination, the remedy of each cell."""
    found = measures.leader(tables, task)
    assert found
    summary = tables.summary[tables.summary.task.eq(task)]
    text = sentences.task_result(summary, found)
    best = scores.best(scores.ranked(summary, tables.comparisons, task), found.ranks)
    remedies = [str(row[2][0]) for row in best["rows"]]
    return text, f"`{found.cell}` with `{found.remedy}`", remedies


@pytest.mark.parametrize("task", ["adding", "copy"])  # smaller is better, larger is better
def test_best_is_chosen_by_validation_and_told_of_the_test(tables: Tables, task: str) -> None:
    text, names, remedies = chosen(tables, task)
    assert text.startswith(f"Chosen by validation, {names} has the test skill ")
    other, same, alike = chosen(swapped(tables, "test"), task)
    assert (names, remedies) == (same, alike) and names in other and text != other
    _, worst, others = chosen(swapped(tables, "valid"), task)
    assert worst != names and others != remedies


def test_a_task_that_validated_alike_is_told(tables: Tables) -> None:
    trials = tables.trials.assign(valid_score=tables.trials.perfect)
    text, _, remedies = chosen(again(tables, trials), "adding")
    assert " more validated alike) has the test skill " in text
    assert set(remedies) == {"`none`"}, "of equals, the first in reading order"


def test_without_validation_no_remedy_is_chosen(tables: Tables) -> None:
    summary = tables.summary[tables.summary.task.eq("adding")]
    table = scores.best(scores.ranked(summary, tables.comparisons, "adding"), {})
    assert {row[2][0] for row in table["rows"]} == {"–"}
    assert sentences.task_result(summary, None).startswith("Not run")


def test_memory_free_skill_is_not_called_chance(tables: Tables) -> None:
    leak = changed(tables, "test_skill", 0.5, cell="memoryless")
    assert "told apart" not in sentences.control(leak)


def test_failures_are_counted(tables: Tables) -> None:
    trials = tables.trials.copy()
    trials.loc[trials.index[trials.status.eq("ok")][:2], "status"] = "failed"
    trials.loc[trials.index[trials.status.eq("ok")][:3], "status"] = "timeout"
    good = again(tables, trials[trials.status.eq("ok")])
    assert training.failures(good).startswith(f"All {len(good.trials):,} trials were completed")
    text = training.failures(again(tables, trials))
    assert "2 failed" in text and "3 ran out of time" in text and "3 diverged" in text


@pytest.mark.parametrize("gone", ["none", "clip_norm", "truncate"])
def test_missing_parts_are_told(tables: Tables, gone: str) -> None:
    trials = tables.trials[tables.trials.remedy.ne(gone)].reset_index(drop=True)
    assert any("not run" in text for text in sentences.answer(again(tables, trials)))


def test_nothing_at_all(tables: Tables) -> None:
    empty = again(tables, tables.trials.iloc[:0])
    assert all("not run" in text for text in sentences.answer(empty))


def test_settings_are_told_apart_by_task(tables: Tables) -> None:
    assert training.setting(tables).startswith("Every combination was trained with SGD")
    other = changed(tables, "hidden", 64, task="adding")
    text = training.setting(other)
    assert "On `adding`: SGD" in text and "64 hidden" in text and "32 hidden" in text


def test_what_ended_alike_stands_in_one_row(tables: Tables) -> None:
    trials = tables.trials.copy()
    trials.loc[trials.index[trials.status.eq("ok")][0], ["status", "reason"]] = ["failed", "Why."]
    rows = provenance.holes(trials)
    assert rows[0][0] == "failed" and rows[0][-1] == "Why."
    rest = [row for row in rows if row[0] == "not applicable"]
    assert rows[-len(rest) :] == rest and any("all tasks" in row for row in rest)
    assert sum(int(row[4]) for row in rest) == trials.status.eq("not_applicable").sum()
    assert len({tuple(row[i] for i in (1, 2, 3, 5)) for row in rest}) == len(rest)
