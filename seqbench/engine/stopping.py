"""When a trial's training ends: its budget, early stopping, divergence, the clock.

ok        the pass mark was met, RUN_OUT validations ago; or nothing got better for `patience`
          validations; or the budget of updates is used up
diverged  a loss, a gradient or a weight is not finite, or a spike has frozen the weights, and the
          pass mark was not met before
timeout   the stack's time is over
"""

from seqbench.engine.finish import finish
from seqbench.engine.outcome import Outcome
from seqbench.engine.setup import Clock, Setup
from seqbench.engine.stack import Stack
from seqbench.engine.traces import Trace
from seqbench.task import Task

RUN_OUT = 2  # validations


def stop(setup: Setup, stack: Stack, clock: Clock) -> None:
    """Finish the rows whose training ends here, for whatever reason, and keep the others.

    Raises:
        Misdrawn: what a row broke at was drawn wrongly.
    """
    healthy, broke_at = stack.tensors.healthy.tolist(), stack.tensors.broke_at.tolist()
    for seed, at in sorted({*zip(stack.seeds, broke_at, strict=True)}):
        if at:
            setup.source.inspect([seed], at - 1)
    outcomes = {
        row: outcome
        for row in range(len(stack.trials))
        if (outcome := _outcome(setup, stack, row, healthy[row], clock.minutes))
    }
    if outcomes:
        finish(setup, stack, outcomes, clock)
        others = [row for row in range(len(stack.trials)) if row not in outcomes]
        stack.select(others) if others else stack.trials.clear()


def _outcome(setup: Setup, stack: Stack, row: int, healthy: bool, minutes: float) -> Outcome | None:
    settings, trace = setup.settings, stack.traces[row]
    solved = _solved(setup.task, trace)
    if not healthy and solved is None:
        return Outcome("diverged", _divergence(stack, row))
    ran_out = solved is not None and (solved >= RUN_OUT or not healthy)
    if ran_out or stack.done >= settings.updates or _stagnates(trace, settings.patience):
        return Outcome("ok", None)
    if minutes > settings.timeout_minutes:
        return out_of_time(settings.timeout_minutes)
    return None


def out_of_time(minutes: float) -> Outcome:
    """How a trial ends whose stack had no more time."""
    return Outcome("timeout", f"stopped after {minutes:g} minutes.")


def _divergence(stack: Stack, row: int) -> str:
    """Where a trial diverged and what of it was tested, in a sentence."""
    trial, at = stack.trials[row], int(stack.tensors.broke_at[row])
    why, before = "a loss, gradient or weight is not finite", " before that"
    if stack.tensors.frozen[row]:
        norm = float(stack.history.of(row, at).transformed[-1])
        why = (
            f"one gradient of norm {norm:.3g} made the optimizer's running mean of squares so "
            "large that weights hardly move any more"
        )
        before = ""  # that was noticed later
    tested = "no validation was finite before that, so it has no score"
    if stack.traces[row].best_score is not None:
        tested = "tested were its weights with the best validation score" + before
    return (
        f"trial seed={trial.seed} lr={trial.learning_rate:g} diverged at update {at}: {why}; "
        f"{tested}."
    )


def _solved(task: Task, trace: Trace) -> int | None:
    """How many validations ago one first met the pass mark; None: none did, or it ends nothing.

    Training ends RUN_OUT validations later: weights of the first that meets it often miss the mark
    on test by a hair. Should it explode meanwhile, it was solved before.
    """
    best = trace.best_score
    if best is None or task.open_ended or not task.solved(best):
        return None
    scores = _scores(trace)
    first = next(i for i, score in enumerate(scores) if score is not None and task.solved(score))
    return len(scores) - 1 - first


def _stagnates(trace: Trace, patience: int | None) -> bool:
    """Whether its best validation score is `patience` validations old."""
    scores, best = _scores(trace), trace.best_score
    if patience is None or best is None:
        return False
    return len(scores) - 1 - scores.index(best) >= patience


def _scores(trace: Trace) -> list[float | None]:
    return [point.value for point in trace.curve("valid", "score")]
