"""Two runs beside each other: nothing where nothing changed, each kind of change by its name."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from seqbench import files, records, terminal
from seqbench.__main__ import main
from seqbench.compare import Comparison, compare, say, scores
from seqbench.errors import InputError
from tests.helpers.collected import collect
from tests.helpers.results import write_results

SEEDS = range(12)  # of so few combinations, enough to show something
LISTS = {
    "tasks": ("adding", "copy", "digits"),
    "cells": ("rnn", "lstm"),
    "remedies": ("none", "clip_norm"),
    "seeds": SEEDS,
    "learning_rates": (0.1,),
}
Change = Callable[[pd.DataFrame], pd.DataFrame]


def run(folder: Path, change: Change | None = None, costs: Change | None = None) -> Path:
    """Made-up results, with a table changed before they are compared."""
    collect(folder, write_results(folder, **LISTS))
    for table, edit in (("trials", change), ("costs", costs)):
        path = folder / "tables" / f"{table}.parquet"
        frame = parquet.read_table(path).to_pandas(integer_object_nulls=True)
        frame = edit(frame) if edit else frame
        schema = records.schema(table)
        with files.sealed(path) as file:
            parquet.write_table(pa.Table.from_pandas(frame, schema, preserve_index=False), file)
    return folder


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("old"))


def words(found: Comparison) -> str:
    return "\n".join(say.lines(found))


def verdict(found: Comparison, task: str, cell: str, remedy: str) -> str:
    own = found.scores.set_index(["task", "cell", "remedy"])
    return str(own.loc[(task, cell, remedy), "verdict"])


def shifted(frame: pd.DataFrame, task: str, cell: str, by: float) -> pd.DataFrame:
    own = frame.task.eq(task) & frame.cell.eq(cell)
    noise = np.random.default_rng(0).normal(0, 0.02, len(frame))
    skill = frame.test_skill.where(~own, frame.test_skill + by + noise)
    return frame.assign(test_skill=skill, test_score=frame.test_score.where(~own, skill))


def test_the_same_results_are_bit_identical(old: Path, tmp_path: Path) -> None:
    found = compare(old, run(tmp_path))
    assert set(found.scores.verdict) == {"bit-identical"}
    assert "Bit-identical: all 12 combinations" in words(found)
    assert found.verdicts.empty and found.claims.empty and found.longest.empty
    assert found.times.ratio.eq(1).all()


@pytest.mark.parametrize(("by", "expected"), [(0.3, "better"), (-0.3, "worse")])
def test_a_change_of_one_cell_is_shown_and_noise_is_not(
    old: Path, tmp_path: Path, by: float, expected: str
) -> None:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        return shifted(shifted(frame, "adding", "rnn", by), "copy", "rnn", 0.0)

    found = compare(old, run(tmp_path, change))
    assert verdict(found, "adding", "rnn", "none") == expected
    assert verdict(found, "copy", "rnn", "none") == "no difference shown"
    assert verdict(found, "digits", "rnn", "none") == "bit-identical"
    first = found.scores.iloc[0]
    assert (first.task, first.verdict, first.pairs) == ("adding", expected, len(SEEDS))
    assert first.low < by < first.high and first.p < first.p_holm < 0.05
    text = words(found)
    assert text.index("Significant changes") < text.index("Pooled over combinations")


def test_few_seeds_claim_nothing(old: Path, tmp_path: Path) -> None:
    def few(frame: pd.DataFrame) -> pd.DataFrame:
        return shifted(frame[frame.seed < 4], "adding", "rnn", 0.5)

    found = compare(old, run(tmp_path, few))
    assert verdict(found, "adding", "rnn", "none") == "too few seeds"
    assert "Not significant, but the interval excludes 0" in words(found)


def test_a_change_through_a_cell_shows_in_the_pool(tmp_path: Path, old: Path) -> None:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        few = frame[frame.seed < 3]
        for task in LISTS["tasks"]:
            few = shifted(few, str(task), "lstm", -0.4)
        return few

    found = compare(run(tmp_path / "a", lambda x: x[x.seed < 3]), run(tmp_path / "b", change))
    pool = found.pooled.set_index(["over", "name"])
    assert pool.loc[("cell", "lstm"), "verdict"] == "worse"
    assert pool.loc[("cell", "rnn"), "verdict"] == "no difference shown"
    assert pool.loc[("task", "adding"), "verdict"] == "too few"


def test_without_a_common_seed_means_are_compared(old: Path, tmp_path: Path) -> None:
    def other(frame: pd.DataFrame) -> pd.DataFrame:
        return shifted(frame.assign(seed=frame.seed + 100), "adding", "rnn", -0.5)

    found = compare(old, run(tmp_path, other))
    own = found.scores.set_index(["task", "cell", "remedy"])
    assert verdict(found, "adding", "rnn", "none") == "worse"
    assert own.loc[("adding", "rnn", "none"), "pairs"] == 0
    assert verdict(found, "digits", "lstm", "none") == "no difference shown"


def test_other_settings_are_named_and_not_tested(old: Path, tmp_path: Path) -> None:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        own = frame.task.eq("copy")
        knobs = frame.knobs.where(~own, json.dumps({"task": {"length": 99}}))
        frame = frame.assign(knobs=knobs, updates=frame.updates.where(~own, 5))
        return shifted(frame, "copy", "rnn", -0.9)

    found = compare(old, run(tmp_path, change))
    own = found.scores[found.scores.task.eq("copy")]
    assert set(own.verdict) == {"other settings"} and own.p_holm.isna().all()
    assert set(own.settings) == {"updates 1000 → 5; task.length default → 99"}
    assert not found.verdicts.task.eq("copy").any()
    text = words(found)
    assert "Different settings, so not tested" in text and "updates 1000 → 5" in text


def test_what_is_only_in_one_run(old: Path, tmp_path: Path) -> None:
    found = compare(old, run(tmp_path, lambda x: x[x.cell.ne("lstm")]))
    assert verdict(found, "copy", "lstm", "none") == "only in the old run"
    assert "Only in the old run: 6 combinations, among them every one of cell lstm." in words(found)
    back = compare(tmp_path, old)
    assert verdict(back, "copy", "lstm", "none") == "only in the new run"


def test_what_fails_now_comes_first(old: Path, tmp_path: Path) -> None:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        own = frame.task.eq("digits") & frame.cell.eq("rnn") & frame.remedy.eq("none")
        scored = [name for name in frame if name.endswith(("_skill", "_score"))]
        frame.loc[own, scored] = np.nan
        return frame.assign(status=frame.status.where(~own, "failed"))

    found = compare(old, run(tmp_path, change))
    assert found.scores.iloc[0].verdict == "no longer runs"
    assert compare(tmp_path, old).scores.iloc[0].verdict == "runs now"


def test_verdicts_claims_and_lags_that_flip(old: Path, tmp_path: Path) -> None:
    new = run(tmp_path, lambda x: shifted(x, "adding", "rnn", 0.0))
    for folder, says, lag in ((old, "supported", "40"), (new, "contradicted", "20")):
        tables = folder / "tables"
        (tables / "claims.csv").write_text(f"claim,verdict\nT1,supported\nT5,{says}\n")
        lags = f"copy,rnn,none,{lag},,30,\nadding,lstm,none,{lag},at least,{lag}.0,{lag}.5\n"
        (tables / "longest.csv").write_text("task,cell,remedy,lag,limit,low,high\n" + lags)
    found = compare(old, new)
    assert found.claims.to_numpy().tolist() == [["T5", "supported", "contradicted"]]
    assert found.longest.to_numpy().tolist() == [
        [
            "adding",
            "lstm",
            "none",
            "at least 40 [40, 40.5]",
            "at least 20 [20, 20.5]",
            "beyond",
        ],
        ["copy", "rnn", "none", "40 [30, ]", "20 [30, ]", "within"],
    ]
    assert "Claims whose verdict changed" in words(found) and "Longest lags" in words(found)
    for folder in (old, new):
        for name in ("claims", "longest"):
            (folder / "tables" / f"{name}.csv").unlink()
    same = compare(old, new).verdicts
    against = compare(old, run(tmp_path, lambda x: shifted(x, "adding", "rnn", 0.0))).verdicts
    assert same.equals(against)


def test_times_and_machines(old: Path, tmp_path: Path) -> None:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        twice = frame.cpu_seconds.where(frame.task.ne("copy"), 2 * frame.cpu_seconds)
        return frame.assign(cpu_seconds=twice, machine="another one")

    found = compare(old, run(tmp_path, None, change))
    ratios = found.times.set_index(["over", "name"]).ratio
    assert ratios["task", "copy"] == pytest.approx(2) and ratios["task", "adding"] == 1
    assert "Different machine: made-up processor, AVX2 → another one" in words(found)


def test_command_and_files(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = run(tmp_path / "new", lambda x: shifted(x, "adding", "rnn", -0.3))
    written = tmp_path / "c.csv", tmp_path / "c.json"
    options = ["--csv", str(written[0]), "--json", str(written[1])]
    assert main(["compare", str(old), str(new), *options]) == 0
    assert "Significant changes" in capsys.readouterr().out
    assert list(pd.read_csv(written[0])) == list(scores.COLUMNS)
    held = json.loads(written[1].read_text())
    assert held["scores"][0]["verdict"] == "worse" and held["old"] == str(old)
    assert main(["compare", str(old), str(tmp_path)]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_nothing_beside_something_and_an_older_table(old: Path, tmp_path: Path) -> None:
    empty = run(tmp_path / "empty", lambda x: x.head(0), lambda x: x.head(0))
    assert set(compare(old, empty).scores.verdict) == {"only in the old run"}
    with pytest.raises(InputError, match="no trials"):
        compare(empty, empty)
    older = run(tmp_path / "older")
    path = older / "tables" / "trials.parquet"
    parquet.write_table(parquet.read_table(path).drop_columns(["dropout", "altered"]), path)
    files.seal_of(path).unlink()
    said = words(compare(older, older))
    assert "other settings" not in said and "no checksums, so an edit would not be noticed" in said
    assert "no checksums" not in words(compare(old, old))


def test_a_run_from_before_there_was_a_search_equals_one_without(old: Path, tmp_path: Path) -> None:
    older = run(tmp_path)
    for name, columns in (("trials", ["setting", "stage"]), ("costs", ["setting"])):
        path = older / "tables" / f"{name}.parquet"
        parquet.write_table(parquet.read_table(path).drop_columns(columns), path)
        files.seal_of(path).unlink()
    assert set(compare(older, old).scores.verdict) == {"bit-identical"}


def test_another_protocol_is_another_setting(old: Path, tmp_path: Path) -> None:
    def staged(frame: pd.DataFrame) -> pd.DataFrame:
        search = frame.assign(seed=frame["seed"] + 100, stage="search")
        return pd.concat([search, frame.assign(stage="score")])

    found = compare(old, run(tmp_path, staged)).scores
    assert set(found.verdict) == {"other settings"}
    assert set(found.settings) == {"search seeds none → 12"}


def test_values_that_were_tried_are_another_setting(old: Path, tmp_path: Path) -> None:
    def tuned(frame: pd.DataFrame) -> pd.DataFrame:
        clipped = frame["remedy"].eq("clip_norm")
        value = frame["seed"].map(lambda seed: "limit=0.3" if seed % 2 else "limit=1")
        return frame.assign(setting=value.where(clipped, frame["setting"]))

    found = compare(old, run(tmp_path, tuned)).scores.set_index("remedy")
    assert set(found.loc["clip_norm", "settings"]) == {"values tried none → limit=0.3; limit=1"}
    assert set(found.loc["none", "verdict"]) == {"bit-identical"}


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_it_fits_the_terminal(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        kept = shifted(frame, "adding", "rnn", -0.5)
        return kept[kept["task"].ne("copy")].assign(updates=kept["updates"] + 7)

    found = words(compare(old, run(tmp_path, change)))
    assert max(map(len, found.splitlines())) <= columns
    assert "..." not in found.replace("... ", "") and "Only in the old run" in found


def test_a_table_folds_its_widest_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    rows = [["task", "what"], ["adding@a_long_label", "learning rates 0.01, 0.03 and [0.10, 0.20]"]]
    found = list(terminal.table("  ", rows))
    assert max(map(len, found)) <= 40 and len(found) > 3
    assert "".join(line[2:].split("  ")[0].strip() for line in found[1:]) == rows[1][0]
    for number in ("0.01,", "0.03", "[0.10,", "0.20]"):
        assert any(number in line for line in found), "no number is broken"
