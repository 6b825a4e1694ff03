"""A test part that all seeds share adds its sampling error to whatever is said over seeds."""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from seqbench.analysis.choose import attempts
from seqbench.analysis.methods.statistics import ALPHA, Floats, mean_interval, sign_flip
from seqbench.analysis.trials import Trials
from seqbench.compare.scores import compare
from tests.helpers import rows
from tests.helpers.bare import whole

SEQUENCES, PARTS = 200, 10
RUNS = 400


def scored(sequences: Floats, seed: int, remedy: str = "none", **more: object) -> dict[str, object]:
    """A row whose skills on the sequences of the test part are these."""
    tenths = [float(0.2 + 0.8 * part.mean()) for part in np.array_split(sequences, PARTS)]
    skill = float(sequences.mean())
    return rows.trial(seed, 0.1, skill, skill, remedy, test_tenths=json.dumps(tenths)) | more


def redrawn(*trials: dict[str, object]) -> pd.DataFrame:
    return attempts(rows.table(*trials))


def part(random: np.random.Generator, seeds: int, level: float = 0.5) -> Floats:
    """Skills (seeds, sequences): some sequences are harder for all, some seeds are better."""
    hard = random.normal(0, 0.3, SEQUENCES)
    return level + hard + random.normal(0, 0.02, (seeds, 1)) + random.normal(0, 0.1, hard.shape)


@pytest.mark.parametrize("seeds", [2, 3, 7, 10, 15, 20])
def test_means_stay_what_they_are(seeds: int) -> None:
    skills = part(np.random.default_rng(1), seeds)
    found = redrawn(*[scored(own, seed) for seed, own in enumerate(skills)])
    assert found["redrawn_skill"].ne(found["test_skill"]).all()
    assert found["redrawn_skill"].mean() == pytest.approx(found["test_skill"].mean())
    moved = (found["redrawn_skill"] - found["test_skill"]).to_numpy()
    assert found["redrawn_score"].to_numpy() == pytest.approx(
        found["test_score"].to_numpy() + 0.8 * moved
    )


def share(found: pd.DataFrame, name: str, judged: Callable[[Floats], bool]) -> float:
    """Of many runs, each a cell of its own: how often this is so of their seeds."""
    values = found.groupby("cell")[name].agg(lambda own: judged(own.to_numpy("float64")))
    return float(values.mean())


@pytest.mark.parametrize("seeds", [3, 10, 20])
def test_an_interval_holds_the_truth_as_often_as_it_says(seeds: int) -> None:
    """The truth being the level of all sequences there could be, not of those in the test part."""

    def held(skills: Floats) -> bool:
        interval = mean_interval(skills)
        return interval.low <= 0.5 <= interval.high

    random = np.random.default_rng(2)
    runs = [
        scored(own, seed, cell=f"rnn@{run}")
        for run in range(RUNS)
        for seed, own in enumerate(part(random, seeds))
    ]
    found = redrawn(*runs)
    assert share(found, "redrawn_skill", held) > 0.92
    assert share(found, "test_skill", held) < 0.85  # without it


def test_a_difference_that_only_these_sequences_show_is_not_shown() -> None:
    """And what both sides find hard cancels: only what they disagree on counts."""
    random, trials = np.random.default_rng(3), list[dict[str, object]]()
    for run in range(RUNS):
        first = part(random, 10)
        second = first + random.normal(0, 0.2, SEQUENCES) + random.normal(0, 0.01, (10, 1))
        for remedy, skills in (("none", first), ("clip_norm", second)):
            trials += [
                scored(own, seed, remedy, cell=f"rnn@{run}") for seed, own in enumerate(skills)
            ]
    skills = redrawn(*trials).set_index(["remedy", "cell", "seed"])
    names = ["redrawn_skill", "test_skill"]
    change = (skills.loc["clip_norm", names] - skills.loc["none", names]).reset_index()
    assert share(change, "redrawn_skill", lambda d: sign_flip(d) < ALPHA) < 0.08
    assert share(change, "test_skill", lambda d: sign_flip(d) < ALPHA) > 0.5
    alone = skills.loc["none"].groupby("cell")["redrawn_skill"].std()
    assert (change.groupby("cell")["redrawn_skill"].std() < alone).mean() > 0.9


def test_where_sequences_are_each_seeds_own_nothing_moves() -> None:
    found = redrawn(*[rows.trial(seed, 0.1, 0.5, 0.3 + 0.1 * seed) for seed in range(5)])
    assert found["redrawn_skill"].equals(found["test_skill"])
    assert found["redrawn_score"].equals(found["test_score"])


def test_a_trial_without_a_number_on_every_share_is_moved_as_the_others_say() -> None:
    skills = part(np.random.default_rng(4), 5)
    whole = [scored(own, seed) for seed, own in enumerate(skills)]
    lacks = json.dumps([None] * PARTS)
    found = redrawn(*whole[:4], whole[4] | {"test_tenths": lacks})
    others = redrawn(*whole[:4], scored(skills[:4].mean(0), 4))
    moved, expected = (
        (one["redrawn_skill"] - one["test_skill"]).to_numpy("float64") for one in (found, others)
    )
    assert moved == pytest.approx(expected)
    none = redrawn(*[one | {"test_tenths": lacks} for one in whole])
    assert none["redrawn_skill"].equals(none["test_skill"])


def test_a_seed_without_a_score_leaves_the_mean_as_it_is() -> None:
    skills = part(np.random.default_rng(7), 5)
    other = [scored(own, seed, "clip_norm") for seed, own in enumerate(skills)]
    some = [scored(own, seed) for seed, own in enumerate(skills[:4])]
    found = redrawn(*other, *some, rows.trial(4, 0.1, None, None, status="diverged"))
    means = found.groupby("remedy")[["test_skill", "redrawn_skill"]].mean()
    assert means["redrawn_skill"].tolist() == pytest.approx(means["test_skill"].tolist())


def test_shares_of_runs_are_of_runs_that_there_were() -> None:
    """A redrawn skill is of no run: it strays as far as a score on a tenth of the test part."""
    low, high = (part(np.random.default_rng(8), 10, level) for level in (0.4, 0.6))
    trials = [
        scored(own, seed, cell=cell, optimizer="adam")
        for cell, skills in (("rnn", low), ("gru", high))
        for seed, own in enumerate(skills)
    ]
    tables = whole(rows.table(*trials))
    real = {"rnn": low.mean(1), "gru": high.mean(1)}
    better = rows.one(tables.derived["improvement"].query("name == 'gru' and tasks == 'all'"))
    assert real["gru"].min() > real["rnn"].max() and better["probability"] == 1
    profiles = tables.derived["profiles"].query("kind == 'cell' and tasks == 'all'")
    for (name, tau), own in profiles.groupby(["name", "tau"]):
        assert rows.one(own)["share"] == pytest.approx((real[str(name)] > tau).mean())
    middle = tables.derived["averages"].query("kind == 'cell' and tasks == 'all'")
    for name, own in middle.groupby("name"):
        assert rows.one(own)["iqm"] == pytest.approx(np.sort(real[str(name)])[2:8].mean())


def test_trials_that_two_runs_share_do_not_differ() -> None:
    skills = part(np.random.default_rng(9), 12)
    trials = [scored(own, seed) for seed, own in enumerate(skills)]
    old, new = Trials(rows.table(*trials[:8])), Trials(rows.table(*trials[4:]))
    row = rows.one(compare(old, new)[0])
    assert row["pairs"] == 4 and row["difference"] == 0


def test_who_knows_nothing_knows_it_of_every_share() -> None:
    skills = part(np.random.default_rng(5), 5, level=-0.5)
    found = redrawn(*[scored(own, seed) for seed, own in enumerate(skills)])
    assert found["redrawn_skill"].eq(0).all()


def test_every_learning_rate_and_stage_is_moved_by_its_own_trials() -> None:
    random = np.random.default_rng(6)
    low, high = part(random, 4, 0.3), part(random, 4, 0.7)
    both = [
        *[scored(own, seed, learning_rate=0.01) for seed, own in enumerate(low)],
        *[scored(own, seed, learning_rate=0.1) for seed, own in enumerate(high)],
    ]
    alone = [redrawn(*both[:4]), redrawn(*both[4:])]
    assert redrawn(*both)["redrawn_skill"].tolist() == pytest.approx(
        [*alone[0]["redrawn_skill"], *alone[1]["redrawn_skill"]]
    )
