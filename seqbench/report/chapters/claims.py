"""The chapter that puts what has been claimed on trial: a verdict for every claim of the ledger."""

import pandas as pd

from seqbench.analysis.methods.statistics import ALPHA, Interval
from seqbench.analysis.tidy import Tables
from seqbench.report import bibliography, facts
from seqbench.report.chapter import Chapter, Entry, Table, columns, entry
from seqbench.report.numbers import NOTHING, count, exists, interval, listed, plural, short

TEXTBOOK = "T"
HEADS = {
    "Claim": "its id in the ledger: T textbook, A analytic, S synthetic tasks, R real data",
    "Verdict": "supported, contradicted, inconclusive or not run; analogue of: a smaller setting "
    "than the published one",
    "Statement": "what is claimed, in our words",
    "Effect [95 %]": "what was found, with its interval; of several tests the one that decides",
    "p (Holm)": "of that test; in brackets corrected for all claims that this run tests",
    "Seeds": "of the arm that has fewer",
    "Runs": "trials behind it",
    "Source": "where, and how we know: seen in it, second-hand, or unverified",
    "What to know": "what it would take to run it, why it is open, what was scaled down",
}
NOTE = (
    "A verdict goes by the claim's own p and interval; too few seeds make it inconclusive, never "
    "supported. `python -m seqbench claims --config FILE --id ID` shows one in full, with the rows "
    "behind it and the commands that train them."
)
WORDS = {
    "supported": "supported",
    "contradicted": "contradicted",
    "inconclusive": "left open",
    "not run": "not run",
}


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables."""
    found = tables.derived["claims"]
    entries = bibliography.read(facts.ROOT / "reports" / "references.bib")
    book = found["claim"].str.startswith(TEXTBOOK)
    parts = (
        ("claims_textbook", "The textbook's claims", found[book]),
        ("claims_published", "Published claims", found[~book]),
    )
    return {
        "words": sentences(found),
        "tables": [_table(*part, entries) for part in parts],
    }


def sources(tables: Tables) -> list[str]:
    """The bibliography keys of the claims that this run tests."""
    found = tables.derived["claims"]
    return sorted(set(found["source"][found["verdict"].ne("not run")]))


def behind(tables: Tables) -> dict[str, list[list[str]]]:
    """The (task, cell, remedy) behind every verdict, by claim: the page links them."""
    found = tables.derived["claims"]
    found = found[found["behind"].ne("")]
    return {
        claim: [key.split("/") for key in keys.split(" ")]
        for claim, keys in found[["claim", "behind"]].itertuples(index=False)
    }


def sentences(found: pd.DataFrame) -> list[str]:
    """How many of the claims hold, which of the textbook's, which do not, and how sure that is."""
    tested = found[found["verdict"].ne("not run")]
    words = [f"The ledger has {plural(len(found), 'claim')}; of these {_counts(found)}."]
    words += filter(None, [_textbook(found[found["claim"].str.startswith(TEXTBOOK)])])
    wrong = tested[tested["verdict"].eq("contradicted")]
    words += [f"Contradicted: {row.claim}. {row.statement}" for row in wrong.itertuples()]
    decided = tested[tested["verdict"].isin(["supported", "contradicted"])]
    chance = decided[decided["p"].notna()]
    if len(chance):
        kept = int(chance["p_holm"].lt(ALPHA).sum())
        words.append(
            f"Of the {plural(len(chance), 'verdict')} for or against a claim that rest on a test, "
            f"{kept} hold after Holm's correction for all that this run tests."
        )
    if n := int(found["analogue"].fillna(False).sum()):
        words.append(
            f"{plural(n, 'verdict')} {'comes' if n == 1 else 'come'} from a setting that is scaled "
            "down: an analogue of the published one, which it does not reproduce."
        )
    return words


def _counts(found: pd.DataFrame) -> str:
    by = found["verdict"].value_counts()
    counts = [f"{int(by.get(name, 0))} {'are' if by.get(name, 0) != 1 else 'is'}" for name in WORDS]
    parts = [f"{n} {said}" for n, said in zip(counts, WORDS.values(), strict=True)]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _textbook(found: pd.DataFrame) -> str:
    parts = [
        f"{said} {listed(list(found['claim'][found['verdict'].eq(name)]), most=20)}"
        for name, said in WORDS.items()
        if found["verdict"].eq(name).any()
    ]
    return f"The textbook's own {len(found)}: {'; '.join(parts)}." if parts else ""


def _table(name: str, title: str, found: pd.DataFrame, entries: dict[str, dict[str, str]]) -> Table:
    return {
        "name": name,
        "title": title,
        "columns": columns(HEADS),
        "rows": [_row(row, entries) for _, row in found.iterrows()],
        "note": NOTE,
    }


def _open(row: "pd.Series[str]") -> str:
    """Why nothing is shown where there were runs enough to try; "" where something is."""
    if row["verdict"] != "inconclusive":
        return ""
    low, threshold, high = (float(row[name]) for name in ("low", "threshold", "high"))
    if low <= threshold <= high:
        return f"the interval reaches to both sides of {short(threshold)}"
    if float(row["p"]) >= ALPHA:
        return f"the interval leaves {short(threshold)} out, but the test does not"
    return "not every part of it is shown"


def _row(row: "pd.Series[str]", entries: dict[str, dict[str, str]]) -> list[Entry]:
    analogue = " (analogue of)" if bool(row["analogue"]) else ""
    source = bibliography.label(entries.get(row["source"], {}), row["source"])
    effect = Interval(*(float(row[key]) for key in ("effect", "low", "high")))
    shown = f"{interval(effect, short)} ({row['unit']})" if exists(effect.mean) else NOTHING
    p = f"{short(row['p'])} ({short(row['p_holm'])})" if exists(row["p"]) else NOTHING
    why = [row["why"] or _open(row), row["scaled_down"] if analogue else ""]
    if row["rows"].startswith("table"):  # a search or a theorem, which no trial is behind
        why.append(row["rows"])
    return [
        [row["claim"], row["claim"]],
        [row["verdict"] + analogue, row["verdict"]],
        [row["statement"], row["statement"]],
        entry(shown, row["effect"]),
        entry(p, row["p"]),
        entry(count(row["seeds"]) if row["seeds"] else NOTHING, row["seeds"] or None),
        entry(count(row["runs"]) if row["runs"] else NOTHING, row["runs"] or None),
        [f"{source} ({row['evidence']})", source],
        entry("; ".join(filter(None, why)) or NOTHING),
    ]
