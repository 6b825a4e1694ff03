"""A search trains ordinary trials, repeats nothing, and writes down how it ended."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from seqbench import jobs, matrix, registry
from seqbench.cell import Cell
from seqbench.engine import train
from seqbench.engine.setup import Setup
from seqbench.engine.stack import Stack
from seqbench.engine.trial import Trial
from seqbench.jobs import reach
from seqbench.jobs.further import Growth
from seqbench.manifest import due
from seqbench.matrix import wanted

TEXT = """\
name: test
results: results
seeds: [1, 2]
train: {{hidden: 12, batch: 8, updates: {updates}, evaluate_every: 10, learning_rates: [0.02, 0.05],
  valid_sequences: 64, test_sequences: 64, stack: {stack}}}
tasks:
  temporal_order: {{length: {length}}}
cells: {{rnn: , memoryless: }}
remedies:
  none:
  orthogonal:
reach:
  temporal_order: {{from: {start}, to: {to}, further: {further}}}
"""


def read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, further: str = "[]", **changes: int
) -> matrix.Matrix:
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    values = {"length": 10, "start": 10, "to": 20, "updates": 200, "stack": 128} | changes
    (folder / "m.yaml").write_text(TEXT.format(further=further, **values))
    return matrix.read(folder / "m.yaml")


def rows(cell: str = "rnn") -> list[dict]:
    return pq.read_table(f"results/reach/temporal_order/{cell}.parquet").to_pylist()


def births(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """What is trained from now on: remedy, seed, learning rate, lag."""
    seen: list[tuple] = []
    begin = train.Stack.begin

    def noted(
        cell: Cell, trials: list[Trial], sizes: dict[str, int], lag: int, *more: object
    ) -> Stack:
        seen.extend((t.name, t.seed, t.learning_rate, lag) for t in trials)
        return begin(cell, trials, sizes, lag, *more)

    monkeypatch.setattr(train.Stack, "begin", noted)
    return seen


def records() -> dict[str, dict]:
    """Every record in the store, without what a stopwatch says."""
    found = {}
    for file in Path("results/store").rglob("*.json"):
        record = json.loads(file.read_bytes().partition(b"\n")[2])
        found[file.stem] = {name: part for name, part in record.items() if name != "cost"}
    return found


def test_a_search_from_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reach.run_reach(read(tmp_path, monkeypatch, further="[2, 5]"), "temporal_order", "rnn")
    found = rows()
    plain = [row for row in found if row["factor"] == 1]
    assert {row["length"] for row in plain} >= {10}
    lags = {row["length"]: row["lag"] for row in plain}
    assert sorted(lags.values()) == [lags[length] for length in sorted(lags)]
    for name in ("none", "orthogonal"):
        tried: dict[int, bool | None] = {}
        while (length := reach.following(tried, 10, 20, 1.25)) is not None:
            here = [row for row in found if (row["remedy"], row["length"]) == (name, length)]
            assert {row["factor"] for row in here} == {1, 2, 5}
            assert len(here) == 2 * 2 * 3  # seeds, learning rates, lengths of the test
            assert len({row["learning_rate"] for row in here if row["chosen"]}) == 1
            tried[length] = reach.outcome(here)
        assert set(tried) == {row["length"] for row in plain if row["remedy"] == name}
    assert all(row["status"] == "ok" and row["test_skill"] <= 1 for row in found)


def test_a_trial_of_a_search_is_the_ordinary_one_to_the_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = read(tmp_path / "a", monkeypatch, further="[2]", to=10)
    reach.run_reach(searched, "temporal_order", "rnn")
    there = records()
    jobs.run_job(read(tmp_path / "b", monkeypatch), "temporal_order", "rnn")
    ordinary = records()
    assert there.keys() == ordinary.keys() and len(there) == 8
    assert all(len(there[key].pop("further")) == 1 for key in there)
    assert all(ordinary[key].pop("further") == {} for key in ordinary)
    assert there == ordinary


def test_trained_once_for_a_job_and_a_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(tmp_path, monkeypatch)
    seen = births(monkeypatch)
    jobs.run_job(read(tmp_path, monkeypatch), "temporal_order", "rnn")
    assert len(seen) == 8
    reach.run_reach(read(tmp_path, monkeypatch, to=10), "temporal_order", "rnn")
    assert len(seen) == 8
    tables = {p: p.read_bytes() for p in Path("results/trials").rglob("*.parquet")}
    reach.run_reach(read(tmp_path, monkeypatch, further="[3]", to=10), "temporal_order", "rnn")
    assert len(seen) == 16  # their weights are gone, and further tests need them
    jobs.run_job(read(tmp_path, monkeypatch), "temporal_order", "rnn")
    assert len(seen) == 16
    assert tables == {p: p.read_bytes() for p in Path("results/trials").rglob("*.parquet")}


def test_a_search_finds_no_more_than_it_asks_for_and_trains_nothing_in_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def further(factors: str) -> set[float]:
        found = read(tmp_path, monkeypatch, further=factors, to=10, updates=20)
        reach.run_reach(found, "temporal_order", "rnn")
        return {row["factor"] for row in rows()}

    seen = births(monkeypatch)
    assert further("[2, 3]") == {1, 2, 3}
    assert further("[3]") == {1, 3} and further("[]") == {1}
    assert len(seen) == 8
    assert further("[5]") == {1, 5}
    assert len(seen) == 16
    assert further("[2, 3]") == {1, 2, 3} and further("[2, 5]") == {1, 2, 5}
    assert len(seen) == 16


def test_a_test_with_another_knob_is_another_test() -> None:
    first, other = Growth("length", 10, (2.0,)), Growth("symbols", 10, (2.0,))
    assert not {*first.names().values()} & {*other.names().values()}
    assert Growth("length", 10, (1.5, 1.52)).lengths() == [15]


class Killed(KeyboardInterrupt):
    """Nothing may catch it."""


def test_killed_it_goes_on_and_ends_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = read(tmp_path / "calm", monkeypatch, stack=2, updates=60)
    reach.run_reach(found, "temporal_order", "rnn")
    calm = Path("results/reach/temporal_order/rnn.parquet").read_bytes()
    found = read(tmp_path / "torn", monkeypatch, stack=2, updates=60)
    run, turns = jobs.run, iter(range(100))

    def shot(bench: Setup, trials: list[Trial], wider: Sequence[Trial] = ()) -> None:
        if next(turns) == 3:
            raise Killed
        run(bench, trials, wider)

    monkeypatch.setattr(jobs, "run", shot)
    with pytest.raises(Killed):
        reach.run_reach(found, "temporal_order", "rnn")
    kept = len(records())
    assert kept == 6
    seen = births(monkeypatch)
    reach.run_reach(found, "temporal_order", "rnn")
    assert len(seen) == len(records()) - kept
    assert Path("results/reach/temporal_order/rnn.parquet").read_bytes() == calm


def test_what_does_not_apply_is_a_row_with_its_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = read(tmp_path, monkeypatch, updates=10, to=10)
    reach.run_reach(found, "temporal_order", "memoryless")
    (hole,) = [row for row in rows("memoryless") if row["remedy"] == "orthogonal"]
    assert hole["status"] == "not_applicable" and hole["reason"].endswith(".")
    assert hole["seed"] is None and hole["length"] == 10


def test_what_breaks_is_rows_and_ends_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = read(tmp_path, monkeypatch, updates=10)
    monkeypatch.setattr(jobs, "run", lambda *words: 1 / 0)
    reach.run_reach(found, "temporal_order", "rnn")
    assert {row["status"] for row in rows()} == {"failed"}
    assert {row["length"] for row in rows()} == {10}
    assert all("ZeroDivisionError" in row["reason"] for row in rows())


def test_what_is_read_once_for_all_lengths_is_an_input_of_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(registry.load_task("temporal_order"))
    sample, once = kind.sample, cache(lambda: Path("levels.txt").read_text())
    monkeypatch.setattr(kind, "sample", lambda *given: once() and sample(*given))
    file = tmp_path / "levels.txt"
    file.write_text("1")
    given = read(tmp_path, monkeypatch, updates=10)
    reach.run_reach(given, "temporal_order", "rnn")
    asked = wanted.of_search(given, "temporal_order", "rnn")
    assert due(tmp_path / "results", asked) == ""
    file.write_text("2")
    assert due(tmp_path / "results", asked) == "levels.txt was changed"
