"""What this run cannot say: its limits, computed from its tables like everything else."""

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.criteria import RAN
from seqbench.report.numbers import count, named, percent, plural, short

FEW = "too few seeds"


def gather(tables: Tables) -> list[str]:
    """A sentence or two per limit; one that says so where nothing was run."""
    ran = tables.trials[tables.trials.status.isin(RAN)]
    if ran.empty:
        return ["Nothing was run, so nothing can be concluded."]
    found = [power(tables), sizes(ran), lags(ran), weights(ran), tuning(ran), data(ran)]
    found.append(holes(tables.trials))
    return [words for words in found if words]


def power(tables: Tables) -> str:
    """How many comparisons with none could show anything at all."""
    verdicts = tables.comparisons.verdict
    asked = verdicts[verdicts.ne("")]
    if asked.empty:
        return "No remedy was compared with `none`, so no effect of one can be claimed."
    few, shown = int(asked.eq(FEW).sum()), int(asked.isin(("better", "worse")).sum())
    pairs = tables.comparisons.n[verdicts.ne("")]
    return (
        f"Of {plural(len(asked), 'comparison')} of a remedy with `none`, {count(shown)} show a "
        f"difference on their own task and cell after Holm's correction, and {count(few)} "
        f"({percent(few / len(asked))}) could not have shown one, whatever its size, because they "
        f"rest on {_range(pairs)} paired {'seed' if pairs.max() == 1 else 'seeds'}. That no "
        "difference was shown is not evidence that there is none."
    )


def sizes(ran: pd.DataFrame) -> str:
    """How small the networks and their budgets are."""
    return (
        f"The networks are small ({_range(ran.hidden)} hidden units, {_range(ran.parameters)} "
        f"weights) and trained for at most {_range(ran.updates)} updates. A ranking of cells or "
        "remedies can change with size and budget; nothing here says that it does not."
    )


def lags(ran: pd.DataFrame) -> str:
    """How far back the tasks reach."""
    tasks = ran.drop_duplicates("task")
    past = int(order.needs_past(tasks).sum())
    known = tasks.dropna(subset="lag").sort_values(["lag", "task"])
    if known.empty:
        return ""
    far = known.iloc[-1]
    return (
        f"{count(past)} of {plural(len(tasks), 'task')} can be answered from the past alone; the "
        f"farthest lag is {plural(int(far.lag), 'step')} (`{far.task}`). What holds at these lags "
        "may not hold at longer ones."
    )


def weights(ran: pd.DataFrame) -> str:
    """Which tasks are there in several settings, each of which counts; "" where none is."""
    names = pd.Series(order.tasks(ran))
    bases = names.str.partition("@")[0]
    several = bases[bases.duplicated()].drop_duplicates()
    if several.empty:
        return ""
    return (
        f"{named(several.tolist())} {'is' if len(several) == 1 else 'are'} there in several "
        f"settings ({plural(int(bases.isin(several).sum()), 'name')} in all), each of which counts "
        "as a task of its own: means and ranks over tasks lean towards them. Claims count what "
        "differs by its label alone once."
    )


def tuning(ran: pd.DataFrame) -> str:
    """What was tuned, and what was not."""
    each = ran.groupby("task").learning_rate.nunique()
    optimizers = sorted(set(ran.optimizer) - {""})
    return (
        f"Only the learning rate is tuned, on a grid of {_range(each)} per task, with "
        f"{named(optimizers)} as the optimizer; the strength of a remedy (a clipping threshold, "
        "the weight of a penalty) is one value for all tasks and cells. A remedy that needs its "
        "own tuning is judged harshly here."
    )


def data(ran: pd.DataFrame) -> str:
    """What the recorded data are; "" where there are none."""
    real = ran[ran.data_sha256.ne("")]
    if real.empty:
        return "All tasks are synthetic; nothing here says how cells and remedies do on real data."
    return (
        f"{plural(real.task.nunique(), 'task')} of {ran.task.nunique()} use recorded data, in the "
        "sizes that the cards of the tasks tell: they are smaller than what others publish on, so "
        "their scores stand beside published ones only with their settings."
    )


def holes(trials: pd.DataFrame) -> str:
    """What is not in the tables."""
    keys = ["task", "cell", "remedy"]
    pairs = trials.assign(ran=trials.status.isin(RAN)).groupby(keys).ran.any()
    lost = int((~pairs).sum())
    if not lost:
        return ""
    return (
        f"{count(lost)} of {plural(len(pairs), 'combination')} have no score, because the remedy "
        "does not apply, failed or was not run: means over tasks or cells are over what is there."
    )


def _range(values: pd.Series) -> str:
    """16, or 16 to 32."""
    known = values.dropna()
    ends = [short(int(known.min())), short(int(known.max()))] if len(known) else ["0"]
    return " to ".join(dict.fromkeys(ends))
