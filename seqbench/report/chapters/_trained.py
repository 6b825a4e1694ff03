"""How training changes the gradient over the lag: the sentence to the figure on it."""

from seqbench.analysis.gradient_flow import farthest
from seqbench.analysis.tidy import Tables
from seqbench.report.numbers import plural, short


def changed(tables: Tables) -> str:
    """What arrives farthest back before and after training: most, and in the baseline."""
    flow = farthest(tables)
    if flow is None:
        return "The gradient during training: not run."
    cell = f"in `{flow.cell}`"
    where = f"largest after training {cell}:" if len(flow.shares) > 1 else cell
    text = (
        f"The gradient changes in training. {plural(flow.lag, 'step')} before the last answer of "
        f"`{flow.task}`, its norm as a multiple of that at the answer is {where} "
        f"{_both(flow.shares[flow.cell])}"
    )
    baseline = tables.baseline
    if flow.cell != baseline and baseline in flow.shares:
        text += f"; in `{baseline}` it is {_both(flow.shares[baseline])}"
    return f"{text} (medians over seeds, without a remedy)."


def _both(shares: tuple[float, float]) -> str:
    return f"{short(shares[0])} before training and {short(shares[1])} after"
