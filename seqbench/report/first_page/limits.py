"""What this run cannot say: its limits, computed from its tables like everything else."""

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.tables.comparisons import ASKED, SAME
from seqbench.analysis.tidy import Tables
from seqbench.criteria import RAN
from seqbench.report.numbers import count, listed, named, percent, plural, short
from seqbench.report.parts import UNDER
from seqbench.tuning import SCORE, SEARCH

FEW = "too few seeds"


def gather(tables: Tables) -> list[str]:
    """A sentence or two per limit; one that says so where nothing was run."""
    ran = tables.trials[tables.trials["status"].isin(RAN)]
    if ran.empty:
        return ["Nothing was run, so nothing can be concluded."]
    found = [power(tables), sizes(ran), lags(tables, ran), weights(ran), tuning(ran)]
    found += [ends(tables), practice(ran), chosen(tables), data(ran)]
    found.append(holes(tables.trials))
    return [words for words in found if words]


def power(tables: Tables) -> str:
    """How many comparisons with none could show anything at all."""
    verdicts = tables.comparisons["verdict"]
    compared = verdicts.isin(ASKED)
    asked, idle = verdicts[compared], int(verdicts.eq(SAME).sum())
    if asked.empty:
        return "No remedy was compared with `none`, so no effect of a remedy can be claimed."
    few, shown = int(asked.eq(FEW).sum()), int(asked.isin(("better", "worse")).sum())
    pairs = tables.comparisons["n"][compared]
    seeds = f"{_range(pairs)} paired {'seed' if pairs.max() == 1 else 'seeds'}"
    rest = f"The comparisons rest on {seeds}."
    if few:
        rest = (
            f"{count(few)} ({percent(few / len(asked))}) could not be significant, however large "
            f"the difference, because the comparisons rest on {seeds}."
        )
    if idle:
        rest += f" In {count(idle)} more, the remedy never did anything: its runs are without it."
    return (
        f"Of {plural(len(asked), 'comparison')} of a remedy with `none`, each on one task and "
        f"cell, {count(shown)} {'is' if shown == 1 else 'are'} significant after Holm's "
        f"correction. {rest} A difference that is not significant is no evidence that there is "
        "none."
    )


def sizes(ran: pd.DataFrame) -> str:
    """How small the networks and their budgets are."""
    return (
        f"The networks are small ({_range(ran['hidden'])} hidden units, "
        f"{_range(ran['state_numbers'])} numbers carried from step to step, "
        f"{_range(ran['parameters'])} weights), and their budget is {_range(ran['updates'])} "
        "updates. Rankings of cells and remedies may differ for larger networks and budgets, "
        "which this run does not test."
    )


def lags(tables: Tables, ran: pd.DataFrame) -> str:
    """How far back the tasks reach."""
    tasks = ran.drop_duplicates("task")
    telling = int(tables.tells(tasks).sum())
    known = tasks.dropna(subset="lag").sort_values(["lag", "task"])
    if known.empty:
        return ""
    far = known.iloc[-1]
    return (
        f"{count(telling)} of {plural(len(tasks), 'task')} "
        f"{'is' if 1 in (telling, len(tasks)) else 'are'} "
        f"telling; the longest lag is {plural(int(far['lag']), 'step')} (`{far['task']}`). What "
        "holds at these "
        "lags may not hold at longer ones."
    )


def weights(ran: pd.DataFrame) -> str:
    """Which tasks are there in several settings, each of which counts; "" where none is."""
    names = ran.drop_duplicates("task")[["task", "optimizer"]]
    names = names.assign(base=names["task"].str.partition("@")[0])
    settings = names[names.duplicated(["base", "optimizer"], keep=False)]
    several = settings["base"].drop_duplicates()
    if several.empty:
        return ""
    return (
        f"{named(several.tolist())} {'is' if len(several) == 1 else 'are'} run in several settings "
        f"({len(settings)} in all). Each setting counts as a task of its own, so "
        "means and ranks over tasks give them more weight; a seed on all of them is one pair of a "
        "test, and in that of ranks they are one task. Claims count settings that differ only by "
        "their label once."
    )


def tuning(ran: pd.DataFrame) -> str:
    """What was tuned, by which seeds, and what was not."""
    each = ran.groupby("task")["learning_rate"].nunique()
    optimizers = sorted(set(ran["optimizer"]) - {""})
    own = order.remedies(ran[ran["setting"].ne("")])
    grid = (
        f"learning rate is tuned, on a grid of {_range(each)} "
        f"{'value' if each.max() == 1 else 'values'} per task, with {named(optimizers)} as the "
        "optimizer"
    )
    same = "(a clipping threshold, the weight of a penalty) is the same for all tasks and cells"
    if not own:
        text = f"Only the {grid}. The strength of a remedy {same}, so a remedy that needs tuning "
        return f"{text}may be underrated.{_two_stages(ran)}"
    return (
        f"The {grid}; of {named(own)}, knobs of their own are tuned, too, with no more trials than "
        "of the others, so that each value is tried with some of the learning rates only. The "
        "strength of every other remedy is the same for all tasks and cells, so one that needs "
        "tuning may be underrated."
        f"{_two_stages(ran)}"
    )


def _two_stages(ran: pd.DataFrame) -> str:
    """What chose where a search did, and what is scored; "" where the scored seeds chose."""
    keys = ["task", "cell", "remedy"]
    search, fresh = (ran[ran["stage"].eq(stage)] for stage in (SEARCH, SCORE))
    if search.empty:
        return ""
    tried = search.drop_duplicates([*keys, "setting", "learning_rate"]).groupby(keys).size()
    chose, scored = (part.groupby(keys)["seed"].nunique() for part in (search, fresh))
    return (
        f" Each combination was chosen among {_range(tried)} settings by {_range(chose)} search "
        f"{'seed' if chose.max() == 1 else 'seeds'}, on validation; its scores are those of "
        f"{_range(scored)} fresh {'seed' if scored.max() == 1 else 'seeds'}, which chose none of "
        "these. So few search seeds may miss the best setting, and the intervals do not say how "
        "much that costs."
    )


def ends(tables: Tables) -> str:
    """How many scores rest on an end of the grid, or of the budget."""
    rows = tables.summary[tables.summary["status"].eq("ok")]
    tuned = rows[rows["learning_rate"].notna()]
    if tuned.empty:
        return ""
    upper, lower = (int(tuned["edge"].eq(name).sum()) for name in ("upper", "lower"))
    still = int(tuned["improving"].gt(0.5).sum())
    return (
        f"Of {plural(len(tuned), 'combination')}, the chosen learning rate is the highest of its "
        f"grid in {percent(upper / len(tuned))} and the lowest in {percent(lower / len(tuned))}, "
        "where a wider grid may change the score (column `edge` of the summary). In "
        f"{percent(still / len(tuned))} most seeds had their best validation at the end of the "
        "budget, so more updates may still help (column `improving`)."
    )


def practice(ran: pd.DataFrame) -> str:
    """What is the same for all trials."""
    layers = "one layer" if ran["layers"].max() == 1 else f"{_range(ran['layers'])} layers"
    return (
        f"All networks have {layers}, {_range(ran['batch'])} sequences per update, a constant "
        "learning rate and initial weights from one distribution, unless a remedy says otherwise. "
        "What normalization, schedules, larger batches or depth would change is not tested."
    )


def chosen(tables: Tables) -> str:
    """That the tasks were chosen, and what the tests over them assume."""
    counts = [f"{len(part.telling)} under {UNDER[name]}" for name, part in tables.parts.items()]
    many = plural(len(tables.telling), "telling task")
    each = many if len(counts) == 1 else f"{many}, {listed(counts)}"
    if not tables.telling:
        return "No task is telling, so nothing here is evidence on gradients through time."
    return (
        f"Means, ranks and tests over tasks are of {each}, which "
        "somebody chose. Which tasks tell is read from the same scores that are compared, so near "
        "the threshold what is compared is biased a little. Tests and intervals are for these "
        "tasks and say nothing of others; the chapter on robustness leaves out one at a time."
    )


def data(ran: pd.DataFrame) -> str:
    """What the recorded data are; "" where there are none."""
    real = ran[ran["data_sha256"].ne("")]
    if real.empty:
        return "All tasks are synthetic; nothing here says how cells and remedies do on real data."
    return (
        f"{real['task'].nunique()} of {plural(ran['task'].nunique(), 'task')} use recorded data. "
        "Their sizes may differ from those behind published results (columns `train_n`, `valid_n` "
        "and `test_n` of the table of trials), so compare scores only together with the settings. "
        f"Their test part ({_range(real['test_n'])} sequences or steps) is the same for all seeds: "
        "intervals and tests of means hold the chance of which sequences are in it, as every "
        "seed's score is moved by what its share of them changes, but not the chance of which "
        "sequences networks were trained on. Those of shares (of runs, of variance), of "
        "probabilities and of other metrics than the score hold neither."
    )


def holes(trials: pd.DataFrame) -> str:
    """What is not in the tables."""
    keys = ["task", "cell", "remedy"]
    pairs = trials.assign(ran=trials["status"].isin(RAN)).groupby(keys)["ran"].any()
    lost = int((~pairs).sum())
    if not lost:
        return ""
    return (
        f"{count(lost)} of {plural(len(pairs), 'combination')} of task, cell and remedy have no "
        "score, because the remedy does not apply, or because all their trials failed or were not "
        "run; means over tasks or cells leave them out."
    )


def _range(values: pd.Series) -> str:
    """16, or 16 to 32."""
    known = values.dropna()
    ends = [short(int(known.min())), short(int(known.max()))] if len(known) else ["0"]
    return " to ".join(dict.fromkeys(ends))
