"""The chapter on claims of textbooks and papers: a verdict for every claim of the ledger."""

import pandas as pd

from seqbench.analysis.methods.statistics import ALPHA, Interval
from seqbench.analysis.tidy import Tables
from seqbench.report import bibliography
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.numbers import NOTHING, count, exists, interval, listed, plural, short
from seqbench.report.table import Column, Entry, Table, entry, quantity, tabulate, word

ORDER = 10
TITLE = "The claims on trial"
SHORT = "Claims"
INTRO = (
    "What textbooks and papers say of cells and remedies, each as a claim with a test that can "
    "fail. A claim is supported, contradicted, inconclusive (too few seeds, an interval that "
    "contains the threshold, or nothing else that solves the task at this budget, where a claim "
    "says that something does not), or not run."
)
TEXTBOOK = "T"
NOTE = (
    "A verdict rests on the claim's own p and interval; too few seeds make it inconclusive, never "
    "supported. `python -m seqbench claims --config FILE --id ID` shows one in full, with the rows "
    "behind it and the commands that train them."
)
VERDICTS = ("supported", "contradicted", "inconclusive", "not run")


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables."""
    claims = tables.derived["claims"]
    book = claims["claim"].str.startswith(TEXTBOOK)
    made = [
        _table("claims_textbook", "The textbook's claims", claims[book]),
        _table("claims_published", "Published claims", claims[~book]),
    ]
    return chapter(sentences(claims), made, behind(tables), sources(tables))


def sources(tables: Tables) -> list[str]:
    """The bibliography keys of the claims that this run tests."""
    claims = tables.derived["claims"]
    return sorted(set(claims["source"][claims["verdict"].ne("not run")]))


def behind(tables: Tables) -> dict[str, list[list[str]]]:
    """The (task, cell, remedy) behind every verdict, by claim: the page links them."""
    claims = tables.derived["claims"]
    claims = claims[claims["behind"].ne("")]
    return {
        claim: [key.split("/") for key in keys.split(" ")]
        for claim, keys in claims[["claim", "behind"]].itertuples(index=False)
    }


def sentences(claims: pd.DataFrame) -> list[str]:
    """How many of the claims hold, which of the textbook's, which do not, and how sure that is."""
    tested = claims[claims["verdict"].ne("not run")]
    words = [f"The ledger has {plural(len(claims), 'claim')}; of these {_counts(claims)}."]
    words += filter(None, [_textbook(claims[claims["claim"].str.startswith(TEXTBOOK)])])
    wrong = tested[tested["verdict"].eq("contradicted")]
    words += [f"Contradicted: {row.claim}. {row.statement}" for row in wrong.itertuples()]
    decided = tested[tested["verdict"].isin(["supported", "contradicted"])]
    chance = decided[decided["p"].notna()]
    if len(chance):
        kept = int(chance["p_holm"].lt(ALPHA).sum())
        words.append(
            f"{plural(len(chance), 'verdict')} for or against a claim "
            f"{'rests' if len(chance) == 1 else 'rest'} on a significance test; {kept} of them "
            f"{'holds' if kept == 1 else 'hold'} after Holm's correction for all claims that this "
            "run tests."
        )
    if n := int(claims["analogue"].fillna(False).sum()):
        words.append(
            f"{plural(n, 'verdict')} {'comes' if n == 1 else 'come'} from a setting that is scaled "
            "down: an analogue of the published one, which it does not reproduce."
        )
    if n := int(claims["one_way"].ne("").sum()):
        words.append(
            f"{plural(n, 'claim')} of a level {'is' if n == 1 else 'are'} asked in a smaller "
            "setting than the source's: supported or open, never contradicted."
        )
    if n := int(claims["unverified"].ne("").sum()):
        words.append(
            f"Of {plural(n, 'claim')} not everything printed here (the number, the setting, the "
            'place in the source) could be checked against the source: the column "Source" says '
            "what."
        )
    return words


def _counts(claims: pd.DataFrame) -> str:
    numbers = {name: int(claims["verdict"].eq(name).sum()) for name in VERDICTS}
    return listed([f"{n} {'is' if n == 1 else 'are'} {name}" for name, n in numbers.items()])


def _textbook(claims: pd.DataFrame) -> str:
    by_verdict = {name: list(claims["claim"][claims["verdict"].eq(name)]) for name in VERDICTS}
    parts = [f"{name}: {listed(some, most=20)}" for name, some in by_verdict.items() if some]
    return f"Of the textbook's {plural(len(claims), 'claim')}, {'; '.join(parts)}." if parts else ""


def _open(row: "pd.Series[str]") -> str:
    """Why nothing is shown where there were runs enough to try; "" where something is."""
    if row["verdict"] != "inconclusive":
        return ""
    low, threshold, high = (float(row[name]) for name in ("low", "threshold", "high"))
    if low <= threshold <= high:
        return f"the interval contains the threshold {short(threshold)}"
    if float(row["p"]) >= ALPHA:
        return f"the interval excludes the threshold {short(threshold)}, but p is not below {ALPHA}"
    return "not every part of the claim is shown"


def _verdict(row: "pd.Series[str]") -> Entry:
    said = f" ({row['one_way'] or 'analogue of'})"
    return [row["verdict"] + (said if bool(row["analogue"]) else ""), row["verdict"]]


def _effect(row: "pd.Series[str]") -> Entry:
    effect = Interval(*(float(row[key]) for key in ("effect", "low", "high")))
    shown = f"{interval(effect, short)} ({row['unit']})" if exists(effect.mean) else NOTHING
    return entry(shown, row["effect"])


def _p(row: "pd.Series[str]") -> Entry:
    shown = f"{short(row['p'])} ({short(row['p_holm'])})" if exists(row["p"]) else NOTHING
    return entry(shown, row["p"])


def _source(row: "pd.Series[str]") -> Entry:
    source = bibliography.label(bibliography.entries().get(row["source"], {}), row["source"])
    unverified = f"; not checked: {row['unverified']}" if row["unverified"] else ""
    return [f"{source} ({row['evidence']}{unverified})", source]


def _to_know(row: "pd.Series[str]") -> Entry:
    why = [row["why"] or _open(row), row["scaled_down"] if bool(row["analogue"]) else ""]
    if row["rows"].startswith("table"):  # a search or a theorem, which no trial is behind
        why.append(row["rows"])
    return entry("; ".join(filter(None, why)) or NOTHING)


COLUMNS: list[Column["pd.Series[str]"]] = [
    Column("Claim", "its id in the ledger: T textbook, A analytic, S synthetic tasks, R real data",
           lambda row: word(row["claim"])),
    Column("Verdict", "supported, contradicted, inconclusive or not run; analogue of: a smaller "
           "setting than the published one, which of a level could only support it", _verdict),
    Column("Statement", "what is claimed, in our words", lambda row: word(row["statement"])),
    Column("Effect [95 %]", "what was found, with its interval; of several tests the one that "
           "decides", _effect),
    Column("p (Holm)", "of that test; in brackets corrected for all claims that this run tests",
           _p),
    Column("Seeds", "of the arm that has fewer", lambda row: quantity(row["seeds"] or None, count)),
    Column("Runs", "trials behind it", lambda row: quantity(row["runs"] or None, count)),
    Column("Source", "where, and how we know: seen in it, second-hand, or unverified; not checked: "
           "what of the number, the setting and the place nobody compared with it", _source),
    Column("What to know", "what it would take to run it, why it is inconclusive, what was scaled "
           "down", _to_know),
]  # fmt: skip


def _table(name: str, title: str, claims: pd.DataFrame) -> Table:
    return tabulate(name, title, COLUMNS, (row for _, row in claims.iterrows()), NOTE)
