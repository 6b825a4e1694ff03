"""What is recorded is tested in tenths, too."""

import json
from pathlib import Path

import pytest
import torch

from seqbench.engine.held_out import HeldOut
from seqbench.engine.scoring.tenths import tenths
from seqbench.task import Task
from tests.helpers.toys import First, Text
from tests.helpers.training import bench, train, trial


@pytest.mark.parametrize("task", [First(), Text()], ids=lambda t: type(t).__name__)
@pytest.mark.parametrize("size", [4, 16, 20, 60])
def test_they_are_all_of_it_in_order(task: Task, size: int) -> None:
    whole = task.splits().train
    carries = task.reading.carries
    some = whole.map(lambda z: z[:size]) if carries else whole.pick(slice(0, size))
    parts = [part for tenth in tenths(task, HeldOut((some,))) for part in tenth.parts]
    assert len(parts) == min(10, size // 2)
    sizes = [len(part.y) if carries else len(part) for part in parts]
    assert sum(sizes) == size and max(sizes) - min(sizes) <= 1
    assert torch.equal(torch.cat([part.x for part in parts], 0 if carries else 1), some.x)


def test_too_little_has_none_and_what_is_drawn_neither() -> None:
    some = First().splits().train.pick(slice(0, 3))
    assert len([*tenths(First(), HeldOut((some,)))]) == 1
    assert not [*tenths(First(), HeldOut((some.pick(slice(0, 1)),)))]
    assert not [*tenths(First(), HeldOut((some,), (0, 0)))]


@pytest.mark.parametrize("task", [First(), Text()], ids=lambda t: type(t).__name__)
def test_their_scores_are_kept_and_their_mean_is_the_score(tmp_path: Path, task: Task) -> None:
    trials = [trial(seed=seed) for seed in (1, 2)]
    setup = bench(tmp_path, "rnn", task, test_at_most=20 if isinstance(task, First) else 100)
    for record in train(setup, trials).values():
        kept = json.loads(record["trial"]["test_tenths"])
        assert len(kept) == 10 and len({*kept}) > 1
        near = 1e-6 if isinstance(task, First) else 0.1  # stretches begin without a state
        assert sum(kept) / 10 == pytest.approx(record["trial"]["test_score"], abs=near)


def test_who_has_no_score_has_none_of_a_tenth(tmp_path: Path) -> None:
    drawn = train(bench(tmp_path / "drawn"), [trial()])
    assert [record["trial"]["test_tenths"] for record in drawn.values()] == [None]
    broken = bench(
        tmp_path / "broken", "rnn", First(), cell_knobs={"activation": "relu", "gain": 1e30}
    )
    for record in train(broken, [trial(), trial(seed=2)]).values():
        assert record["trial"]["test_score"] is None and record["trial"]["test_tenths"] is None
