"""A stack from birth to records: train, assess, park, save, finish."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import torch
from torch import Tensor

from seqbench.cell import Cell
from seqbench.engine.assess import assess, evaluate
from seqbench.engine.loop import solve, update
from seqbench.engine.optimizers import optimizer
from seqbench.engine.outcome import record
from seqbench.engine.probes import flow
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack
from seqbench.engine.store import Store
from seqbench.engine.trial import Settings, Trial
from seqbench.engine.unroll import carrier
from seqbench.task import Task

CHECKPOINT_SECONDS = 20.0
PROBE_SEQUENCES = 32

Watch = Callable[[Stack], None]


@dataclass(frozen=True)
class Bench:
    """What all trials of one (task, cell) have in common."""

    cell: Cell
    task: Task
    source: Source
    settings: Settings
    store: Store
    device: torch.device
    watch: Watch

    @property
    def sizes(self) -> dict[str, int]:
        return {"I": self.task.inputs, "H": self.settings.hidden, "O": self.task.outputs}


def run(bench: Bench, trials: list[Trial]) -> None:
    """Train one stack and keep every trial's record in the store.

    Trials that the store has are left out; a checkpoint of the same stack is gone on from.
    """
    key = sha256("".join(trial.fingerprint for trial in trials).encode()).hexdigest()
    unfinished = [trial for trial in trials if not finished(bench.store, trial)]
    if not unfinished:
        return
    stack = Stack.begin(bench.cell, unfinished, bench.sizes, bench.device)
    saved = bench.store.checkpoint(key)
    if saved and {trial.fingerprint for trial in unfinished} <= set(saved["fingerprints"]):
        stack.restore(saved, trials)
        stack.select([stack.trials.index(trial) for trial in unfinished])
    else:
        probe(bench, stack, list(range(len(stack.trials))))
    (_solve if "solve" in stack.shared().acts_at else _train)(bench, stack, key)
    bench.store.drop_checkpoint(key)


def finished(store: Store, trial: Trial) -> bool:
    """Whether the store has this trial; one that ran out of time gets another chance."""
    record = store.result(trial.fingerprint)
    return record is not None and record["trial"]["status"] != "timeout"


def _train(bench: Bench, stack: Stack, key: str) -> None:
    settings = bench.settings
    optimize = optimizer(settings.optimizer, settings.momentum)
    clock, saved, since = _Clock(), time.monotonic(), stack.done
    while stack.trials:
        update(stack, bench.task, bench.source.batch(stack.seeds, stack.done), optimize)
        if stack.done % settings.evaluate_every and stack.done < settings.updates:
            continue
        assess(stack, bench.source, bench.task, since)
        if since < settings.updates / 2 <= stack.done:
            probe(bench, stack, list(range(len(stack.trials))))
        since = stack.done
        clock.share(stack)
        bench.watch(stack)
        park(bench, stack, clock.minutes)
        if stack.trials and time.monotonic() - saved > CHECKPOINT_SECONDS:
            bench.store.keep_checkpoint(key, stack.state())
            saved = time.monotonic()


def _solve(bench: Bench, stack: Stack, key: str) -> None:
    clock = _Clock()
    remedy, at = stack.shared(), stack.at("valid")

    def check(W_out: Tensor, b_out: Tensor) -> Tensor:
        params = stack.params | {"W_out": W_out.float(), "b_out": b_out.float()}
        return evaluate(bench.cell, params, remedy, bench.task, bench.source.valid, at)[0]

    solve(stack, bench.source, bench.task, bench.settings.solve_batches, check)
    assess(stack, bench.source, bench.task, 0)
    clock.share(stack)
    bench.watch(stack)
    finish(bench, stack, list(range(len(stack.trials))), {})
    stack.trials = []


def park(bench: Bench, stack: Stack, minutes: float) -> None:
    """Finish the rows that are done for, whatever the reason, and keep the others."""
    settings, healthy = bench.settings, stack.healthy.tolist()
    over, reasons = [], {}
    for row, trial in enumerate(stack.trials):
        best = stack.best_score[row]
        solved = best is not None and bench.task.solved(best) and not bench.task.open_ended
        if not healthy[row]:
            at = int(stack.broke_at[row])
            where = f"seed={trial.seed} lr={trial.learning_rate:g}"
            reasons[row] = (
                "diverged",
                f"trial {where} diverged at update {at}: a loss, gradient or weight is not "
                "finite; its last finite weights were kept.",
            )
        elif minutes > settings.timeout_minutes:
            reasons[row] = ("timeout", f"stopped after {settings.timeout_minutes:g} minutes.")
        if row in reasons or solved or stack.done >= settings.updates:
            over.append(row)
    if over:
        finish(bench, stack, over, reasons)
        kept = [row for row in range(len(stack.trials)) if row not in over]
        stack.select(kept) if kept else stack.trials.clear()


def finish(bench: Bench, stack: Stack, rows: list[int], reasons: dict) -> None:
    """Test these rows once, with their best weights, and keep their records."""
    rows = rows if len(rows) != 1 else rows * 2
    index = torch.tensor(rows, device=stack.device)
    best = {k: p.index_select(0, index) for k, p in stack.best.items()}
    _, score = evaluate(
        bench.cell, best, stack.shared(), bench.task, bench.source.test, stack.at("test")
    )
    if stack.done:
        probe(bench, stack, rows)
    for row, test_score in dict(zip(rows, score.tolist(), strict=True)).items():
        ending = record(stack, bench.task, row, test_score, reasons.get(row))
        bench.store.keep_result(stack.trials[row].fingerprint, ending)


def probe(bench: Bench, stack: Stack, rows: list[int]) -> None:
    """Add the flow of the gradient, as it is now, to these rows (two at least): at birth, halfway,
    and at the end."""
    index = torch.tensor(rows, device=stack.device)
    params = {k: p.index_select(0, index) for k, p in stack.params.items()}
    batch = bench.source.probe(PROBE_SEQUENCES)
    batch = batch.map(lambda part: part.expand(len(rows), *part.shape))
    carry = carrier(stack.shared(), stack.at("probe"))
    norms = flow(bench.cell, params, bench.task, batch, carry).tolist()
    for row, by_lag in dict(zip(rows, norms, strict=True)).items():
        stack.flow[row].append((stack.done, by_lag))


class _Clock:
    """Shares the time since its last reading among the rows of a stack."""

    def __init__(self) -> None:
        self.last = self.began = (time.perf_counter(), time.process_time())

    @property
    def minutes(self) -> float:
        return (self.last[0] - self.began[0]) / 60

    def share(self, stack: Stack) -> None:
        now = (time.perf_counter(), time.process_time())
        wall, processor = (
            (new - old) / len(stack.trials) for new, old in zip(now, self.last, strict=True)
        )
        stack.seconds = [(w + wall, p + processor) for w, p in stack.seconds]
        self.last = now
