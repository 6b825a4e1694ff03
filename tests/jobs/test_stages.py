"""A search in two stages: search seeds choose, fresh seeds are scored, and nothing else is."""

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from seqbench import jobs, matrix
from seqbench.__main__ import main
from seqbench.analysis.choose import tuned
from seqbench.analysis.tables import comparisons, summary
from seqbench.analysis.tidy import read_csv, read_table
from seqbench.criteria import Attempt, chosen
from seqbench.jobs import again, stages
from seqbench.jobs.reach import run_reach
from seqbench.jobs.rows import Rows
from seqbench.jobs.staged import Staged
from seqbench.tally import NOT_TRAINED
from seqbench.tuning import SCORE, SEARCH

TEXT = """\
name: test
results: results
seeds: {seeds}
search_seeds: {search}
train: {{engine: eager, hidden: 6, batch: 4, updates: 9, evaluate_every: 3, valid_sequences: 8,
  test_sequences: 8, solve_batches: 2, learning_rates: {rates}}}
tasks: {{adding: {{length: 6}}}}
cells: {{rnn: }}
remedies:
  none:
  clip_norm: {limit}
  spectral_radius+leaky+ridge_readout: {{leaky: {{rate: [0.2, 0.5, 1.0]}}}}
reach: {{adding: {{from: 2, to: 4, remedies: [none, clip_norm]}}}}
"""
CLOSED = "spectral_radius+leaky+ridge_readout"
NAMES = ("none", "clip_norm", CLOSED)
Row = dict[str, object]


def read(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    seeds: str = "[1, 2]",
    search: str = "[101, 102]",
    limit: str = "{limit: [0.01, 1.0]}",
    rates: str = "[0.001, 0.01, 0.03, 0.1]",
) -> matrix.Matrix:
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    given = {"seeds": seeds, "search": search, "limit": limit, "rates": rates}
    Path("m.yaml").write_text(TEXT.format(**given))
    return matrix.read(Path("m.yaml"))


def rows(table: str = "trials") -> list[Row]:
    return pq.read_table(f"results/{table}/adding/rnn.parquet").to_pylist()


def of(remedy: str, stage: str) -> list[Row]:
    return [row for row in rows() if row["remedy"] == remedy and row["stage"] == stage]


@pytest.fixture
def staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> matrix.Matrix:
    """A matrix whose only job is trained, in the working folder."""
    made = read(tmp_path, monkeypatch)
    jobs.run_job(made, "adding", "rnn")
    return made


def test_every_arm_has_the_same_numbers_of_trials_and_fresh_seeds_train_only_the_choice(
    staged: matrix.Matrix,
) -> None:
    counts = Counter((row["remedy"], row["stage"], row["seed"]) for row in rows())
    many = {CLOSED: 3, "none": 4, "clip_norm": 4}
    assert counts == {
        **{(name, SEARCH, seed): many[name] for name in NAMES for seed in (101, 102)},
        **{(name, SCORE, seed): 1 for name in NAMES for seed in (1, 2)},
    }
    assert len(rows()) <= staged.trials("adding")
    tried = {(row["setting"], row["learning_rate"]) for row in of("clip_norm", SEARCH)}
    limits = ("limit=0.01", "limit=1")
    assert tried == {(limits[i % 2], rate) for i, rate in enumerate((0.001, 0.01, 0.03, 0.1))}


def test_the_choice_is_that_of_the_search_rows_and_reads_no_test_score(
    staged: matrix.Matrix,
) -> None:
    for name in NAMES:
        search, score = of(name, SEARCH), of(name, SCORE)
        attempts = [Attempt.of(row | {"test_skill": 0.0, "test_score": None}) for row in search]
        (choice,) = {(row["setting"], row["learning_rate"]) for row in score}
        assert choice == chosen(attempts)


def test_a_tuned_trial_is_the_trial_of_that_value_alone(
    staged: matrix.Matrix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {row["fingerprint"]: row for row in of("clip_norm", SEARCH)}
    plain = read(tmp_path / "b", monkeypatch, "[101, 102]", "[]", "{limit: 0.01}")
    jobs.run_job(plain, "adding", "rnn")
    both = [row for row in of("clip_norm", "both") if row["fingerprint"] in known]
    assert len(both) == 4, "two rates and two seeds"
    for row in both:
        same = known[row["fingerprint"]] | {"stage": "both", "setting": ""}
        assert row == same


def test_a_job_killed_between_its_stages_comes_to_the_same_bits(
    staged: matrix.Matrix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {table: rows(table) for table in ("trials", "curves", "flow")}
    second = stages.second

    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    other = read(tmp_path / "other", monkeypatch)
    monkeypatch.setattr(stages, "second", killed)
    with pytest.raises(KeyboardInterrupt):
        jobs.run_job(other, "adding", "rnn")
    assert not Path("results/trials").exists()
    monkeypatch.setattr(stages, "second", second)
    jobs.run_job(other, "adding", "rnn")
    assert {table: rows(table) for table in whole} == whole


def test_what_the_search_could_not_train_is_a_row_per_fresh_seed_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = read(tmp_path, monkeypatch)
    step = jobs.run

    def broken(setup: object, stack: list, wider: object) -> None:
        if any(trial.name == CLOSED for trial in stack):
            raise ValueError("made up")
        step(setup, stack, wider)

    monkeypatch.setattr(jobs, "run", broken)
    jobs.run_job(made, "adding", "rnn")
    lost = of(CLOSED, SCORE)
    assert [row["seed"] for row in lost] == [1, 2]
    assert {(row["status"], row["reason"]) for row in lost} == {("failed", stages.NOTHING)}
    assert {row["status"] for row in of("none", SCORE)} == {"ok"}


def test_a_setting_that_the_constructor_refuses_is_named_and_its_remedy_not_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = read(tmp_path, monkeypatch)
    job = made.job("adding", "rnn")
    job.remedies["clip_norm"]["limit"] = type(job.remedies["clip_norm"]["limit"])((1.0, -1.0))
    jobs.train(job, Path("results"))
    (row,) = [row for row in rows() if row["remedy"] == "clip_norm"]
    assert row["status"] == "failed" and str(row["reason"]).startswith("limit=-1: ")


def collected() -> None:
    assert main(["collect", "--config", "m.yaml"]) in (0, 1)


def test_fresh_seeds_alone_are_compared_and_all_that_was_tried_is_tolerance(
    staged: matrix.Matrix,
) -> None:
    collected()
    assert main(["analyze", "--config", "m.yaml"]) == 0
    tables = Path("results/tables")
    compared = read_csv(tables / "comparisons.csv", comparisons.COLUMNS)
    assert set(compared["n"]) == {2}
    made = read_csv(tables / "summary.csv", summary.COLUMNS).set_index("remedy")
    assert set(made["search_seeds"]) == {2} and set(made["n"]) == {2}
    assert made["settings"].to_dict() == {"none": 4, "clip_norm": 4, CLOSED: 3}
    assert made["tolerance_n"].to_dict() == {"none": 8, "clip_norm": 8, CLOSED: 6}
    for name in NAMES:
        scores = [float(str(row["test_score"])) for row in of(name, SCORE)]
        assert made.loc[name, "score"] == pytest.approx(sum(scores) / 2)
        assert {made.loc[name, "setting"]} == {row["setting"] for row in of(name, SCORE)}


def test_fresh_trials_that_are_missing_are_failed_rows(
    staged: matrix.Matrix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = read(tmp_path, monkeypatch, seeds="[1, 2, 3]")
    collected()
    frame = read_table(Path(more.results), "trials")
    lost = frame[frame["reason"].eq(NOT_TRAINED)]
    assert set(lost["status"]) == {"failed"} and set(lost["stage"]) == {SCORE}
    assert list(lost["seed"]) == [3, 3, 3] and set(lost["remedy"]) == set(NAMES)
    choice = {(row["setting"], row["learning_rate"]) for row in of("clip_norm", SCORE)}
    own = lost[lost["remedy"].eq("clip_norm")].iloc[0]
    assert {(own["setting"], own["learning_rate"])} == choice
    Path("results/trials/adding/rnn.parquet").unlink()
    collected()
    frame = read_table(Path(more.results), "trials")
    assert Counter(frame["stage"]) == {SEARCH: 3 * 4 * 2, SCORE: 3 * 3}
    assert set(frame["status"]) == {"failed"}


@pytest.mark.parametrize(
    ("changed", "lost"),
    [
        ({"rates": "[0.002, 0.004, 0.008, 0.016]"}, {"none": [1, 2], "clip_norm": [1, 2]}),
        ({"limit": "{limit: [OTHER, 7.0]}"}, {"clip_norm": [1, 2]}),
        ({"seeds": "[101, 2]", "search": "[1, 102]"}, dict.fromkeys(NAMES, [101])),
    ],
)
def test_what_was_scored_at_what_the_matrix_no_longer_tries_is_missing_and_no_search_stands_in(
    staged: matrix.Matrix,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, str],
    lost: dict[str, list[int]],
) -> None:
    """The matrix was edited, and the run that would train it anew was interrupted."""
    choice = of("clip_norm", SCORE)[0]
    other = 0.01 if choice["setting"] == "limit=1" else 1.0
    edited = {name: text.replace("OTHER", str(other)) for name, text in changed.items()}
    read(tmp_path, monkeypatch, **edited)
    collected()
    frame = read_table(Path("results"), "trials")
    of_score = frame[frame["stage"].eq(SCORE) & frame["reason"].eq(NOT_TRAINED)]
    assert of_score.groupby("remedy")["seed"].agg(sorted).to_dict() == lost
    for stage, seeds in matrix_seeds(edited).items():
        assert set(frame.loc[frame["stage"].eq(stage), "seed"]) == seeds
    assert set(tuned(frame)["seed"]) == matrix_seeds(edited)[SCORE]


def matrix_seeds(edited: dict[str, str]) -> dict[str, set[int]]:
    """The seeds of both stages."""
    return {
        SCORE: set(json.loads(edited.get("seeds", "[1, 2]"))),
        SEARCH: set(json.loads(edited.get("search", "[101, 102]"))),
    }


def test_a_job_that_breaks_off_after_its_search_has_a_failed_row_per_fresh_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = read(tmp_path, monkeypatch)
    fill = jobs._fill

    def broken(tables: Rows, setup: object, trials: list[Staged], log: object) -> None:
        if trials[0].stage == SCORE:
            raise RuntimeError("made up")
        fill(tables, setup, trials, log)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "_fill", broken)
    jobs.run_job(made, "adding", "rnn")
    for name in ("none", "clip_norm"):
        assert [row["seed"] for row in of(name, SCORE)] == [1, 2]
        assert {row["status"] for row in of(name, SCORE)} == {"failed"}
        assert all("made up" in str(row["reason"]) for row in of(name, SCORE))
    collected()
    assert set(tuned(read_table(Path("results"), "trials"))["seed"]) == {1, 2}


def test_rows_of_another_protocol_are_left_out(
    staged: matrix.Matrix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(tmp_path, monkeypatch, seeds="[1, 2]", search="[]", limit="{limit: 1.0}")
    collected()
    frame = read_table(Path("results"), "trials")
    assert set(frame["reason"]) == {NOT_TRAINED} and set(frame["stage"]) == {"both"}


def test_the_longest_lag_is_judged_by_fresh_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_reach(read(tmp_path, monkeypatch), "adding", "rnn")
    found = rows("reach")
    assert {row["seed"] for row in found if row["chosen"]} == {1, 2}
    assert {row["stage"] for row in found if not row["chosen"]} == {SEARCH}


@pytest.mark.parametrize("seed", [1, 101])
def test_a_trial_of_either_stage_is_the_same_again(
    staged: matrix.Matrix, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    one = next(row for row in rows() if row["seed"] == seed and row["remedy"] == "clip_norm")
    wanted = again.Chosen("clip_norm", seed, float(str(one["learning_rate"])))
    assert again.again(staged, "adding", "rnn", wanted)
    said = capsys.readouterr().out
    assert str(one["setting"]) in said and "equals the recorded trial in every number" in said
