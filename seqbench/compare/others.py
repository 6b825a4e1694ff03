"""What else changed between two runs: verdicts against none, claims, longest lags, times."""

import math

import pandas as pd

from seqbench.analysis.choose import GROUP
from seqbench.analysis.tables import comparisons
from seqbench.analysis.tables.longest import COLUMNS as LONGEST
from seqbench.analysis.trials import TRIAL
from seqbench.claims.table import COLUMNS as CLAIMS
from seqbench.compare.read import Run
from seqbench.report.numbers import NOTHING, short

PAIR = ["old", "new"]
TIMES = ["over", "name", "trials", "seconds_old", "seconds_new", "ratio"]


def verdicts(old: Run, new: Run, scores: pd.DataFrame) -> pd.DataFrame:
    """task, cell, remedy, old, new: where the verdict against none is another one.

    Both are made by the present analysis; what was set in another way is left out.
    """
    both = _beside(comparisons.compare(old), comparisons.compare(new), GROUP, "verdict")
    alike = scores.loc[scores["settings"].eq(""), GROUP]
    return both.merge(alike, on=GROUP).sort_values(GROUP).reset_index(drop=True)


def claims(old: Run, new: Run) -> pd.DataFrame:
    """claim, old, new: whose verdict is another one; empty where a run has none."""
    columns = {name: CLAIMS[name] for name in ("claim", "verdict")}
    before, after = old.derived("claims", columns), new.derived("claims", columns)
    if before is None or after is None:
        return pd.DataFrame(columns=["claim", *PAIR])
    return _beside(before, after, ["claim"], "verdict")


def longest(old: Run, new: Run) -> pd.DataFrame:
    """task, cell, remedy, old, new, noise: the longest lag solved, where it is another one.

    noise: "beyond" where the two 95 % intervals do not touch, else "within"; the former first.
    """
    declared = {name: LONGEST[name] for name in (*GROUP, "lag", "limit", "low", "high")}
    before, after = old.derived("longest", declared), new.derived("longest", declared)
    columns = [*GROUP, *PAIR, "noise"]
    if before is None or after is None:
        return pd.DataFrame(columns=columns)
    runs = _lags(before), _lags(after)
    ends = runs[0].merge(runs[1], on=GROUP, suffixes=("_old", "_new"))
    beyond = ends["low_old"].gt(ends["high_new"]) | ends["low_new"].gt(ends["high_old"])
    ends["noise"] = beyond.map({True: "beyond", False: "within"})
    changed = _beside(runs[0], runs[1], GROUP, "lag").merge(ends[[*GROUP, "noise"]], on=GROUP)
    return changed.sort_values(["noise", *GROUP])[columns].reset_index(drop=True)


def _lags(table: pd.DataFrame) -> pd.DataFrame:
    """task, cell, remedy, lag as text with its interval, low, high (open ends are infinite)."""
    known = table[table["lag"].notna()]
    ends = known[["low", "high"]]
    first, last = (known[end].map(short).astype("str").replace(NOTHING, "") for end in ends)
    said = (known["limit"] + " ").str.lstrip() + known["lag"].astype("str")
    said += " [" + first + ", " + last + "]"
    return known[GROUP].assign(lag=said, **ends.fillna({"low": 0.0, "high": math.inf}))


def _beside(old: pd.DataFrame, new: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """Rows of both tables in which the value is another one, and is there in both."""
    columns = [*keys, value]
    both = old[columns].merge(new[columns], on=keys, suffixes=("_old", "_new"))
    both = both.rename(columns={f"{value}_{side}": side for side in PAIR})
    changed = both["old"].ne(both["new"]) & both["old"].ne("") & both["new"].ne("")
    return both[changed].reset_index(drop=True)


def times(old: Run, new: Run) -> pd.DataFrame:
    """TIMES: processor seconds of the trials that both runs have, in all, by task and by cell."""
    columns = [*TRIAL, "cpu_seconds"]
    both = old.costs[columns].merge(new.costs[columns], on=TRIAL, suffixes=("_old", "_new"))
    both = both.rename(columns={f"cpu_seconds_{side}": f"seconds_{side}" for side in PAIR})
    rows = [_sums(both.assign(all=""), "all")]
    rows += [_sums(both, over) for over in ("task", "cell")]
    return pd.concat(rows, ignore_index=True)[TIMES]


def _sums(both: pd.DataFrame, over: str) -> pd.DataFrame:
    seconds = [f"seconds_{side}" for side in PAIR]
    sums = both.groupby(over)[seconds].sum()
    sums.insert(0, "trials", both.groupby(over).size())
    sums["ratio"] = (sums["seconds_new"] / sums["seconds_old"]).where(sums["seconds_old"] > 0)
    return sums.rename_axis("name").reset_index().assign(over=over)


def surroundings(run: Run) -> dict[str, list[str]]:
    """The machines, devices, torch versions and engines that trained a run."""
    names = ("machine", "device", "torch", "engine")
    return {name: sorted(set(run.costs[name]) - {""}) for name in names}
