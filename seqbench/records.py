"""The schema of the files in which training ends and reading begins.

Five tables per (task, cell) job. All but one are reproducible bit for bit on one type of machine;
what a stopwatch says is kept apart in `costs`, so that the others can be compared. (So it is in
`estimate_costs`, of what is measured without training.)
Training (torch) writes these files, analysis (pandas) reads them; neither is imported here.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seqbench.errors import InputError
from seqbench.files import RETRAIN, read_verified, write_sealed
from seqbench.training import Training, Use, used
from seqbench.tuning import BOTH, SCORE, SEARCH

STATUSES = ("ok", "diverged", "not_applicable", "failed", "timeout")

Columns = dict[str, tuple[pa.DataType, str]]  # name -> (type, description)
_text, _number, _count, _flag = pa.string(), pa.float64(), pa.int64(), pa.bool_()

# by the names of JSON's schema
_ARROW = {"string": _text, "number": _number, "integer": _count, "boolean": _flag}


def _settings() -> Columns:
    """The columns of the training settings that have one, in the order of their declaration."""
    declared = Training.model_json_schema()["properties"]
    columns = {name: declared[name] for name in used(Use.COLUMN)}
    return {name: (_arrow(setting), setting["description"]) for name, setting in columns.items()}


def _arrow(setting: dict) -> pa.DataType:
    """The type of a setting, of which JSON's schema may name several, null among them."""
    kinds = [kind.get("type") for kind in (setting, *setting.get("anyOf", ()))]
    return next(_ARROW[kind] for kind in kinds if kind in _ARROW)


TASK_FACTS = (  # what a task says of itself, the same for all trials on it
    "io_shape", "lag", "past_only", "metric", "larger_is_better", "chance", "pass_mark", "perfect",
)  # fmt: skip

IDENTITY: Columns = {
    "task": (_text, "name in the matrix, e.g. adding or adding@hs97"),
    "cell": (_text, "name in the matrix"),
    "remedy": (_text, "name in the matrix, parts joined by +"),
    "setting": (_text, "values of the remedy's knobs of which several were tried; else empty"),
    "seed": (_count, "names the trial's random streams; empty where nothing was run"),
    "learning_rate": (_number, "step size; empty for closed form and where nothing was run"),
    "fingerprint": (_text, "SHA-256 of the trial's whole specification and of its code"),
}

OUTCOME: Columns = {  # what a trial's training gave
    "status": (_text, "one of " + ", ".join(STATUSES)),
    "reason": (_text, "why the status is not ok, in a sentence"),
    "stopped_at": (_count, "updates done"),
    "steps_to_solve": (_count, "updates until validation met the pass mark; empty: never"),
    "solved": (_flag, "the test score meets the pass mark"),
    "valid_score": (_number, "best finite validation score; its weights are the ones tested"),
    "final_valid_score": (_number, "validation score of the last weights"),
    "test_score": (_number, "test score of the weights with the best validation score"),
    "test_tenths": (
        _text,
        "JSON: test scores on tenths of a recorded test part, which all seeds have in common; "
        "empty where every seed has sequences of its own",
    ),
    "valid_skill": (_number, "valid_score with chance = 0 and perfect = 1, -1 at least"),
    "final_valid_skill": (_number, "final_valid_score, likewise"),
    "test_skill": (_number, "test_score with chance = 0 and perfect = 1, -1 at least"),
    "parameters": (_count, "weights of the whole network, readout included"),
    "trained": (_count, "of these, those that training changes; in closed form the readout's"),
    "memory_bytes": (
        _count,
        "the least that training takes: weights, gradients, optimizer, and the states of one batch "
        "through which the gradient goes back (seqbench/engine/footprint.py)",
    ),
    "grad_norm_median": (_number, "gradient norm before the remedy's transform, median of updates"),
    "grad_norm_max": (_number, "the same, the largest finite one"),
    "explosions": (_number, "share of updates whose norm exceeds ten times the median"),
    "altered": (_number, "share of updates whose gradient norm the remedy changed"),
    "events": (_count, "upward jumps of the step or the loss; updates beside each other are one"),
    "lost": (_count, "of these, the ones after which the loss did not come back"),
    "radius_start": (_number, "largest spectral radius of a recurrent block, at initialization"),
    "radius_end": (_number, "the same, at the end"),
}
NEWTON, NEWTON_MOST = (128, 1024), 64  # steps of a sequence; iterations that are tried
PARALLEL: Columns = {  # of the weights tested, where the matrix asks for it (`parallel`)
    "exponent_end": (_number, "largest Lyapunov exponent; empty beside iterations: all is gone"),
    "newton_128_end": (_count, "Newton iterations over 128 steps; 65: more than 64"),
    "newton_1024_end": (_count, "the same over 1,024; empty beside the other: too large a state"),
}

TRIALS: Columns = {
    **IDENTITY,
    "stage": (
        _text,
        f"{BOTH}: to choose and to be scored; of two stages {SEARCH}: to choose, {SCORE}: to be "
        "scored, with seeds of its own",
    ),
    **_settings(),
    "state_numbers": (
        _count,
        "numbers that the network carries from one step to the next, for one sequence, in all "
        "layers and directions (seqbench/jobs/state_numbers.py)",
    ),
    "knobs": (_text, "JSON: knobs of task, cell and remedy that the matrix gave"),
    "acts_at": (_text, "verbs of the remedy, joined by +"),
    "io_shape": (_text, "one_to_one, one_to_many, many_to_one, many_to_many"),
    "lag": (_count, "steps back to the farthest input that the answer needs"),
    "past_only": (_flag, "the input of the step that is asked does not help"),
    "metric": (_text, "name of the score"),
    "larger_is_better": (_flag, "direction of the score"),
    "chance": (_number, "score of the best input-blind predictor"),
    "pass_mark": (_number, "score at which the task counts as solved"),
    "perfect": (_number, "best possible score"),
    "train_n": (_count, "training sequences (of a text: steps); empty: drawn anew without end"),
    "valid_n": (_count, "validation sequences, likewise"),
    "test_n": (_count, "test sequences, likewise"),
    "data_sha256": (_text, "checksum of recorded data; empty for synthetic tasks"),
    **OUTCOME,
    **PARALLEL,
}

CURVES = IDENTITY | {
    "step": (_count, "updates done"),
    "split": (_text, "train, valid or test"),
    "quantity": (_text, "loss, score, skill, grad_norm, grad_norm_max; of the test: other metrics"),
    "value": (_number, "its value; of training: median (or largest) since the last row"),
}

FLOW = IDENTITY | {
    "step": (_count, "updates done"),
    "lag": (_count, "steps between a state and the last answer"),
    "norm": (_number, "root mean square over sequences of |d loss of the last answer / d state|"),
}

SAMPLES = IDENTITY | {
    "item": (_count, "number within the task's showcase"),
    "sample": (
        _text,
        "JSON: what the network generated, running freely (seqbench.task.speaking.Sample)",
    ),
}

COST: Columns = {
    "wall_seconds": (_number, "this trial's share of its stack's time"),
    "cpu_seconds": (_number, "the same in processor time"),
    "peak_bytes": (_count, "largest memory of the job's process so far"),
    "stack": (_count, "trials trained together, at the beginning"),
    "engine": (
        _text,
        "what trained it: fused (kernels), scan, eager (step by step), unbuilt (the same for want "
        "of a kernel), or several; empty: it made no update",
    ),
    "device": (_text, "cpu or the accelerator's name"),
    "machine": (_text, "processor and instruction set"),
    "torch": (_text, "version"),
}

COSTS = IDENTITY | COST

TABLES = {"trials": TRIALS, "curves": CURVES, "flow": FLOW, "samples": SAMPLES, "costs": COSTS}


def _of(columns: Columns, *names: str) -> Columns:
    """Some columns of another table, with what is said of them there."""
    return {name: columns[name] for name in names}


# What is found by growing a task until a combination no longer solves it; per (task, cell).
REACH = {
    **_of(TRIALS, "task", "cell", "remedy", "setting"),
    "length": (_count, "the task's length in training"),
    **_of(TRIALS, "lag"),
    "factor": (_number, "test length over training length; 1: the ordinary test"),
    **_of(TRIALS, "seed", "learning_rate", "stage", "hidden", "updates", "status", "reason"),
    "chosen": (
        _flag,
        "scored: at the setting and learning rate chosen on validation at this length",
    ),
    **_of(TRIALS, "solved", "steps_to_solve", "valid_score", "test_score", "test_skill"),
}

# What needs no training: the gradient through a cell at initialization, on random inputs.
CARDS = {
    **_of(TRIALS, "cell"),
    "remedy": (_text, "name in the matrix; only those that act at initialization"),
    **_of(TRIALS, "hidden"),
    "draws": (_count, "independent initial weights"),
    "inputs": (_count, "random input sequences for each of them"),
    "lags": (_count, "steps back to which it was followed"),
    "exponent": (
        _number,
        "largest Lyapunov exponent: growth of log |dL/ds| per step back, first quarter of the "
        "lags left out; median over draws and inputs; empty: nothing is left of the gradient",
    ),
    "exponent_low": (_number, "5 % of draws and inputs; empty: nothing is left"),
    "exponent_high": (_number, "95 % of draws and inputs; empty: nothing is left"),
    "half_life": (_number, "steps in which the median gradient halves; empty: it does not"),
    "doubling": (_number, "steps in which the median gradient doubles; empty: it does not"),
    "flow": (_text, "vanishing, preserved, exploding; mixed: the interval has more than one"),
    "radius": (_number, "largest spectral radius of a recurrent block, median; empty: none"),
    "newton_128": (_count, "Newton iterations over 128 steps, median of draws; 65: more than 64"),
    "newton_1024": (_count, "the same over 1,024 steps; empty: not tried, the state is too large"),
    "reason": (_text, "why there is no card, in a sentence"),
}
PROPAGATION = {
    **_of(CARDS, "cell", "remedy"),
    "lag": (_count, "steps between the two states"),
    "norm": (_number, "|dL/ds_t| over |dL/ds_T|, s the state, median over draws and inputs"),
    "norm_low": (_number, "5 % of draws and inputs"),
    "norm_high": (_number, "95 % of draws and inputs"),
    "singular_max": (
        _number,
        "largest singular value of ds_T/ds_t, median over draws; empty: not taken at this lag",
    ),
    "singular_median": (_number, "middle singular value of ds_T/ds_t, median over draws"),
    "singular_min": (_number, "smallest one, median over draws; 0: lost in float64's rounding"),
}
ESTIMATES = {
    **_of(CARDS, "cell"),
    "remedy": (_text, "what estimates the gradient or changes its way, and none, the exact one"),
    **_of(TRIALS, "acts_at"),
    "hidden": (_count, "units of every state; fewer than in training where that has many"),
    "lag": (_count, "steps from the first input to the loss, which is at the last step alone"),
    "pairs": (_count, "draws of weights, inputs and direction of the loss"),
    "draws": (_count, "estimates for each of them; 1: nothing is drawn"),
    "bias": (_number, "|mean of draws - exact| / |exact|, root mean square over pairs"),
    "bias_error": (_number, "its standard error: spread / sqrt(draws)"),
    "spread": (_number, "root of the draws' total variance / |exact|, likewise over pairs"),
    "cosine": (_number, "of an estimate and the exact gradient, mean over draws and pairs"),
    "kept": (_number, "numbers to hold per sequence, by formula (seqbench/initialization/kept.py)"),
    "reason": (_text, "why there is no estimate, in a sentence"),
}
ESTIMATE_COSTS = {  # what a stopwatch says of it
    **_of(ESTIMATES, "cell", "remedy", "lag"),
    "seconds": (_number, "processor time per gradient of one sequence, the shortest of three"),
}
THEOREMS = {
    "claim": (_text, "id of the claim"),
    "case": (_text, "what was evaluated"),
    "value": (_number, "its value"),
    "low": (_number, "smallest value that agrees with the claim; empty: any"),
    "high": (_number, "largest value that agrees with the claim; empty: any"),
}
OTHERS = {
    **{"reach": REACH, "cards": CARDS, "propagation": PROPAGATION, "theorems": THEOREMS},
    **{"estimates": ESTIMATES, "estimate_costs": ESTIMATE_COSTS},
}

Row = Mapping[str, object]


@cache
def schema(table: str) -> pa.Schema:
    """The arrow schema of a table, every column described."""
    columns = (TABLES | OTHERS)[table].items()
    return pa.schema([pa.field(k, t, metadata={"description": says}) for k, (t, says) in columns])


def write(path: Path, table: str, rows: Iterable[Row]) -> None:
    """Write rows (missing keys are empty, unknown ones an error) as parquet with a checksum."""
    rows = list(rows)
    unknown = {key for row in rows for key in row} - set(schema(table).names)
    assert not unknown, f"{table} has no columns {sorted(unknown)}"
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema(table)), sink, compression="zstd")
    write_sealed(path, sink.getvalue().to_pybytes())


def read(path: Path, table: str) -> pa.Table:
    """Read a table that `write` wrote; its checksum is verified first.

    Raises:
        InputError: the file is not what was written, or of another version.
    """
    file = pq.ParquetFile(pa.BufferReader(read_verified(path)))
    require(path, file.schema_arrow, table, RETRAIN)
    return file.read(use_threads=False)  # small files: whatever else is done costs more


def require(path: Path, found: pa.Schema, table: str, advice: str) -> None:
    """Refuse a file that has not the columns of a table. advice: how it is made again.

    Raises:
        InputError: which column is absent or of another type.
    """
    for field in schema(table):
        place = found.get_field_index(field.name)
        if place < 0 or found.field(place).type != field.type:
            lacks = "no column" if place < 0 else f"not {field.type} but {found.types[place]} in"
            raise InputError(
                f"{path}: has {lacks} {field.name!r}. Allowed: a table of this version of "
                f"seqbench. {advice}"
            )
