"""The chapter on gradients at initialization: how far back they reach, and what that predicts."""

from functools import partial

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.tables import prediction
from seqbench.analysis.tidy import Tables
from seqbench.records import NEWTON
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.chapters._correlated import verdict
from seqbench.report.chapters._estimators import estimated
from seqbench.report.chapters._newton import compared, iterations, parallel
from seqbench.report.chapters._trained import changed
from seqbench.report.numbers import NOTHING, count, exists, interval, listed, plural, short, signed
from seqbench.report.table import Column, Entry, Table, entry, named, quantity, tabulate, word

ORDER = 20
TITLE = "Why: where the gradient goes"
SHORT = "Gradient"
INTRO = "How far back the gradient reaches, and how large it grows when it explodes."
METHODS = ("benettin1980", "spearman1904", "lim2024", "gonzalez2025")
LONGEST = 1000  # steps: beyond, a hundred steps tell no half-life
CLASSES = {
    "vanishing": "vanishes",
    "preserved": "is preserved",
    "exploding": "explodes",
    "mixed": "differs from draw to draw",
}
OUTCOMES = {
    "longest": "the longest lag solved",
    "skill": "the test skill on telling tasks",
}


def gather(tables: Tables) -> Chapter:
    """What is said and tabulated of cells at initialization."""
    cards, cited = _known(tables.cards), METHODS if len(tables.cards) else ()
    if cards.empty:
        return chapter(["The gradient at initialization: not run."], sources=cited)
    words = [counted(cards), extremes(cards), initialized(cards, tables.baseline), changed(tables)]
    beside = estimated(tables)
    words += [*parallel(tables), *predicted(tables), *beside["words"]]
    shown = [_table(tables), *compared(tables), *beside["tables"]]
    return chapter(words, shown, sources=cited)


def _known(cards: pd.DataFrame) -> pd.DataFrame:
    return cards[cards["reason"] == ""]


def counted(cards: pd.DataFrame) -> str:
    """How many cells vanish, preserve and explode before any training."""
    plain = cards[cards["remedy"] == "none"]
    if plain.empty:
        return ""
    n = plain["flow"].value_counts()
    classes = [f"{words} in {n[name]}" for name, words in CLASSES.items() if name in n]
    one = plain.iloc[0]
    return (
        f"At initialization and without a remedy, the gradient {listed(classes)} of "
        f"{plural(len(plain), 'cell')} (inputs from a normal distribution; "
        f"{count(one['draws'])} draws of the weights, {count(one['inputs'])} inputs each, "
        f"{count(one['hidden'])} hidden units, followed over {count(one['lags'])} steps)."
    )


def extremes(cards: pd.DataFrame) -> str:
    """The longest and the shortest half-life of cells without a remedy."""
    plain = cards[cards["remedy"] == "none"].sort_values(["half_life", "cell"])
    halving = plain.dropna(subset="half_life")
    never = list(plain.loc[plain["half_life"].isna(), "cell"])
    text = ""
    if len(halving) > 1:
        last, first = halving.iloc[-1], halving.iloc[0]
        text = (
            f"Its half-life is shortest in `{first['cell']}`, {_within(first['half_life'])}, and "
            f"longest in `{last['cell']}`, {_within(last['half_life'])}."
        )
    if never:
        names = listed([f"`{name}`" for name in order.cells(never)])
        text += f" The median gradient does not halve in {names}."
    return text.strip()


def _within(steps: float) -> str:
    return "less than a step" if steps < 1 else f"{_steps(steps)} steps"


def _steps(steps: object) -> str:
    """A half-life or doubling time; what is extrapolated too far is only said to be long."""
    return f"over {count(LONGEST)}" if exists(steps) and steps > LONGEST else short(steps)


def initialized(cards: pd.DataFrame, baseline: str) -> str:
    """What initializations change on the baseline."""
    rows = cards[cards["cell"] == baseline].set_index("remedy")["exponent"].dropna()
    if "none" not in rows or len(rows) < 2:
        return f"Initializations of `{baseline}`: not run."
    others = rows.drop("none")
    high, low = str(others.idxmax()), str(others.idxmin())
    text = (
        f"Of {plural(len(others), 'initialization')} of `{baseline}`, `{high}` has the largest "
        f"Lyapunov exponent, {signed(rows[high], 3)} per step, against "
        f"{signed(rows['none'], 3)} without a remedy"
    )
    return text + (f"; `{low}` has the smallest, {signed(rows[low], 3)}." if low != high else ".")


def predicted(tables: Tables) -> list[str]:
    """How far the half-life at initialization predicts what training reaches."""
    table = tables.derived["prediction"]
    rows = table[table["task"].eq(prediction.ALL) & table["predictor"].eq("half_life")]
    return [_predicted(rows[rows["outcome"].eq(name)], words) for name, words in OUTCOMES.items()]


def _predicted(rows: pd.DataFrame, words: str) -> str:
    row = rows.iloc[0] if len(rows) else None
    if row is None or row["reason"]:
        why = "not run" if row is None else row["reason"]
        return f"Whether the half-life at initialization predicts {words}: {why}."
    rho = Interval(row["rho"], row["low"], row["high"])
    n, cells = int(row["n"]), plural(int(row["cells"]), "cell")
    pairs = f"{plural(n, 'combination')} of {cells} and their initializations"
    longer = "the longer the half-life, the"
    shown = verdict(rho, f"{longer} larger it tends to be", f"{longer} smaller it tends to be")
    return (
        f"Spearman's rank correlation of the half-life at initialization with {words} is "
        f"{interval(rho)} ({pairs}): {shown}."
    )


def _exponent(row: pd.Series) -> Entry:
    middle, low, high = (
        signed(row[name], 3) for name in ("exponent", "exponent_low", "exponent_high")
    )
    known = exists(row["exponent"])
    return entry(f"{middle} [{low}, {high}]" if known else NOTHING, row["exponent"])


COLUMNS: list[Column[pd.Series]] = [
    Column("Cell", "a single layer of it, in one direction",
           lambda row: named(row["cell"])),
    Column("Initialization", "remedies that only set the initial weights",
           lambda row: named(row["remedy"])),
    Column("Class", "preserved: over 100 steps the gradient keeps between 1/100 and 100 of its "
           "size, in 5 to 95 % of draws and inputs; vanishing, exploding: less, more; mixed: none "
           "of these", lambda row: word(row["flow"])),
    Column("Exponent", "growth of the logarithm of the gradient per step back, median [5 %, 95 %]: "
           "the largest Lyapunov exponent; a dash: nothing is left", _exponent),
    Column("Half-life", "steps in which the median gradient halves",
           lambda row: quantity(row["half_life"], _steps)),
    Column("Doubling", "steps in which the median gradient doubles",
           lambda row: quantity(row["doubling"], _steps)),
    Column("Radius", "largest spectral radius of a recurrent block, median over draws",
           lambda row: quantity(row["radius"])),
    *(Column(f"Newton, {steps:,}", f"iterations in which Newton's method over all of {steps:,} "
             "steps at once finds the states of the loop, median over draws; a dash: not tried, "
             "the state is too large", partial(iterations, steps=steps)) for steps in NEWTON),
]  # fmt: skip


def _table(tables: Tables) -> Table:
    cards, absent = _known(tables.cards), int((tables.cards["reason"] != "").sum())
    cells = {name: k for k, name in enumerate(order.cells(cards["cell"]))}
    ranked = cards.assign(place=cards["cell"].map(cells), later=cards["remedy"] != "none")
    ranked = ranked.sort_values(["place", "later", "remedy"])
    note = f"{plural(absent, 'combination')} without a row: the remedy does not apply to the cell."
    rows = (row for _, row in ranked.iterrows())
    title = "The gradient at initialization"
    return tabulate("gradient_cards", title, COLUMNS, rows, note if absent else "")
