"""A stack from its initial weights to its records: train, validate, stop, keep."""

import time
from collections.abc import Sequence
from copy import copy
from hashlib import sha256

from torch import Tensor

from seqbench import watchdog
from seqbench.engine import audit
from seqbench.engine.company import careful, prove_alike_alone
from seqbench.engine.finish import finish, probe
from seqbench.engine.frozen import give_up_frozen
from seqbench.engine.loop import solve
from seqbench.engine.machine import graphs
from seqbench.engine.machine.memory import trim
from seqbench.engine.optimizers import Optimizer, optimizer, paced
from seqbench.engine.outcome import Outcome
from seqbench.engine.passes.aligned import aligned
from seqbench.engine.passes.choose import UNBUILT
from seqbench.engine.purity.held import generators
from seqbench.engine.scoring.evaluate import rows_at_once, scores
from seqbench.engine.setup import Clock, Setup
from seqbench.engine.stack import Stack
from seqbench.engine.stopping import out_of_time, stop
from seqbench.engine.trial import Trial
from seqbench.engine.updates import Updates
from seqbench.engine.validation import validate

CHECKPOINT_SECONDS = 20.0


def run(setup: Setup, trials: list[Trial], wider: Sequence[list[Trial]] = ()) -> None:
    """Train one stack and keep every trial's record in the store.

    Trials that the store has are left out; a checkpoint of the same stack is gone on from, or one
    of the `wider` stacks that it is a part of.

    Raises:
        Apart: some of them have to be trained one by one.
    """
    stacks = {_key(stack): stack for stack in (trials, *wider)}
    unfinished = [trial for trial in _distinct(trials) if not finished(setup, trial)]
    if not unfinished:
        return
    with aligned(setup.settings.hidden // (1 + setup.network.bidirectional), setup.device):
        stack = setup.stack(unfinished)
        with careful(setup, stack):
            prove_alike_alone(setup, stack)
            if not _resumed(setup, stack, stacks):
                stack.note_radii()
                probe(setup, stack, list(range(len(stack.trials))))
                trim()
            train = _solve if "solve" in stack.trials[0].remedy.acts_at else _train
            train(setup, stack, next(iter(stacks)))
    for key, whole in stacks.items():
        if all(finished(setup, trial) for trial in whole):
            setup.store.drop_checkpoint(key)


def _distinct(trials: list[Trial]) -> list[Trial]:
    return list({trial.fingerprint: trial for trial in trials}.values())


def _key(trials: list[Trial]) -> str:
    return sha256("".join(trial.fingerprint for trial in _distinct(trials)).encode()).hexdigest()


def _resumed(setup: Setup, stack: Stack, stacks: dict[str, list[Trial]]) -> bool:
    """Go on from the first checkpoint that has all trials of a stack that has not begun."""
    return any(_goes_on(setup, stack, key, whole) for key, whole in stacks.items())


def _goes_on(setup: Setup, stack: Stack, key: str, whole: list[Trial]) -> bool:
    saved, unfinished = setup.store.checkpoint(key), _distinct(stack.trials)
    if saved is None:
        return False
    try:
        if not {trial.fingerprint for trial in unfinished} <= set(saved["fingerprints"]):
            return False
        older = copy(stack)
        older.restore(saved, {trial.fingerprint: trial for trial in whole})
        older.select([older.trials.index(trial) for trial in unfinished])
        assert _shapes(older) == _shapes(stack)
    except Exception:  # it has other fields, or other values in them
        setup.store.refuse_checkpoint(key)
        return False
    if any(UNBUILT in trace.engines for trace in older.traces):
        return False  # a kernel that could not be built then may be built now
    vars(stack).update(vars(older))
    return True


def _shapes(stack: Stack) -> dict[str, tuple[int, ...]]:
    return {name: tuple(weight.shape) for name, weight in stack.params.items()}


def forget(setup: Setup, trials: list[Trial]) -> None:
    """Drop the checkpoint of a stack that will never be finished as a whole."""
    setup.store.drop_checkpoint(_key(trials))


def finished(setup: Setup, trial: Trial) -> bool:
    """Whether the store has this trial, trained by the engine that its fingerprint says.

    One that ran out of time goes on at the next run; one that hung is tried again when it is given
    more time. Weights are not kept: what was not tested at all lengths wanted now is trained again,
    and so is what was not measured in parallel.
    """
    record = setup.store.result(trial.fingerprint)
    if record is None or UNBUILT in record["cost"]["engine"].split("+"):
        return False
    if record["trial"]["status"] == "timeout":
        return record["hung"] is not None and record["hung"] >= setup.settings.timeout_minutes
    if not record["further"].keys() >= {further.name for further in setup.further}:
        return False
    asked = setup.parallel
    return asked is None or not asked.wants(trial.remedy) or asked.name in record["parallel"]


def _train(setup: Setup, stack: Stack, key: str) -> None:
    settings = setup.settings
    optimize = optimizer(settings.optimizer, settings.momentum)
    optimize = paced(optimize, setup.network.params())
    recorder = None if setup.task.reading.carries else graphs.kind(setup.device)
    update = Updates(setup.task, optimize, recorder, setup.store.say)
    clock, saved, drawn = Clock(), time.monotonic(), generators()
    since = stack.done - stack.done % settings.evaluate_every
    if stack.done:  # a checkpoint is older than what was decided after it
        stop(setup, stack, clock)
    while stack.trials:
        if setup.source.begins(stack.done):
            stack.tensors = stack.tensors._replace(carried=())
        _update(setup, stack, update, optimize)
        watchdog.beat()
        late = clock.running > settings.timeout_minutes
        if stack.done % settings.evaluate_every and stack.done < settings.updates:
            if late:
                audit.prove_undrawn(stack, setup.task, drawn)
                _break_off(setup, stack, key, since, clock)
            continue
        trim()
        validate(stack, setup.source, setup.task, since)
        setup.source.draw_again(stack.seeds[stack.done % len(stack.seeds)], stack.done)
        audit.prove_undrawn(stack, setup.task, drawn)
        give_up_frozen(stack, settings)
        trim()
        if since < settings.updates / 2 <= stack.done:
            probe(setup, stack, list(range(len(stack.trials))))
        clock.share(stack)
        setup.watch(stack)
        if late or time.monotonic() - saved > CHECKPOINT_SECONDS:
            setup.store.keep_checkpoint(key, stack.state())
            saved = time.monotonic()
        stop(setup, stack, clock)
        trim()
        since = stack.done


def _update(setup: Setup, stack: Stack, update: Updates, optimize: Optimizer) -> None:
    """One update; where it raises, what the task drew for it is looked at first."""
    step = stack.done
    batch = setup.source.batch(stack.seeds, step)
    try:
        if stack.device.type == "cpu" and audit.due(stack, setup.settings.evaluate_every):
            row = audit.row_of(stack)
            audit.update_and_compare(stack, row, setup.task, batch, optimize, update)
        else:
            update(stack, batch)
    except KeyboardInterrupt:
        raise
    except BaseException:
        setup.source.inspect(stack.seeds, step)
        raise


def _break_off(setup: Setup, stack: Stack, key: str, since: int, clock: Clock) -> None:
    """Out of time between two validations: the next run goes on from before this one's last."""
    setup.store.keep_checkpoint(key, stack.state())
    validate(stack, setup.source, setup.task, since)
    outcome = out_of_time(setup.settings.timeout_minutes)
    finish(setup, stack, dict.fromkeys(range(len(stack.trials)), outcome), clock)
    stack.trials.clear()


def _solve(setup: Setup, stack: Stack, key: str) -> None:
    clock, held = Clock(), setup.source.valid(stack.seeds)

    def check(W_out: Tensor, b_out: Tensor) -> Tensor:
        params = stack.params | {"W_out": W_out.float(), "b_out": b_out.float()}
        most = rows_at_once(setup.task, held)
        return scores(stack.forwards("valid", params, most=most), setup.task, held).loss

    solve(stack, setup.source, setup.task, setup.settings.solve_batches, check)
    validate(stack, setup.source, setup.task, 0)
    setup.watch(stack)
    finish(setup, stack, dict.fromkeys(range(len(stack.trials)), Outcome("ok", None)), clock)
