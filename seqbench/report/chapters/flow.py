"""The chapter on gradients before training: how far back they reach, and what that foretells."""

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.runs import PLAIN
from seqbench.analysis.tables import prediction
from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Chapter, Entry, Table, columns, entry, named
from seqbench.report.chapters._trained import changed
from seqbench.report.numbers import NOTHING, count, exists, listed, number, plural, short, signed

METHODS = ("benettin1980", "spearman1904")
LONGEST = 1000  # steps: beyond, a hundred steps tell no half-life
CLASSES = {
    "vanishing": "vanishes",
    "preserved": "is preserved",
    "exploding": "explodes",
    "mixed": "differs from draw to draw",
}
COLUMNS = {
    "Cell": "by itself, without layers or directions around it",
    "Initialization": "remedies that shape nothing but the weights at birth",
    "Class": "preserved: over 100 steps it keeps between 1/100 and 100 of its size, in 5 to 95 % "
    "of draws and inputs; vanishing, exploding: less, more; mixed: not one of these throughout",
    "Exponent": "growth of the logarithm of the gradient per step back, median [5 %, 95 %]: the "
    "largest Lyapunov exponent; a dash: nothing is left",
    "Half-life": "steps in which the median gradient halves",
    "Doubling": "steps in which the median gradient doubles",
    "Radius": "largest spectral radius of a recurrent block, median over draws",
}
OUTCOMES = {
    "longest": "the longest lag solved",
    "skill": "the test skill where the answer lies in the past",
}


def gather(tables: Tables) -> Chapter:
    """What is said and tabulated of newborn cells."""
    cards = _known(tables.cards)
    if cards.empty:
        return {"words": ["The gradient before training: not run."], "tables": []}
    words = [counted(cards), extremes(cards), births(cards), changed(tables), *foretold(tables)]
    return {"words": [text for text in words if text], "tables": [_table(tables)]}


def _known(cards: pd.DataFrame) -> pd.DataFrame:
    return cards[cards["reason"] == ""]


def counted(cards: pd.DataFrame) -> str:
    """How many cells vanish, preserve and explode before any training."""
    plain = cards[cards["remedy"] == "none"]
    if plain.empty:
        return ""
    n = plain["flow"].value_counts()
    found = [f"{words} in {n[name]}" for name, words in CLASSES.items() if name in n]
    one = plain.iloc[0]
    return (
        f"As they are born, before any training and without a remedy, the gradient {listed(found)} "
        f"of {plural(len(plain), 'cell')} (inputs from a normal distribution; "
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
            f"Where it halves, it does so fastest in `{first['cell']}`, "
            f"{_within(first['half_life'])}, and most slowly in `{last['cell']}`, "
            f"{_within(last['half_life'])}."
        )
    if never:
        names = listed([f"`{name}`" for name in order.cells(never)])
        text += f" The median gradient does not halve in {names}."
    return text.strip()


def _within(steps: float) -> str:
    return "within a step" if steps < 1 else f"in {_steps(steps)} steps"


def _steps(steps: object) -> str:
    """A half-life or doubling time; what is extrapolated too far is only said to be long."""
    return f"over {count(LONGEST)}" if exists(steps) and steps > LONGEST else short(steps)


def births(cards: pd.DataFrame) -> str:
    """What initializations change on the plain network."""
    rows = cards[cards["cell"] == PLAIN].set_index("remedy")["exponent"].dropna()
    if "none" not in rows or len(rows) < 2:
        return f"Initializations of `{PLAIN}`: not run."
    others = rows.drop("none")
    high, low = str(others.idxmax()), str(others.idxmin())
    text = (
        f"Of {plural(len(others), 'initialization')} of `{PLAIN}`, `{high}` has the largest "
        f"exponent, {signed(rows[high], 3)} per step, against {signed(rows['none'], 3)} without"
    )
    return text + (f"; `{low}` has the smallest, {signed(rows[low], 3)}." if low != high else ".")


def foretold(tables: Tables) -> list[str]:
    """What the correlation of the cards with training says, whatever it is."""
    table = tables.derived.get("prediction")
    rows = pd.DataFrame() if table is None else table[table["task"].eq(prediction.ALL)]
    said = []
    for outcome, words in OUTCOMES.items():
        mine = rows[rows["outcome"].eq(outcome) & rows["predictor"].eq("half_life")] if len(
            rows) else rows  # fmt: skip
        said.append(_foretold(mine.iloc[0], words) if len(mine) else _unknown(words))
    return said


def _unknown(words: str) -> str:
    return f"Whether the half-life before training foretells {words}: not run."


def _foretold(row: pd.Series, words: str) -> str:
    if row["reason"]:
        return f"Whether the half-life before training foretells {words}: {row['reason']}."
    pairs = f"{plural(int(row['n']), 'pair')} of {plural(int(row['cells']), 'cell')}"
    start = f"The half-life before training and {words} have the rank correlation"
    if not exists(row["low"]):
        return f"{start} {number(row['rho'])} ({pairs}; too few cells for an interval)."
    around = f"{number(row['rho'])} [{number(row['low'])}, {number(row['high'])}] ({pairs})"
    if row["low"] > 0:
        verdict = "the card foretells part of it"
    elif row["high"] < 0:
        verdict = "the card points the wrong way"
    else:
        verdict = "the card cannot be said to foretell it"
    return f"{start} {around}: {verdict}."


def _table(tables: Tables) -> Table:
    cards, absent = _known(tables.cards), int((tables.cards["reason"] != "").sum())
    cells = {name: k for k, name in enumerate(order.cells(cards["cell"]))}
    ranked = cards.assign(place=cards["cell"].map(cells), later=cards["remedy"] != "none")
    ranked = ranked.sort_values(["place", "later", "remedy"])
    note = f"{plural(absent, 'combination')} without a card: the remedy does not apply to the cell."
    return {
        "name": "gradient_cards",
        "title": "The gradient before training",
        "columns": columns(COLUMNS),
        "rows": [_row(row) for _, row in ranked.iterrows()],
        "note": note if absent else "",
    }


def _row(row: pd.Series) -> list[Entry]:
    exponent = NOTHING
    if exists(row["exponent"]):
        low, high = (signed(row[f"exponent_{end}"], 3) for end in ("low", "high"))
        exponent = f"{signed(row['exponent'], 3)} [{low}, {high}]"
    return [
        named(row["cell"]),
        named(row["remedy"]),
        [row["flow"], row["flow"]],
        entry(exponent, row["exponent"]),
        entry(_steps(row["half_life"]), row["half_life"]),
        entry(_steps(row["doubling"]), row["doubling"]),
        entry(number(row["radius"]), row["radius"]),
    ]
