"""What to take: for an unknown lag, a known one, a given cell, plain descent; what to avoid."""

import pandas as pd

from seqbench.analysis import leaders, lookup, order
from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.tidy import Tables
from seqbench.report.chapters import reach
from seqbench.report.numbers import (
    count,
    exists,
    interval,
    listed,
    named,
    percent,
    plural,
    pvalue,
    signed,
)
from seqbench.report.parts import UNDER, some, telling

TOLD = 8  # combinations that are named; the chapter across tasks has all


def adaptive(tables: Tables) -> tuple[str, Tables]:
    """The part with the most adaptive optimizer, and what that is called."""
    name = tables.optimizers[-1]
    return UNDER[name], tables.parts[name]


def combination(cell: str, remedy: str) -> str:
    """`gru` with `forget_bias`, or `gru` without a remedy."""
    return f"`{cell}`" + (" without a remedy" if remedy == "none" else f" with `{remedy}`")


def unknown_lag(tables: Tables) -> str:
    """The best combination that is not told the lag, and all that are not significantly worse."""
    under, part = adaptive(tables)
    best = leaders.best_pair(part, told=False) if part.telling else None
    if best is None:
        which = "every" if part.telling else "a"
        return f"Under {under}, no combination ran on {which} telling task: nothing to recommend."
    return f"Take {_best(best, part, under)}{_others(best)}"


def _best(best: leaders.BestPair, part: Tables, under: str) -> str:
    return (
        f"{combination(best.cell, best.remedy)}, trained by {under}: on {telling(part)} it has the "
        f"best mean validation skill of {plural(best.among, 'combination')} of one size. Its test "
        f"skill is {interval(best.skill)} (0 is chance, 1 is perfect); it solves its task in "
        f"{best.solved} of {plural(best.runs, 'run')}."
    )


def _others(best: leaders.BestPair) -> str:
    """Those that are not significantly worse."""
    if best.among < 2:
        return ""
    if not best.decidable:
        return " With so few pairs of runs, none can be told apart from it."
    if not best.equals:
        return " Every other combination is significantly worse (sign-flip tests, Holm)."
    names = [combination(*pair) for pair in best.equals]
    are = "is" if len(names) == 1 else "are"
    return (
        f" {plural(len(names), 'other')} {are} not significantly worse (sign-flip tests, Holm's "
        f"correction): {listed(names, TOLD)}."
    )


def known_lag(tables: Tables) -> str:
    """What is best where the lag may be told; how far every cell looks back, by a search."""
    under, part = adaptive(tables)
    best = leaders.best_pair(part) if part.telling else None
    said = []
    if best and order.told_lag(best.remedy):
        said.append(
            f"`{best.remedy}` is told the lag by a knob. Then take {_best(best, part, under)}"
        )
    searches = reach.read(tables.derived["longest"])
    tasks = sorted({one.task for one in searches})
    said += [reach.sentence(searches, task, tables.baseline) for task in tasks]
    return " ".join([*said, *reach.budgets(tables)])


def other_size(tables: Tables) -> str:
    """What networks of another size reach, which are compared with nothing; "" without any."""
    under, part = adaptive(tables)
    pairs = {(cell, remedy) for _, cell, remedy in part.unlike if cell == part.baseline}
    said = []
    for cell, remedy in sorted(pairs):
        own = part.summary[part.summary["cell"].eq(cell) & part.summary["remedy"].eq(remedy)]
        own = own[part.tells(own) & own["status"].eq("ok")]
        skill = lookup.skill(part, cell, remedy)
        if own.empty or skill is None:
            continue
        units, weights = (_span(own[name]) for name in ("hidden", "trained"))
        said.append(
            f"{combination(cell, remedy)} has {units} hidden units, and {weights} trained weights, "
            f"so it is compared with none of the others: its test skill on "
            f"{some(part, own['task'].nunique())} is "
            f"{interval(skill)} ({under})."
        )
    return " ".join(said)


def _span(values: pd.Series) -> str:
    """16, or 16 to 1,200."""
    return " to ".join(count(n) for n in sorted({values.min(), values.max()}))


def stay(tables: Tables) -> str:
    """The remedy for the baseline under the most adaptive optimizer."""
    under, part = adaptive(tables)
    return _remedy(part, under)


def descent(tables: Tables) -> str:
    """The same under plain gradient descent, with the window of learning rates that work."""
    if "sgd" not in tables.optimizers or len(tables.optimizers) < 2:
        return ""
    part = tables.parts["sgd"]
    text, ranked = _remedy(part, UNDER["sgd"]), leaders.ranked_remedies(part)
    row = lookup.effect(part, ranked[0], part.baseline) if ranked else None
    alone = lookup.cell_skill(part, part.baseline)
    if row is None or alone is None:
        return text
    return (
        f"{text} Of all (learning rate, seed) trials, {percent(row['tolerance'])} solve their task "
        f"with `{ranked[0]}`, and {percent(alone['tolerance'])} without a remedy."
    )


def _remedy(part: Tables, under: str) -> str:
    """Which remedy helps the baseline most, whether that is shown, and which helps least."""
    cell, ranked = part.baseline, leaders.ranked_remedies(part)
    if not ranked:
        return f"The best remedy on `{cell}` under {under}, on a telling task: not run."
    rows = {name: lookup.effect(part, name, cell) for name in ranked}
    best, worst = ranked[0], ranked[-1]
    remedies = plural(len(ranked), "remedy", "remedies")
    text = (
        f"Under {under}, of {remedies} on `{cell}`, `{best}` has the best mean validation skill on "
        f"{some(part, _tasks(rows[best]))}: it {_change(rows[best])}."
    )
    helped = [name for name in ranked[1:] if _verdict(rows[name]) == "better"]
    if helped:
        text += f" {named(helped)} {'raises' if len(helped) == 1 else 'raise'} it, too."
    if worst != best:
        text += f" `{worst}`, which has the worst, {_change(rows[worst])}."
    return text


def _tasks(row: pd.Series | None) -> int:
    """On how many tasks a remedy or a cell ran."""
    return 0 if row is None else int(row["clusters"])


def _verdict(row: pd.Series | None) -> str:
    return "" if row is None else str(row["verdict"])


def _change(row: pd.Series | None) -> str:
    """What a remedy does to the test skill, and whether that is significant."""
    assert row is not None
    change = lookup.over_seeds(row)
    pairs = f"{plural(int(row['n']), 'pair')} of runs"
    if not exists(change.low):
        return f"changes the test skill by {interval(change, signed)} ({pairs})"
    verdict, p = _verdict(row), f"{pvalue(row['p_holm'])} after Holm's correction, {pairs}"
    if verdict == "better":
        return f"raises the test skill by {interval(change, signed)} ({p})"
    if verdict == "worse":
        lost = Interval(-change.mean, -change.high, -change.low)
        return f"lowers the test skill by {interval(lost)} ({p})"
    return f"changes the test skill by {interval(change, signed)}, which is not significant ({p})"


def avoid(tables: Tables) -> str:
    """What is significantly worse than no remedy, and where."""
    rows = tables.comparisons
    asked = rows[rows["verdict"].isin(("better", "worse", "no difference shown"))]
    if asked.empty:
        return ""
    worse = asked[asked["verdict"].eq("worse")]
    if worse.empty:
        return (
            f"No remedy is significantly worse than `none` on any task and cell, of "
            f"{plural(len(asked), 'comparison')}."
        )
    told = []
    for remedy in sorted(
        set(worse["remedy"]), key=lambda name: (-(worse["remedy"] == name).sum(), name)
    ):
        where = worse[worse["remedy"].eq(remedy)]
        pairs = [f"`{row.cell}` on `{row.task}`" for row in where.itertuples()]
        many = int(asked["remedy"].eq(remedy).sum())
        told.append(f"`{remedy}` in {len(where)} of {many} ({listed(pairs, 3)})")
    return (
        "Significantly worse than no remedy, of the tasks and cells on which they were compared: "
        f"{listed(told)}."
    )


def focus(tables: Tables, cell: str) -> str:
    """How a cell in focus stands among the others, under every optimizer."""
    said = [_focus(part, UNDER[name], cell) for name, part in tables.parts.items()]
    return " ".join(words for words in said if words)


def _focus(part: Tables, under: str, cell: str) -> str:
    row = lookup.cell_skill(part, cell)
    if row is None:
        tried = part.trials["cell"].eq(cell) & part.trials["remedy"].eq("none")
        said = "no score" if (tried & part.tells(part.trials)).any() else "not run"
        return f"`{cell}` under {under}, without a remedy and on a telling task: {said}."
    text = (
        f"Under {under} and without a remedy, `{cell}` has the test skill "
        f"{interval(lookup.over_seeds(row))} on {some(part, _tasks(row))}"
    )
    rivals = dict.fromkeys((leaders.best_cell(part), part.baseline))
    against = [lookup.against(part, cell, str(other)) for other in rivals if other != cell]
    found = [_against(one) for one in against if one is not None]
    return f"{text}: {listed(found)}." if found else f"{text}."


def _against(one: lookup.Against) -> str:
    words = {"better": "significantly more", "worse": "significantly less"}
    said = words.get(one.verdict, "not significantly different")
    return f"{signed(one.difference.mean)} against `{one.versus}`, which is {said}"
