"""The whole field: every cell meets every remedy, and everything trains where a study begins."""

from pathlib import Path
from typing import get_args

import pytest
import yaml

from seqbench import registry
from seqbench.cell import Cell
from seqbench.engine.setup import Setup
from seqbench.engine.train import run
from seqbench.engine.trial import Trial, stacks
from seqbench.errors import InputError
from seqbench.task import IoShape, Task
from tests.helpers.places import CONFIG
from tests.helpers.training import bench, train, trial

CELLS, REMEDIES, TASKS = (registry.names(kind) for kind in ("cells", "remedies", "tasks"))
COMPOSED = (
    "clip_norm+omega",
    "clip_norm+orthogonal",
    "clip_norm+chrono",
    "clip_norm+truncate",
    "spectral_radius+ridge_readout",
    "leaky+spectral_radius+ridge_readout",
    "reservoir+leaky+ridge_readout",
)
FEW = 4
SMOKE = CONFIG / "smoke.yaml"


def ended(laid: Setup, trials: list[Trial]) -> dict[str, dict]:
    """Train the trials; the record of each, by the remedy's name."""
    for group in stacks(trials, laid.settings.stack):
        run(laid, group)
    return {t.name: laid.store.result(t.fingerprint)["trial"] for t in trials}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("every", [FEW, pytest.param(1, marks=pytest.mark.faults)])
@pytest.mark.parametrize("cell_name", CELLS)
def test_every_remedy_trains_the_cell_or_says_why_not(
    tmp_path: Path, cell_name: str, every: int
) -> None:
    """every: of the remedies one in so many, other ones from cell to cell; 1 is the whole field."""
    small = {"hidden": 4, "batch": 8, "updates": 2, "evaluate_every": 2, "solve_batches": 2}
    small |= {"engine": "eager"}
    laid = bench(tmp_path, cell_name, knobs={"length": 6}, **small)
    trials = []
    some = (*REMEDIES, *COMPOSED)[CELLS.index(cell_name) % every :: every]
    for name in sorted({"none", "clip_norm", *some}):
        remedy = registry.load_remedy(name)
        objection = remedy.suits(laid.network, laid.task)
        if objection is None:
            closed = "solve" in remedy.acts_at
            trials.append(trial(name, rate=None if closed else 0.01))
        else:
            assert objection[0].isupper() and objection.endswith(".")
    assert trials
    for name, record in ended(laid, trials).items():
        assert record["status"] == "ok" and record["test_score"] is not None, name
        assert record["stopped_at"] in (0, 2), name


def smoke(folder: Path, cell: str, task: str, remedy: str) -> dict:
    """One trial under the settings of the smoke matrix."""
    settings = yaml.safe_load(SMOKE.read_text())["train"]
    (rate,) = settings.pop("learning_rates")
    knobs = {"length": 12} if task == "adding" else {}
    laid = bench(folder, cell, task, knobs, **settings)
    if objection := registry.load_remedy(remedy).suits(laid.network, laid.task):
        pytest.skip(objection)
    closed = "solve" in registry.load_remedy(remedy).acts_at
    return ended(laid, [trial(remedy, rate=None if closed else rate)])[remedy]


@pytest.mark.parametrize("task", ["adding", "digits"])
@pytest.mark.parametrize("cell_name", CELLS)
def test_every_cell_trains_in_the_smoke_settings(tmp_path: Path, cell_name: str, task: str) -> None:
    record = smoke(tmp_path, cell_name, task, "none")
    # blank rows of a digit leave nothing to normalize, and each such step has a slope of hundreds
    spike = (cell_name, task) == ("lstm_layernorm", "digits")
    assert record["status"] == ("diverged" if spike else "ok")
    assert record["test_score"] is not None


@pytest.mark.parametrize("task", ["adding", "digits"])
@pytest.mark.parametrize("remedy", REMEDIES)
def test_every_remedy_trains_in_the_smoke_settings(tmp_path: Path, remedy: str, task: str) -> None:
    cell = "rnn" if registry.load_remedy(remedy).suits(*pair("rnn", task)) is None else "lstm"
    assert smoke(tmp_path, cell, task, remedy)["status"] == "ok"


def pair(cell: str, task: str) -> tuple[Cell, Task]:
    return registry.load_cell(cell), registry.load_task(task)


SOME = {"valid_at_most": 100, "test_at_most": 100}  # a beam through a whole test part takes long


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("cell_name", ["rnn", "lstm"])
def test_every_task_trains(tmp_path: Path, task: str, cell_name: str) -> None:
    try:
        registry.load_task(task).splits()
    except InputError as missing:
        pytest.skip(str(missing))
    laid = bench(tmp_path, cell_name, task, {}, updates=2, evaluate_every=2, **SOME)
    assert ended(laid, [trial()])["none"]["status"] == "ok"


ODD = {"hidden": 5, "batch": 3, "updates": 4, "evaluate_every": 2, "valid_sequences": 7}
ODD |= {"engine": "eager"}


def alone_as_stacked(folder: Path, cell: str, remedy: str) -> None:
    """Records of a trial beside others, and with nobody but its own copy."""
    closed = "solve" in registry.load_remedy(remedy).acts_at
    rates = (None,) if closed else (0.01, 0.05)
    trials = [trial(remedy, seed, rate) for seed in (1, 2, 3) for rate in rates]
    together = train(bench(folder / "all", cell, **ODD), trials)
    last = trials[-1]
    alone = train(bench(folder / "alone", cell, **ODD), [last])
    assert alone[last.fingerprint] == together[last.fingerprint]


@pytest.mark.parametrize("cell_name", CELLS)
def test_a_trial_of_every_cell_is_the_same_alone_and_stacked(
    tmp_path: Path, cell_name: str
) -> None:
    alone_as_stacked(tmp_path, cell_name, "none")


@pytest.mark.parametrize("remedy", [*REMEDIES, *COMPOSED])
def test_a_trial_under_every_remedy_is_the_same_alone_and_stacked(
    tmp_path: Path, remedy: str
) -> None:
    suits = registry.load_remedy(remedy).suits(*pair("rnn", "adding")) is None
    alone_as_stacked(tmp_path, "rnn" if suits else "lstm", remedy)


SHAPES = {  # a task of every shape, small
    "digits_image": {},
    "digits_spelled": {},
    "adding": {"length": 5},
    "copy": {"length": 2, "memorize": 1, "alphabet": 2},
}


@pytest.mark.parametrize("cell_name", CELLS)
def test_every_cell_works_with_every_task_shape(tmp_path: Path, cell_name: str) -> None:
    shapes = {registry.load_task(task).io_shape for task in SHAPES}
    assert shapes == set(get_args(IoShape))
    for task, knobs in SHAPES.items():
        few = {"updates": 2, "evaluate_every": 2, "engine": "eager"}
        laid = bench(tmp_path / task, cell_name, task, knobs, **few)
        assert ended(laid, [trial()])["none"]["status"] == "ok", task
