"""The best combination, and what it cannot be told apart from."""

import numpy as np
import pandas as pd
import pytest

from seqbench.analysis import leaders
from seqbench.analysis.trials import Trials
from tests.helpers.rows import table, trial

SEEDS = range(10)
Pair = tuple[str, str]


def made(skills: dict[Pair, float], **more: object) -> Trials:
    """A trial per combination and seed; chance moves each a little, the first not at all."""
    random, rows = np.random.default_rng(1), []
    for (cell, remedy), skill in skills.items():
        for seed, luck in zip(SEEDS, random.normal(0, 0.03, len(SEEDS)), strict=True):
            test = skill + 0.02 * seed + luck * (skill != max(skills.values()))
            rows.append(trial(seed, 0.1, skill, test, remedy, cell=cell, **more))
    return Trials(table(*rows))


SKILLS = {("gru", "none"): 0.5, ("gru", "omega"): 0.495, ("rnn", "none"): 0.2}


def test_what_differs_by_less_than_chance_is_its_equal() -> None:
    found = leaders.best_pair(made(SKILLS))
    assert found is not None
    assert (found.cell, found.remedy) == ("gru", "none")
    assert found.equals == [("gru", "omega")] and found.among == 3
    assert (found.solved, found.runs) == (0, 10)


def test_equals_come_in_the_order_of_validation() -> None:
    many = {("gru", "none"): 0.5} | {("rnn", f"r{k}"): 0.495 - k / 1000 for k in (2, 0, 1)}
    found = leaders.best_pair(made(many))
    assert found is not None and found.equals == [("rnn", "r0"), ("rnn", "r1"), ("rnn", "r2")]


def test_more_combinations_are_a_stricter_test() -> None:
    """Of ten seeds p is 2^-9 at least: of 25 others .049 after the correction, of 26 .051."""
    for others, equal in ((25, 0), (26, 26)):
        skills = {("gru", "none"): 0.6} | {("rnn", f"r{k:02}"): 0.1 for k in range(others)}
        found = leaders.best_pair(made(skills))
        assert found is not None and len(found.equals) == equal


def test_chosen_is_by_validation_even_where_the_test_says_otherwise() -> None:
    run = made(SKILLS)
    worst = run.trials.copy()
    rows = worst["remedy"].eq("none") & worst["cell"].eq("gru")
    worst.loc[rows, "test_skill"] = 0.0
    found = leaders.best_pair(Trials(worst))
    assert found is not None and (found.cell, found.remedy) == ("gru", "none")
    assert found.skill.mean == 0
    assert found.equals == [("gru", "omega"), ("rnn", "none")], "who is better is not worse"


def test_reference_arms_are_no_candidates() -> None:
    arms = {
        ("memoryless", "none"): 0.45, ("rnn", "freeze_recurrent"): 0.4, ("rnn", "none"): 0.6,
    }  # fmt: skip
    found = leaders.best_pair(made(arms))
    assert found is not None and (found.cell, found.among, found.equals) == ("rnn", 1, [])


def test_a_reference_of_a_remedy_is_no_candidate() -> None:
    arms = {("rnn", "chrono"): 0.5, ("rnn", "chrono+truncate@cut"): 0.55, ("rnn", "none"): 0.4}
    run = made(arms).trials
    own = run["remedy"].eq("chrono+truncate@cut")
    run.loc[own, "knobs"] = '{"remedy": {"truncate@cut": {"horizon": 1}}}'
    run.loc[own, "test_skill"] = 0.1
    found = leaders.best_pair(Trials(run))
    assert found is not None and (found.remedy, found.among) == ("chrono", 2)


def test_what_is_told_the_lag_is_left_out_on_demand() -> None:
    skills = SKILLS | {("gru", "chrono"): 0.6, ("rnn", "clip_norm+skip"): 0.55}
    either, blind = (leaders.best_pair(made(skills), told=told) for told in (True, False))
    assert either is not None and (either.remedy, either.among) == ("chrono", 5)
    assert blind is not None and (blind.remedy, blind.among) == ("none", 3)


def test_what_is_of_another_size_is_no_candidate() -> None:
    run = made(SKILLS | {("rnn", "ridge_readout"): 0.7}).trials
    large = run["remedy"].eq("ridge_readout")
    same, other = (
        leaders.best_pair(Trials(run.assign(hidden=run["hidden"].fillna(16).mask(large, units))))
        for units in (16, 300)
    )
    assert same is not None and (same.remedy, same.among) == ("ridge_readout", 4)
    assert other is not None and (other.remedy, other.among) == ("none", 3)
    assert ("rnn", "ridge_readout") not in other.equals


def test_twins_are_one_candidate() -> None:
    """`rnn@loud` begins as `rnn` does under orthogonal: the same trials under two names."""
    run = made(SKILLS | {("rnn", "orthogonal"): 0.49}).trials
    rows = run["cell"].eq("rnn")
    loud = run[rows].assign(cell="rnn@loud")
    loud["valid_score"] -= 0.01 * loud["remedy"].eq("none")
    found = leaders.best_pair(Trials(pd.concat([run, loud], ignore_index=True)))
    assert found is not None and found.among == 5
    assert ("rnn", "orthogonal") in found.equals and ("rnn@loud", "orthogonal") not in found.equals


def test_too_few_pairs_cannot_tell_any_apart() -> None:
    few = made(SKILLS).trials
    for seeds, decidable in ((6, False), (7, True)):
        found = leaders.best_pair(Trials(few[few["seed"].lt(seeds)]))
        assert found is not None and found.decidable == decidable
        assert decidable or len(found.equals) == 2


def test_only_what_ran_on_every_telling_task_is_a_candidate() -> None:
    first = made(SKILLS).trials
    second = made(dict(list(SKILLS.items())[1:]), task="adding").trials
    found = leaders.best_pair(Trials(pd.concat([first, second], ignore_index=True)))
    assert found is not None
    assert (found.cell, found.remedy, found.among, found.runs) == ("gru", "omega", 2, 20)


@pytest.mark.parametrize("past", [False, None])
def test_without_a_telling_task_there_is_none(past: bool | None) -> None:
    assert leaders.best_pair(made(SKILLS, past_only=past)) is None
    lost = made(SKILLS).trials.assign(status="failed")
    for told in (True, False):
        for trials in (table(), lost):
            assert leaders.best_pair(Trials(trials), told=told) is None


def test_a_reference_arm_or_another_size_leads_no_task_and_is_named() -> None:
    skills = {("gru", "none"): 0.5, ("gru", "freeze_recurrent"): 0.6, ("memoryless", "none"): 0.4}
    run = made(skills, hidden=16)
    found = leaders.leader(run, "copy")
    assert found is not None and (found.cell, found.remedy) == ("gru", "none")
    assert found.aside == ("gru", "freeze_recurrent")
    larger = run.trials.copy()
    larger.loc[larger["remedy"].ne("none"), ["remedy", "hidden"]] = ["reservoir", 128]
    found = leaders.leader(Trials(larger), "copy")
    assert found is not None and (found.cell, found.aside) == ("gru", ("gru", "reservoir"))
    alone = made({("memoryless", "none"): 0.4})
    found = leaders.leader(alone, "copy")
    assert found is not None and (found.cell, found.aside) == ("memoryless", None)
