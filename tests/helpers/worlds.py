"""MADE-UP trials of worlds whose truth is known, for tests of what is concluded from them.

    skill = level of the cell + help of the remedy + rate + seed of the task + luck of the trial

A trial's luck is in its validation and its test skill alike, as both are of the same weights; each
has a little error of its own. What is common to all arms of a task cancels in paired differences.
Many runs stand in one table, for speed: each has labels of its own of every cell.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from seqbench import records
from seqbench.analysis.methods.statistics import Floats
from seqbench.analysis.tidy import to_frame

TASKS = {"adding": "sgd", "copy": "sgd", "dyck": "adam", "counting": "adam"}
CELLS = ("rnn", "rnn@loud", "lstm")
REMEDIES = ("none", "clip_norm", "identity", "omega", "orthogonal", "zoneout")
RATES = {0.01: -0.3, 0.03: -0.1, 0.1: 0.0, 0.3: -0.2}  # what a learning rate costs
SEEDS = 10
LUCK, ERROR = 0.05, 0.01  # standard deviations, of a trial and of measuring it
SPREAD = float(np.sqrt(2 * (LUCK**2 + ERROR**2)))  # of a paired difference
PASS = 0.5
FACTS = {
    "status": "ok", "reason": "", "chance": 0.0, "perfect": 1.0, "larger_is_better": True,
    "pass_mark": PASS, "past_only": True, "lag": 9, "io_shape": "many_to_one", "knobs": "{}",
    "acts_at": "transform", "metric": "accuracy", "explosions": 0.0, "stopped_at": 700,
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """What is true of it."""

    level: tuple[float, ...] = (0.45, 0.5, 0.55)  # skill by cell
    help: dict[tuple[str, str], float] = field(default_factory=dict)
    """What (optimizer, remedy) changes, in SPREADs."""
    common: float = 0.0  # standard deviation of what all arms of a (task, seed) share
    copies: bool = False  # clip_norm does nothing, and rnn@loud is rnn under orthogonal

    def change(self, optimizer: str, remedy: str) -> float:
        """What a remedy changes, in skill."""
        return SPREAD * self.help.get((optimizer, remedy), 0.0)

    def best(self, optimizer: str) -> list[tuple[int, str]]:
        """The combinations (cell by its place, remedy) with the highest true skill."""
        true = {
            (cell, remedy): level + self.change(optimizer, remedy)
            for cell, level in enumerate(self.level)
            for remedy in REMEDIES
        }
        return [pair for pair, skill in true.items() if skill == max(true.values())]


WORLDS = {
    "no remedy has an effect": World(),
    "one remedy helps, by plain descent only": World(help={("sgd", "clip_norm"): 1.0}),
    "seeds and tasks differ, remedies do not": World(common=0.1),
    "the same trials under two names": World(level=(0.5, 0.5, 0.55), copies=True),
    "all cells are equal": World(level=(0.5, 0.5, 0.5)),
}


def label(cell: str, run: int) -> str:
    """The name of a cell in one of many runs: rnn@7, rnn@loud7."""
    base, _, own = cell.partition("@")
    return f"{base}@{own}{run}"


def trials(world: World, runs: int, seed: int) -> pd.DataFrame:
    """The trials of so many runs in this world, with the column `run`; every rate and seed.

    seed: of everything random in them.
    """
    random = np.random.default_rng(seed)
    axes = (runs, len(TASKS), len(CELLS), len(REMEDIES), len(RATES), SEEDS)
    changes = [[world.change(by, remedy) for remedy in REMEDIES] for by in TASKS.values()]
    skill = random.normal(0, LUCK, axes)
    skill += np.array([*RATES.values()])[:, None]
    skill += np.array(changes)[:, None, :, None, None]
    skill += np.array(world.level)[:, None, None, None]
    skill += random.normal(0, world.common, (runs, len(TASKS), 1, 1, 1, SEEDS))
    numbers = {
        "valid_skill": skill + random.normal(0, ERROR, axes),
        "test_skill": skill + random.normal(0, ERROR, axes),
        "grad_norm_median": random.uniform(1, 2, axes),
    }
    if world.copies:
        clip, twin = REMEDIES.index("clip_norm"), REMEDIES.index("orthogonal")
        for of in numbers.values():
            of[:, :, :, clip] = of[:, :, :, 0]
            of[:, :, 1, twin] = of[:, :, 0, twin]
    return _frame(numbers)


def _frame(numbers: dict[str, Floats]) -> pd.DataFrame:
    """Rows of these numbers; chance is 0 and perfect is 1, so scores are skills."""
    axes = numbers["test_skill"].shape
    run, task, cell, remedy, rate, seed = np.indices(axes).reshape(len(axes), -1)
    names = np.array([[label(cell, run) for cell in CELLS] for run in range(axes[0])])
    values = {name: of.ravel() for name, of in numbers.items()}
    valid, test = values["valid_skill"], values["test_skill"]
    values |= {
        "task": np.array([*TASKS])[task],
        "optimizer": np.array([*TASKS.values()])[task],
        "cell": names[run, cell],
        "remedy": np.array(REMEDIES)[remedy],
        "learning_rate": np.array([*RATES])[rate],
        "seed": seed,
        "valid_score": valid, "final_valid_skill": valid, "final_valid_score": valid,
        "test_score": test, "solved": test >= PASS,
        "grad_norm_max": values["grad_norm_median"],
    }  # fmt: skip
    schema = records.schema("trials")
    columns = [
        pa.array(values[name], kind) if name in values else pa.repeat(_fact(name, kind), test.size)
        for name, kind in zip(schema.names, schema.types, strict=True)
    ]
    return to_frame(pa.table(columns, schema=schema)).assign(run=run)


def _fact(name: str, kind: pa.DataType) -> pa.Scalar:
    return pa.scalar(FACTS.get(name), kind)
