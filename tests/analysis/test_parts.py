"""A run by optimizer: what is derived of one part does not know of the others."""

from dataclasses import replace

import pandas as pd
import pytest

from seqbench.analysis import derive, tables
from seqbench.analysis.tidy import Tables, collected
from tests.helpers.collected import collect
from tests.helpers.results import write_results

BY = {"adding": "sgd", "copy": "adam"}
APART = [name for name in tables.names() if getattr(tables.load(name), "APART", False)]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Two tasks, trained by two optimizers."""
    folder = tmp_path_factory.mktemp("run")
    cells, remedies = ("memoryless", "rnn", "lstm"), ("none", "clip_norm", "orthogonal")
    collect(folder, write_results(folder, tasks=[*BY], cells=cells, remedies=remedies))
    found = collected(folder)
    return derive(with_trials(found, found.trials.assign(optimizer=found.trials["task"].map(BY))))


def with_trials(found: Tables, trials: pd.DataFrame) -> Tables:
    return replace(found, trials=trials.astype({"optimizer": "str"}), derived={})


@pytest.fixture(scope="module")
def alone(both: Tables) -> Tables:
    """The same without the tasks of the second optimizer."""
    own = both.trials["optimizer"].eq("sgd")
    costs = both.costs[both.costs["task"].eq("adding")]
    return derive(replace(with_trials(both, both.trials[own]), costs=costs))


@pytest.mark.parametrize("name", tables.names())
def test_no_number_changes_when_another_optimizer_is_added(
    name: str, both: Tables, alone: Tables
) -> None:
    if name == "prediction":
        pytest.skip("of the most adaptive optimizer alone")
    part = both.parts["sgd"].derived[name].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, alone.derived[name])


def test_means_over_tasks_bear_the_name_of_their_optimizer(both: Tables) -> None:
    assert {"effects", "cell_pairs", "ranks", "averages"} <= set(APART)
    for name in APART:
        made = both.derived[name]
        assert list(made)[0] == "optimizer" and set(made["optimizer"]) <= {"sgd", "adam"}, name


def test_parts_go_from_plain_to_adaptive_and_share_nothing(both: Tables) -> None:
    assert list(both.parts) == both.optimizers == ["sgd", "adam"]
    for task, name in BY.items():
        part = both.parts[name]
        assert set(part.trials["task"]) == set(part.costs["task"]) == {task}
        assert set(part.comparisons["task"]) == {task}


def test_a_run_of_one_optimizer_is_its_own_part(alone: Tables) -> None:
    assert alone.parts == {"sgd": alone}
    nothing = with_trials(alone, alone.trials.iloc[:0])
    assert nothing.optimizers == [""] and nothing.parts[""] is nothing


def test_what_was_not_trained_stays_in_the_part_of_its_task(both: Tables) -> None:
    trials = both.trials.copy()
    lost = trials["task"].eq("copy") & trials["cell"].eq("lstm")
    trials.loc[lost, ["status", "optimizer"]] = ["failed", ""]
    part = with_trials(both, trials).parts["adam"]
    assert part.trials["status"].eq("failed").sum() == lost.sum()


def test_the_choice_of_rates_is_the_same_in_a_part(both: Tables) -> None:
    own = both.tuned[both.tuned["task"].eq("copy")].reset_index(drop=True)
    pd.testing.assert_frame_equal(both.parts["adam"].tuned, own)
