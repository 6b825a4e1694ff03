"""The sentences on exploding gradients: what clipping is for, and what truncation costs."""

from seqbench.analysis.clipping import Side, clipping
from seqbench.analysis.tidy import Tables
from seqbench.analysis.truncation import truncation
from seqbench.report import facts
from seqbench.report.numbers import interval, listed, named, number, percent, plural, short, signed


def clipped(tables: Tables) -> str:
    """What clipping is for: the baseline over all learning rates, without and with it."""
    sides = clipping(tables)
    if sides is None:
        return f"Gradient clipping on `{tables.baseline}`: not run."
    how = " by plain gradient descent" if sides.descent else ""
    return (
        f"`{tables.baseline}` was trained{how} on {named(sides.tasks)} with every learning rate. "
        f"Without a remedy {_side(sides.without)}. With `clip_norm` {_side(sides.clipped)}. "
        "(A jump is a gradient, as the optimizer gets it, of more than five times the running "
        "median, or a loss of more than twice its own; norms are those before clipping; the "
        "intervals take all trials as independent.)"
    )


def _side(side: Side | None) -> str:
    if side is None:
        return "it was not run"
    low, high = percent(side.share.low), percent(side.share.high)
    return (
        f"it solves the task in {side.solved} of {plural(side.trials, 'trial')} [{low}, {high}]; "
        f"{_jumps(side)}, and gradient norms reach {short(side.norm)}"
        + (f" ({side.diverged} diverged)" if side.diverged else "")
    )


def _jumps(side: Side) -> str:
    if not side.jumped:
        return "none of them jumps"
    found = f"step or loss jumps in {side.jumped} of them"
    return f"{found}, of which {side.lost} never find back" if side.lost else found


def truncated(tables: Tables) -> str:
    """What truncated backpropagation changes within its horizon and beyond."""
    horizon = facts.horizon(tables.trials)
    parts = None if horizon is None else truncation(tables, horizon)
    if parts is None:
        return "Truncated backpropagation against `none`, on a telling task: not run."
    changes = [
        f"by {interval(part.difference, signed)} on tasks with {lag} ({named(part.tasks)})"
        for part, lag in ((parts.beyond, "a longer lag"), (parts.within, "no longer lag"))
        if part
    ]
    missing = "" if parts.beyond else " Tasks with a longer lag: not run."
    return (
        f"`truncate` stops the gradient after at most {number(horizon, 0)} steps back in time. On "
        f"average, it changes the test skill of cells with a loop {listed(changes)}.{missing}"
    )
