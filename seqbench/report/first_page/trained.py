"""What training makes of the gradient's way back: the sentence to the figure of flows."""

from seqbench.analysis import order
from seqbench.analysis.runs import PLAIN
from seqbench.analysis.tidy import Tables
from seqbench.figures import gradient_flow
from seqbench.report.numbers import plural, short


def changed(tables: Tables) -> str:
    """What arrives farthest back before and after training, where most arrives, and in `rnn`."""
    flow = gradient_flow.data(tables)
    flow = flow[flow["remedy"].eq("none") & flow["ratio"].notna()]
    if flow.empty:
        return "The gradient during training: not run."
    lag = int(flow["lag"].max())
    medians = flow[flow["lag"].eq(lag)].groupby(["cell", "when"])["ratio"].median()
    shares = medians.unstack("when").reindex(columns=["start", "end"]).dropna()
    if shares.empty:
        return "The gradient during training: not run."
    shares = shares.loc[order.cells(shares.index)]
    first = str(shares["end"].idxmax())
    before, after = (short(shares[when][first]) for when in ("start", "end"))
    most = ", the most of all cells" if len(shares) > 1 else ""
    text = (
        f"Training changes it: {plural(lag, 'step')} before the last answer of "
        f"`{flow['task'].iloc[0]}`, `{first}` has {before} of the gradient before training and "
        f"{after} at the end{most}"
    )
    if first != PLAIN and PLAIN in shares.index:
        start, end = (short(shares[when][PLAIN]) for when in ("start", "end"))
        text += f"; `{PLAIN}` has {start} and {end}"
    return f"{text} (medians over seeds, without a remedy)."
